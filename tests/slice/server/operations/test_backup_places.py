"""Whatever lies beside the catalog is in a backup, wherever it lay, and is read again wherever it is put."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.contract.storage.s3 import S3Server
from tests.slice.server.operations.furnished import Furnished, furnish, in_bucket, opened, told_by
from tests.stores import NearStores, told_in_environment
from tests.terminal import Terminal, terminal

from starwhale.core.errors import Corrupted, NotFound
from starwhale.core.settings import Settings
from starwhale.server.backup import back_up
from starwhale.server.restoring import restore
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings
from starwhale.server.stores import open_store

__all__ = ["terminal"]

#: All that a server keeps in its store of objects, see docs/server/operations.md.
PREFIXES = {"blobs", "tables", "joblogs", "jobusage"}
PLACES = ("directory", "s3")
KEYS = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@pytest.fixture(scope="module", autouse=True)
def _keys(s3_server: S3Server) -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]
    told = {
        "AWS_ENDPOINT_URL": s3_server.url,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    with told_in_environment(told):
        yield


@pytest.fixture(scope="module")
def furnished(
    sqlite_template: Path, s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Furnished]:
    """A server with a directory and one with a bucket, both written to."""
    made: dict[str, Furnished] = {}
    for place in PLACES:
        root = tmp_path_factory.mktemp(place)
        store = NearStores(sqlite_template).make(root / "server")
        if place == "s3":
            store = in_bucket(store, s3_server)
        made[place] = furnish(ServerSettings(store=store), root / "code")
    return made


@pytest.fixture
def elsewhere(tmp_path: Path, s3_server: S3Server) -> dict[str, ServerSettings]:
    """Servers to be."""
    store = Settings.at(tmp_path / "restored")
    return {
        "directory": ServerSettings(store=store),
        "s3": ServerSettings(store=in_bucket(store, s3_server)),
    }


def manifest_of(backup: Path) -> dict[str, Any]:
    return json.loads((backup / "manifest.json").read_text())


def assert_is_all_there(restored: ServerSettings, source: Furnished) -> None:
    with opened(restored) as app:
        assert told_by(app, source.token, source.job, source.run) == source.told


@pytest.mark.parametrize("target", PLACES)
@pytest.mark.parametrize("source", PLACES)
def test_rows_and_logs_are_read_wherever_they_are_restored(
    furnished: dict[str, Furnished],
    elsewhere: dict[str, ServerSettings],
    tmp_path: Path,
    source: str,
    target: str,
) -> None:
    settings = furnished[source].settings
    report = back_up(settings, tmp_path / "backup.tar")
    assert report.lost == ()
    assert restore(elsewhere[target], tmp_path / "backup.tar").lost == ()
    assert_is_all_there(elsewhere[target], furnished[source])
    for each, place in ((settings, source), (elsewhere[target], target)):
        if place == "s3":
            keys = [found.key for found in open_store(each.store.objects_url).list()]
            assert {key.partition("/")[0] for key in keys} == PREFIXES
            assert not each.store.tables.exists()


def test_the_files_of_a_backup_tell_nothing_of_where_it_was_made(
    furnished: dict[str, Furnished], elsewhere: dict[str, ServerSettings], tmp_path: Path
) -> None:
    """What was backed up of a directory is, restored into a bucket and backed up again, the same."""
    back_up(furnished["directory"].settings, tmp_path / "first")
    restore(elsewhere["s3"], tmp_path / "first")
    back_up(elsewhere["s3"], tmp_path / "second")
    first, second = (manifest_of(tmp_path / name) for name in ("first", "second"))
    for about in (first, second):
        del about["files"]["catalog.sqlite"], about["made_at"]
    assert first == second
    rooms = {name.partition("/")[0] for name in first["files"]}
    assert rooms == {"blobs", "tables", "logs", "usage"}


@pytest.mark.parametrize("harm", ["flip", "cut", "lose"])
@pytest.mark.parametrize("room", ["tables", "logs", "usage"])
def test_a_log_that_was_harmed_in_the_backup_is_told_of(
    furnished: dict[str, Furnished],
    elsewhere: dict[str, ServerSettings],
    tmp_path: Path,
    room: str,
    harm: str,
) -> None:
    back_up(furnished["s3"].settings, tmp_path / "backup")
    log = next(path for path in sorted((tmp_path / "backup" / room).rglob("*")) if path.is_file())
    data = bytearray(log.read_bytes())
    if harm == "lose":
        log.unlink()
    elif harm == "cut":
        log.write_bytes(data[:-1])
    else:
        data[-1] ^= 1
        log.write_bytes(data)
    with pytest.raises(Corrupted, match=log.name):
        restore(elsewhere["s3"], tmp_path / "backup")
    assert not elsewhere["s3"].store.root.exists()


@pytest.mark.parametrize("harm", ["flip", "lose"])
@pytest.mark.parametrize("place", PLACES)
def test_rows_that_are_damaged_already_are_told_of_and_all_else_is_in_the_backup(
    sqlite_template: Path, s3_server: S3Server, tmp_path: Path, terminal: Terminal, place: str, harm: str
) -> None:
    good, bad = "self/evaluation/x/good", "self/evaluation/x/bad"
    store = NearStores(sqlite_template).make(tmp_path / "server")
    if place == "s3":
        store = in_bucket(store, s3_server)
    with Services(store) as house:
        for table in (good, bad):
            writer = house.tables.writer()
            writer.put(table, 1, {"n": 1})
            writer.flush()
            writer.close()
        (extent,) = house.tables.reader(bad).state.tail
        damage(house, extent.writer, harm)
    words = ["--data", str(store.root), "-o", "json"]
    ran = terminal(
        "server", "backup", str(tmp_path / "backup"), *words, SW_SERVER_OBJECTS_URL=store.objects_url
    )
    assert (ran.status, ran.json["lost"]) == (Corrupted.exit_status, [bad])
    assert bad in ran.err
    restored = tmp_path / "restored"
    ran = terminal("server", "restore", str(tmp_path / "backup"), "--data", str(restored))
    assert ran.status == 0
    assert bad in ran.err
    with Services(Settings.at(restored)) as house:
        assert house.tables.reader(good).get(1) == {"n": 1}
        with pytest.raises(Corrupted):
            house.tables.reader(bad).get(1)


def damage(house: Services, writer: str, harm: str) -> None:
    """Have the log of a writer with one frame be gone, or other than it was written."""
    key, log = f"tables/{writer}/{0:016d}", house.settings.tables / writer[:2] / f"{writer}.log"
    data = bytearray(house.blobs.objects.get(key) if house.shares else log.read_bytes())
    data[-2] ^= 1
    if house.shares:
        house.blobs.objects.delete(key)
        if harm == "flip":
            house.blobs.objects.put(key, data)
    else:
        log.unlink()
        if harm == "flip":
            log.write_bytes(data)


def test_whoever_restores_elsewhere_than_the_settings_say_is_told(
    furnished: dict[str, Furnished], tmp_path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys of the store are in the settings too."""
    store = furnished["s3"].settings.store
    settings = [f"objects_url: {store.objects_url}", "env:"]
    for name in KEYS:
        settings.append(f"  {name}: {os.environ[name]}")
        monkeypatch.delenv(name)
    (tmp_path / "server.yaml").write_text("\n".join(settings))
    words = ["--data", str(store.root), "--config", str(tmp_path / "server.yaml")]
    assert terminal("server", "backup", str(tmp_path / "backup"), *words).status == 0
    restored = tmp_path / "restored"
    ran = terminal("server", "restore", str(tmp_path / "backup"), "--data", str(restored))
    assert ran.status == 0
    assert f"{restored / 'objects'}" in ran.err
    assert store.objects_url in ran.err


