"""A backup of a server whose catalog is in PostgreSQL, by PostgreSQL's own programs."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from tests.contract.storage.s3 import S3Server
from tests.postgres import PostgresServer
from tests.slice.server.operations.furnished import ROWS, in_bucket, write_logs, write_rows
from tests.stores import FarStores

from starwhale.catalog.engine import Catalog
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, MissingDependency, Unavailable
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.uri import ArtifactUri
from starwhale.server.backup import back_up
from starwhale.server.restoring import restore
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings

pytestmark = pytest.mark.fault
ME = Actor(name="me", admin=True)
SECRET = "pa:ss@wo/rd"


@pytest.fixture
def programs(postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The programs of the release that the server is of, the only ones that are found."""
    place = postgres_server._binaries  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setenv("PATH", str(place))
    return place


def settings_of(root: Path, url: str) -> ServerSettings:
    root.mkdir(exist_ok=True)
    store = Settings(
        root=root,
        config_path=root.with_suffix(".yaml"),
        catalog_url=make_url(url).set(password=SECRET).render_as_string(hide_password=False),
        objects_url=str(root / "objects"),
    )
    return ServerSettings(store=store)


@pytest.fixture
def filled(
    postgres_server: PostgresServer, postgres_template: str, tmp_path: Path
) -> tuple[ServerSettings, str]:
    """A server with a dataset of twenty rows, and its version."""
    settings = settings_of(tmp_path / "server", postgres_server.create(template=postgres_template))
    house = Services(settings.store)
    writer = house.datasets.writer(ME, "self", "digits", None)
    for number in range(20):
        writer.put(number, {"n": number})
    version = writer.commit().version
    writer.close()
    house.close()
    return settings, version


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
def test_it_is_restored_into_another_database(
    filled: tuple[ServerSettings, str],
    programs: Path,
    postgres_server: PostgresServer,
    tmp_path: Path,
    name: str,
) -> None:
    settings, version = filled
    back_up(settings, tmp_path / name)
    if name == "backup":
        about = json.loads((tmp_path / name / "manifest.json").read_text())
        assert (about["catalog"], "catalog.dump" in about["files"]) == ("postgresql", True)
        assert SECRET not in (tmp_path / name / "manifest.json").read_text()
    target = settings_of(tmp_path / "restored", postgres_server.create())
    restore(target, tmp_path / name)
    house = Services(target.store)
    for blob in house.blobs.all():
        house.blobs.verify(blob.digest)
    uri = ArtifactUri(instance="local", project="self", kind=Kind.DATASET, name="digits", version=version)
    assert [row["n"] for _, row in house.datasets.open(house.datasets.resolve(ME, uri)).scan()] == list(
        range(20)
    )
    house.projects.create(ME, "numbers-go-on-where-they-were")
    house.close()
    with pytest.raises(Conflict, match="not empty"):
        restore(settings_of(tmp_path / "again", target.store.catalog_url), tmp_path / name)


