"""Backups: whole, verified, and refused where they are not."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import pytest
from tests.stores import NearStores

from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, Corrupted, NotFound, UsageError
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.uri import ArtifactUri
from starwhale.server.backup import back_up
from starwhale.server.restoring import is_allowed, restore
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings

ME = Actor(name="me", admin=True)


@pytest.fixture
def server_settings(sqlite_template: Path, tmp_path: Path) -> ServerSettings:
    """Of a server on SQLite and a directory, always: backups of PostgreSQL have tests of their own."""
    return ServerSettings(store=NearStores(sqlite_template).make(tmp_path / "server"))


@pytest.fixture
def filled(server_settings: ServerSettings) -> tuple[ServerSettings, str]:
    """A server with a dataset of a few rows, one of them large; and its version."""
    house = Services(server_settings.store)
    writer = house.datasets.writer(ME, "self", "digits", None)
    for number in range(20):
        writer.put(number, {"n": number, "bytes": bytes([number]) * (2 << 20 if number == 3 else 10)})
    version = writer.commit().version
    writer.close()
    house.close()
    return server_settings, version


def elsewhere(tmp_path: Path) -> ServerSettings:
    return ServerSettings(store=Settings.at(tmp_path / "restored"))


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
def test_a_backup_is_restored_elsewhere_and_verifies(
    filled: tuple[ServerSettings, str], tmp_path: Path, name: str
) -> None:
    settings, version = filled
    settings.store.run.mkdir()
    (settings.store.run / "job1" / "logs").mkdir(parents=True)
    (settings.store.run / "job1" / "logs" / "task.log").write_text("line\n")
    (settings.store.run / "job1" / "usage").mkdir()
    (settings.store.run / "job1" / "usage" / "job.usage").write_text("[]\n")
    report = back_up(settings, tmp_path / name)
    assert report.blobs >= 2
    target = elsewhere(tmp_path)
    restore(target, tmp_path / name)
    house = Services(target.store)
    for blob in house.blobs.all():
        house.blobs.verify(blob.digest)
    uri = ArtifactUri(instance="local", project="self", kind=Kind.DATASET, name="digits", version=version)
    snapshot = house.datasets.open(house.datasets.resolve(ME, uri))
    assert [row["n"] for _, row in snapshot.scan()] == list(range(20))
    house.close()
    assert (target.store.run / "job1" / "logs" / "task.log").read_text() == "line\n"
    assert (target.store.run / "job1" / "usage" / "job.usage").read_text() == "[]\n"


def test_what_is_there_is_never_touched(filled: tuple[ServerSettings, str], tmp_path: Path) -> None:
    settings, _ = filled
    back_up(settings, tmp_path / "backup")
    with pytest.raises(Conflict, match="there is something"):
        back_up(settings, tmp_path / "backup")
    with pytest.raises(Conflict, match="not empty"):
        restore(settings, tmp_path / "backup")


@pytest.mark.parametrize("harm", ["flip", "lose", "add", "unfinished", "cut"])
def test_a_backup_that_was_harmed_restores_nothing(
    filled: tuple[ServerSettings, str], tmp_path: Path, harm: str
) -> None:
    place = tmp_path / "backup"
    back_up(filled[0], place)
    blob = next(path for path in sorted((place / "blobs").rglob("*")) if path.is_file())
    if harm == "flip":
        data = bytearray(blob.read_bytes())
        data[0] ^= 1
        blob.write_bytes(data)
    elif harm == "lose":
        blob.unlink()
    elif harm == "add":
        (place / "tables").mkdir(exist_ok=True)
        (place / "tables" / "more").write_text("x")
    elif harm == "unfinished":
        (place / "manifest.json").unlink()
    else:
        (place / "catalog.sqlite").write_bytes((place / "catalog.sqlite").read_bytes()[:-4096])
    target = elsewhere(tmp_path)
    with pytest.raises((Corrupted, NotFound)):
        restore(target, place)
    assert not target.store.root.exists()


def test_a_hostile_tar_writes_nothing_outside(filled: tuple[ServerSettings, str], tmp_path: Path) -> None:
    back_up(filled[0], tmp_path / "backup")
    (tmp_path / "canary").write_text("x")
    for name in ("../canary", "/tmp/canary", "blobs/../../canary", "server.yaml/../../x", "etc/passwd"):
        packed = tmp_path / "hostile.tar"
        with tarfile.open(packed, "w") as tar:
            tar.add(tmp_path / "backup" / "manifest.json", arcname="manifest.json")
            tar.add(tmp_path / "canary", arcname=name)
        with pytest.raises(Corrupted):
            restore(elsewhere(tmp_path), packed)
    link = tmp_path / "link.tar"
    with tarfile.open(link, "w") as tar:
        member = tarfile.TarInfo("blobs/aa/link")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)
    with pytest.raises(Corrupted):
        restore(elsewhere(tmp_path), link)
    assert not (tmp_path / "restored").exists()


@pytest.mark.parametrize("name", ["blobs/ab/cd", "tables/ab/x.log", "logs/j/t.log", "catalog.sqlite"])
def test_names_that_a_backup_may_hold(name: str) -> None:
    assert is_allowed(name)
    assert not is_allowed(f"../{name}")
    assert not is_allowed(f"/{name}")
    assert not is_allowed(f"{name}/")
    assert not is_allowed(f"./{name}")


def test_bytes_may_stay_in_a_store_of_their_own(filled: tuple[ServerSettings, str], tmp_path: Path) -> None:
    settings, _ = filled
    back_up(settings, tmp_path / "backup", objects=False)
    assert not (tmp_path / "backup" / "blobs").exists()
    assert json.loads((tmp_path / "backup" / "manifest.json").read_text())["objects"]
    with pytest.raises(NotFound, match="are not in"):
        restore(elsewhere(tmp_path), tmp_path / "backup")
    shutil.rmtree(tmp_path / "restored")
    store = Settings(
        root=tmp_path / "restored",
        config_path=tmp_path / "config.yaml",
        catalog_url=f"sqlite:///{tmp_path / 'restored' / 'catalog.sqlite'}",
        objects_url=settings.store.objects_url,
    )
    assert restore(ServerSettings(store=store), tmp_path / "backup").blobs >= 2


def test_a_backup_goes_into_a_catalog_of_its_kind(
    filled: tuple[ServerSettings, str], tmp_path: Path, postgres_server
) -> None:
    back_up(filled[0], tmp_path / "backup")
    url = postgres_server.create()
    store = Settings(
        root=tmp_path / "restored",
        config_path=tmp_path / "config.yaml",
        catalog_url=url,
        objects_url=str(tmp_path / "restored" / "objects"),
    )
    with pytest.raises(UsageError, match="is of a sqlite catalog"):
        restore(ServerSettings(store=store), tmp_path / "backup")
    postgres_server.drop(url)


def test_what_is_no_catalog_is_not_kept(server_settings: ServerSettings, tmp_path: Path) -> None:
    server_settings.store.root.mkdir(exist_ok=True)
    (server_settings.store.root / "catalog.sqlite").write_text("a letter\n" * 1000)
    with pytest.raises(Corrupted, match="is not a catalog"):
        back_up(server_settings, tmp_path / "backup.tar")
    assert not (tmp_path / "backup.tar").exists()


@pytest.mark.parametrize("name", ["monday.tar.gz", "monday.zip"])
def test_a_name_that_promises_another_form_is_refused(
    server_settings: ServerSettings, tmp_path: Path, name: str
) -> None:
    with pytest.raises(UsageError, match="no \\."):
        back_up(server_settings, tmp_path / name)


def test_a_directory_that_is_no_backup_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "link").symlink_to("/etc")
    with pytest.raises(NotFound, match=r"no manifest\.json"):
        restore(elsewhere(tmp_path), tmp_path / "home")
    assert not (tmp_path / "restored").exists()