def test_logs_stay_with_bytes_in_a_store_that_is_safe_by_itself(
    furnished: dict[str, Furnished], elsewhere: dict[str, ServerSettings], tmp_path: Path
) -> None:
    source = furnished["s3"]
    back_up(source.settings, tmp_path / "backup", objects=False)
    assert set(manifest_of(tmp_path / "backup")["files"]) == {"catalog.sqlite"}
    same = replace(elsewhere["directory"].store, objects_url=source.settings.store.objects_url)
    restore(ServerSettings(store=same), tmp_path / "backup")
    assert_is_all_there(ServerSettings(store=same), source)


def test_logs_that_a_store_has_lost_are_told_of_where_they_were_only_listed(
    furnished: dict[str, Furnished], elsewhere: dict[str, ServerSettings], tmp_path: Path
) -> None:
    """Its blobs are there, and its rows are not."""
    source = furnished["s3"]
    back_up(source.settings, tmp_path / "backup", objects=False)
    theirs, ours = open_store(source.settings.store.objects_url), elsewhere["s3"].store
    for found in theirs.list("blobs"):
        open_store(ours.objects_url).put(found.key, theirs.get(found.key))
    with pytest.raises(NotFound, match=r"rows of \d+ writers are not in"):
        restore(elsewhere["s3"], tmp_path / "backup")


def test_logs_of_a_directory_are_copied_though_its_bytes_are_only_listed(
    furnished: dict[str, Furnished], elsewhere: dict[str, ServerSettings], tmp_path: Path
) -> None:
    source = furnished["directory"]
    back_up(source.settings, tmp_path / "backup", objects=False)
    shutil.copytree(source.settings.store.objects_url, tmp_path / "objects")
    same = replace(elsewhere["directory"].store, objects_url=str(tmp_path / "objects"))
    restore(ServerSettings(store=same), tmp_path / "backup")
    assert_is_all_there(ServerSettings(store=same), source)


def make_old(backup: Path, source: ServerSettings, *, rooms: tuple[str, ...]) -> None:
    """Have a backup be as the first releases made it: its logs are what lay in the directory, as it lay."""
    about = manifest_of(backup)
    for name in [name for name in about["files"] if name.partition("/")[0] in rooms]:
        lay = source.store.root / name
        if name.startswith("tables/") and lay.exists():
            # With frames that were never committed, and what a crash left at the end.
            data = lay.read_bytes() + b"SWF1\0\0 cut"
            (backup / name).write_bytes(data)
            about["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        elif not lay.exists():
            (backup / name).unlink()
            del about["files"][name]
    del about["writers"], about["lost"]
    (backup / "manifest.json").write_text(json.dumps(about | {"form": 1}))


@pytest.mark.parametrize("target", PLACES)
def test_a_backup_of_an_older_form_is_restored(
    furnished: dict[str, Furnished], elsewhere: dict[str, ServerSettings], tmp_path: Path, target: str
) -> None:
    source = furnished["directory"]
    back_up(source.settings, tmp_path / "backup")
    make_old(tmp_path / "backup", source.settings, rooms=("tables",))
    assert restore(elsewhere[target], tmp_path / "backup").lost == ()
    assert_is_all_there(elsewhere[target], source)


def test_what_an_older_release_left_out_is_told_of(
    furnished: dict[str, Furnished], elsewhere: dict[str, ServerSettings], tmp_path: Path
) -> None:
    source = furnished["s3"]
    back_up(source.settings, tmp_path / "backup")
    make_old(tmp_path / "backup", source.settings, rooms=("tables", "logs", "usage"))
    lost = restore(elsewhere["s3"], tmp_path / "backup").lost
    assert f"self/evaluation/{source.job}/results" in lost
    assert "self/summary" in lost