def test_a_restore_that_breaks_off_leaves_the_database_empty_and_can_be_repeated(
    filled: tuple[ServerSettings, str], programs: Path, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    back_up(filled[0], tmp_path / "backup")
    url = postgres_server.create()
    catalog = Catalog.unmigrated(url)
    with catalog.connect(migrating=True) as connection, connection.begin():
        connection.execute(text("CREATE TABLE versions (id integer)"))
    with pytest.raises(Unavailable, match="pg_restore failed"):
        restore(settings_of(tmp_path / "restored", url), tmp_path / "backup")
    with catalog.connect(migrating=True) as connection, connection.begin():
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        assert connection.scalars(text(tables)).all() == ["versions"]
        connection.execute(text("DROP TABLE versions"))
    catalog.close()
    restore(settings_of(tmp_path / "restored", url), tmp_path / "backup")


def test_without_the_programs_one_sentence_says_so_and_nothing_is_left(
    filled: tuple[ServerSettings, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(MissingDependency, match="needs pg_dump") as caught:
        back_up(filled[0], tmp_path / "backup")
    assert "PostgreSQL" in caught.value.hint
    assert not (tmp_path / "backup").exists()
    assert not list(tmp_path.glob(".backup-*"))


def test_without_pg_restore_nothing_is_touched(
    filled: tuple[ServerSettings, str],
    programs: Path,
    postgres_server: PostgresServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    back_up(filled[0], tmp_path / "backup")
    target = settings_of(tmp_path / "restored", postgres_server.create())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependency, match="needs pg_restore"):
        restore(target, tmp_path / "backup")
    assert not list(target.store.root.iterdir())


def test_programs_of_an_older_release_are_told_of(
    filled: tuple[ServerSettings, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an older `pg_dump` says: it ends with 1 and a sentence of its own."""
    old = tmp_path / "bin" / "pg_dump"
    old.parent.mkdir()
    old.write_text(
        "#!/bin/sh\necho 'pg_dump: error: aborting because of server version mismatch' >&2\nexit 1\n"
    )
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")
    with pytest.raises(Unavailable, match="version mismatch") as caught:
        back_up(filled[0], tmp_path / "backup")
    assert "release" in caught.value.hint
    assert not (tmp_path / "backup").exists()


def test_only_the_backup_that_was_begun_is_gone_on_with(
    filled: tuple[ServerSettings, str], programs: Path, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    settings, _ = filled
    back_up(settings, tmp_path / "first")
    house = Services(settings.store)
    house.projects.create(ME, "later")
    house.close()
    back_up(settings, tmp_path / "second")
    target = settings_of(tmp_path / "restored", postgres_server.create())
    (programs_that_fail := tmp_path / "bin").mkdir()
    (programs_that_fail / "pg_restore").write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
    (programs_that_fail / "pg_restore").chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{programs_that_fail}:/usr/bin:/bin")
        with pytest.raises(Unavailable, match="pg_restore failed: broken"):
            restore(target, tmp_path / "first")
    with pytest.raises(Conflict, match="another backup"):
        restore(target, tmp_path / "second")
    restore(target, tmp_path / "first")
    assert not (target.store.root / ".restoring").exists()


JOB = "j" * 40


def told_by(house: Services) -> tuple[Any, Any, list[tuple[str, str, bytes]]]:
    """Rows and summary of the job, and the logs of all."""
    results = house.results("self", JOB)
    rows, summary = list(results.scan("results")), results.get_summary()
    results.close()
    kept = house.job_logs.values()
    return rows, summary, [(job, task, b"".join(data)) for logs in kept for job, task, data in logs.all()]


@pytest.mark.parametrize("way", ["out of a bucket", "into a bucket"])
def test_rows_and_logs_come_along(
    programs: Path,
    postgres_server: PostgresServer,
    postgres_template: str,
    s3_server: S3Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    for name, value in FarStores(postgres_server, postgres_template, s3_server).environment.items():
        monkeypatch.setenv(name, value)
    settings = settings_of(tmp_path / "server", postgres_server.create(template=postgres_template))
    target = settings_of(tmp_path / "restored", postgres_server.create())
    if way == "out of a bucket":
        settings = ServerSettings(store=in_bucket(settings.store, s3_server))
    else:
        target = ServerSettings(store=in_bucket(target.store, s3_server))
    with Services(settings.store) as house:
        write_rows(house, JOB)
        write_logs(house, JOB)
        told = told_by(house)
    assert len(told[0]) == ROWS
    assert (told[1], len(told[2])) == ({"accuracy": 0.5, "f1": 0.25}, 2)
    back_up(settings, tmp_path / "backup")
    restore(target, tmp_path / "backup")
    with Services(target.store) as house:
        assert told_by(house) == told


def test_logs_are_those_of_the_very_moment_of_the_dump(
    programs: Path,
    postgres_server: PostgresServer,
    postgres_template: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The job is removed for good, and another writes, when the dump is made and no log is copied yet."""
    settings = settings_of(tmp_path / "server", postgres_server.create(template=postgres_template))
    house = Services(settings.store)
    write_rows(house, JOB)
    dumped, go_on = tmp_path / "dumped", tmp_path / "go-on"
    slow = tmp_path / "bin" / "pg_dump"
    slow.parent.mkdir()
    slow.write_text(
        f'#!/bin/sh\n{programs}/pg_dump "$@" || exit 1\n'
        f"touch {dumped}\nwhile [ ! -e {go_on} ]; do sleep 0.05; done\n"
    )
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{programs}:/usr/bin:/bin")
    making = threading.Thread(target=back_up, args=(settings, tmp_path / "backup"))
    making.start()
    patience = time.monotonic() + 60
    while not dumped.exists():
        assert time.monotonic() < patience
        time.sleep(0.05)
    with house.catalog.begin() as session:
        house.revisions.drop(session, f"self/evaluation/{JOB}/")
    writer = house.tables.writer()
    writer.put("self/evaluation/later/results", 1, {"n": 1})
    writer.flush()
    writer.close()
    house.close()
    go_on.touch()
    making.join()
    names = json.loads((tmp_path / "backup" / "manifest.json").read_text())["files"]
    assert f"tables/{writer.name[:2]}/{writer.name}.log" not in names
    target = settings_of(tmp_path / "restored", postgres_server.create())
    restore(target, tmp_path / "backup")
    with Services(target.store) as restored:
        assert len(told_by(restored)[0]) == ROWS
        assert not restored.tables.exists("self/evaluation/later/results")
