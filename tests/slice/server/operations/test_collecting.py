"""Garbage of a server: it is collected by itself, by one of those that share it, and when it is asked for."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient
from tests.slice.server.conftest import ROOT, token_of
from tests.slice.server.operations.conftest import until
from tests.terminal import Terminal, terminal

from starwhale.catalog.tables.artifacts import ArtifactRow, VersionRow
from starwhale.catalog.tables.turns import TurnRow
from starwhale.core.errors import Conflict, StarwhaleError
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.uri import ArtifactUri
from starwhale.core.version import random_version
from starwhale.evaluations.results import ResultStore, evaluation_prefix
from starwhale.jobs.logs import LogArchive
from starwhale.kit.times import utc_now
from starwhale.server.app import create_app
from starwhale.server.collecting import GARBAGE, collect, turns_of
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings
from starwhale.server.turns import AGAIN, Turn, Turns

__all__ = ["terminal"]
DAY = timedelta(days=1)
ROWS = 50


@pytest.fixture
def store(tmp_path: Path, sqlite_template: Path) -> Settings:
    """A file and a directory, whose files can be made older."""
    root = tmp_path / "server"
    root.mkdir()
    (root / "catalog.sqlite").write_bytes(sqlite_template.read_bytes())
    return Settings.at(root)


@pytest.fixture
def house(store: Settings) -> Services:
    """One dataset is in use, one has lain in the trash for too long, and one lies there since yesterday."""
    house = Services(store)
    for name in ("kept", "old", "young"):
        writer = house.datasets.writer(house.actor, "self", name, None)
        for row in range(ROWS):
            writer.put(row, {"text": f"{name} {row} " * 20})
        writer.commit()
        writer.close()
    for name, days in (("old", 31), ("young", 1)):
        house.artifacts.remove(house.actor, uri(name))
        with house.catalog.begin() as session:
            then = utc_now() - days * DAY
            session.execute(update(ArtifactRow).where(ArtifactRow.name == name).values(removed_at=then))
    grow_old(store)
    return house


def uri(name: str) -> ArtifactUri:
    return ArtifactUri(instance="local", project="self", kind=Kind.DATASET, name=name)


def grow_old(store: Settings) -> None:
    then = time.time() - 7200
    for path in Path(store.objects_url).rglob("*"):
        os.utime(path, (then, then))


def blobs(house: Services) -> set[str]:
    return {each.digest for each in house.blobs.all()}


def names(house: Services) -> set[str]:
    """Of all datasets, those in the trash as well."""
    with house.catalog.read() as session:
        return set(session.scalars(select(ArtifactRow.name)))


def check_whole(house: Services) -> None:
    """What is in use is read to its last row, and so is what comes out of the trash."""
    house.artifacts.recover(house.actor, uri("young"))
    for name in ("kept", "young"):
        rows = dict(house.datasets.open(house.datasets.resolve(house.actor, uri(name))).scan())
        assert [rows[row]["text"] for row in range(ROWS)] == [f"{name} {row} " * 20 for row in range(ROWS)]


def told(house: Services) -> list[dict[str, Any]]:
    """What the audit says of collections."""
    return [each.payload for each in house.audit.page(ROOT)[0] if each.name == "garbage.collected"]


def test_a_server_collects_by_itself(
    house: Services, store: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="starwhale.server")
    before = blobs(house)
    app = create_app(ServerSettings(store=store, collect_every=1 / 3600, executor="none"))
    with TestClient(app, base_url="http://localhost") as client:
        until(lambda: "old" not in names(house) and told(house), 60)
        client.headers["Authorization"] = f"Bearer {token_of(house, 'root', admin=True)}"
        figures = client.get("/metrics").text
    gone = before - blobs(house)
    (event,) = told(house)
    assert (event["purged"], event["blobs"]) == (1, len(gone))
    assert gone
    assert f"starwhale_garbage_freed_bytes_total {event['freed']:.1f}" in figures
    assert "starwhale_garbage_failed 0.0" in figures
    assert f"garbage is collected: 1 things left the trash, {len(gone)} files" in caplog.text
    check_whole(house)
    house.close()


@pytest.mark.parametrize("hours", [24.0, 0.0])
def test_a_server_that_has_just_begun_does_not(house: Services, store: Settings, hours: float) -> None:
    with TestClient(create_app(ServerSettings(store=store, collect_every=hours, executor="none"))):
        if hours:
            until(lambda: turns_of(house.catalog, store).look(GARBAGE))
    turn = turns_of(house.catalog, store).look(GARBAGE)
    assert turn is None if not hours else turn is not None and not turn.due(DAY, utc_now())
    assert names(house) == {"kept", "old", "young"}
    house.close()


def test_an_administrator_collects_beside_it(house: Services, store: Settings, terminal: Terminal) -> None:
    files, place = blobs(house), ("--data", str(store.root))
    dry = terminal("server", "gc", "--dry-run", "-o", "json", *place)
    assert (dry.status, dry.json["purged"]) == (0, 1), dry.err
    assert (blobs(house), names(house), told(house)) == (files, {"kept", "old", "young"}, [])
    assert terminal("server", "gc", "--dry-run", *place).out.endswith(" would be freed\n")
    ran = terminal("server", "gc", "-o", "json", *place)
    assert ran.json == dry.json
    assert len(files - blobs(house)) == dry.json["blobs"] > 0
    assert told(house) == [dry.json]
    assert terminal("server", "gc", *place).out == "0 B freed\n"
    assert told(house) == [dry.json]
    check_whole(house)
    house.close()


def log_rows(house: Services, project: str) -> ResultStore:
    """Write rows of an evaluation, too many for its log to be small."""
    results = house.results(project, "a" * 40)
    for row in range(ROWS):
        results.log("results", row, {"text": f"{project} {row} " * 200})
    results.log_summary({"of": project})
    results.flush()
    return results


def logs_of(store: Settings) -> dict[Path, int]:
    """Logs of tables, and the bytes that they take."""
    return {path: path.stat().st_blocks * 512 for path in store.tables.rglob("*.log")}


def grow_logs_old(store: Settings) -> None:
    then = time.time() - 7200
    for path in logs_of(store):
        os.utime(path, (then, then))


def test_the_logs_of_a_project_go_once_it_is_purged(
    house: Services, store: Settings, terminal: Terminal
) -> None:
    for project in ("kept", "gone"):
        house.projects.create(house.actor, project)
        log_rows(house, project).close()
    grow_logs_old(store)
    before, place = logs_of(store), ("--data", str(store.root))
    house.projects.remove(house.actor, "gone")
    assert terminal("server", "gc", "-o", "json", *place).json["logs"] == 0
    house.projects.recover(house.actor, "gone")
    assert len(list(house.results("gone", "a" * 40).scan("results"))) == ROWS
    house.projects.remove(house.actor, "gone")
    house.project_trash.purge(house.actor, "gone")
    dry = terminal("server", "gc", "--dry-run", "-o", "json", *place).json
    assert (dry["logs"], logs_of(store)) == (1, before)
    ran = terminal("server", "gc", "-o", "json", *place).json
    (left,) = logs_of(store)
    assert ran == dry
    assert ran["freed"] > ROWS * 200
    assert left in before
    rows = list(house.results("kept", "a" * 40).scan("results"))
    assert [row["text"] for row in rows] == [f"kept {row} " * 200 for row in range(ROWS)]
    house.close()


def test_the_rows_of_a_removed_evaluation_go_and_its_neighbours_stay(
    house: Services, store: Settings
) -> None:
    house.projects.create(house.actor, "kept")
    log_rows(house, "kept").close()
    grow_logs_old(store)
    ((path, size),) = logs_of(store).items()
    with house.catalog.begin() as session:
        house.revisions.drop(session, evaluation_prefix("kept", "a" * 40))
    assert collect(house, house.actor).logs == 1
    # The row in the summary of the project lies in the same log.
    assert logs_of(store)[path] < size / 4
    assert house.results("kept", "a" * 40).get_summary() == {"of": "kept"}
    assert collect(house, house.actor).logs == 0
    house.close()


def test_a_writer_that_has_long_been_silent_goes_on(house: Services, store: Settings) -> None:
    house.projects.create(house.actor, "kept")
    results = log_rows(house, "kept")
    grow_logs_old(store)
    with house.catalog.begin() as session:
        house.revisions.drop(session, evaluation_prefix("kept", "a" * 40))
    assert collect(house, house.actor).logs == 0
    results.log("more", 7, {"text": "again"})
    results.flush()
    results.close()
    assert list(house.results("kept", "a" * 40).scan("more")) == [{"id": 7, "text": "again"}]
    assert house.results("kept", "a" * 40).get_summary() == {"of": "kept"}
    house.close()


def test_logs_of_jobs_that_are_gone_go_and_those_of_others_stay(house: Services, store: Settings) -> None:
    archive = LogArchive(house.blobs.objects)
    jobs = replace(house.jobs, archive=archive)
    lost, other = random_version(), store.run / "code"
    for folder in (store.run / lost, other):
        (folder / "logs").mkdir(parents=True)
        (folder / "logs" / "task.log").write_text("printed")
    archive.copy(lost, store.run / lost / "logs", {})
    soon, before = utc_now() + DAY, utc_now() - DAY
    assert list(jobs.sweep_archive(before, False)) == []
    assert list(jobs.sweep_archive(soon, True)) == [len("printed")]
    assert archive.read(lost, "task", 0, 100) == b"printed"
    assert list(jobs.sweep_archive(soon, False)) == [len("printed")]
    assert archive.sizes(lost) == {}
    jobs.clear_left()
    assert (store.run / lost).exists()
    for folder in (store.run / lost, other):
        os.utime(folder, (0, 0))
    jobs.clear_left()
    assert not (store.run / lost).exists()
    assert other.exists()
    house.close()


def test_none_is_made_where_there_is_no_server(terminal: Terminal, tmp_path: Path) -> None:
    ran = terminal("server", "gc", "--data", str(tmp_path / "mistyped"))
    assert ran.status == 3
    assert "there is no catalog" in ran.err
    assert not (tmp_path / "mistyped").exists()


def test_only_one_process_collects(house: Services, store: Settings) -> None:
    command = [sys.executable, "-P", "-m", "starwhale.cli", "server", "gc", "--data", str(store.root)]
    with turns_of(house.catalog, store).taken(GARBAGE):
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert (ran.returncode, ran.stdout) == (Conflict.exit_status, "")
        assert f"process {os.getpid()} on" in " ".join(ran.stderr.split())
        with pytest.raises(Conflict):
            collect(house, house.actor)
    assert "old" in names(house)
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "old" not in names(house)
    house.close()


def test_of_servers_that_find_it_due_at_once_one_collects(house: Services) -> None:
    turns = turns_of(house.catalog, house.settings)
    turns.await_first(GARBAGE)
    with house.catalog.begin() as session:
        session.execute(update(TurnRow).values(began_at=utc_now() - DAY))
    refused, start = list[Conflict](), threading.Barrier(4)

    def one() -> None:
        with Services(house.settings) as own:
            assert own.catalog
            start.wait()
            try:
                collect(own, own.actor, every=DAY)
            except Conflict as exc:
                refused.append(exc)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert len(refused) == 3
    assert len(told(house)) == 1
    house.close()


def test_a_turn_whose_server_died_is_anybodys(house: Services) -> None:
    turns = turns_of(house.catalog, house.settings)
    with turns.taken(GARBAGE):
        child = subprocess.Popen(["true"])
        child.wait()
        with house.catalog.begin() as session:
            session.execute(update(TurnRow).values(owner_pid=child.pid))
        turn = turns.look(GARBAGE)
        assert turn is not None
        assert (turn.owner, turn.died) == (None, True)
        assert not turn.due(DAY, utc_now())
        assert turn.due(DAY, utc_now() + AGAIN)
        assert collect(house, house.actor).purged == 1
    turn = turns.look(GARBAGE)
    assert turn is not None
    assert (turn.failure, turn.done["purged"]) == ("", 1)  # whoever was taken for dead changes nothing of it
    house.close()


def test_a_server_that_cannot_be_seen_lives_as_long_as_it_says_so(house: Services) -> None:
    turns = Turns(house.catalog, timedelta(seconds=0.3))
    with turns.taken(GARBAGE):
        with house.catalog.begin() as session:
            session.execute(update(TurnRow).values(owner_host="elsewhere/1"))
        until(lambda: (turn := turns.look(GARBAGE)) is not None and turn.died)
    with turns.taken(GARBAGE):
        with house.catalog.read() as session:
            first = session.scalar(select(TurnRow.seen_at))
        until(lambda: _seen(house) != first)
    house.close()


def _seen(house: Services) -> object:
    with house.catalog.read() as session:
        return session.scalar(select(TurnRow.seen_at))


def test_one_that_fails_says_why_and_the_next_waits_its_time(house: Services) -> None:
    with house.catalog.begin() as session:
        session.execute(update(VersionRow).values(manifest="ab" * 32))
    files = blobs(house)
    with pytest.raises(StarwhaleError):
        collect(house, house.actor)
    turn = turns_of(house.catalog, house.settings).look(GARBAGE)
    assert turn is not None
    assert turn.failure
    assert turn.owner is None
    assert not turn.due(DAY, utc_now())
    assert blobs(house) == files
    app = create_app(ServerSettings(store=house.settings))
    client = TestClient(app, base_url="http://localhost")
    client.headers["Authorization"] = f"Bearer {token_of(house, 'root', admin=True)}"
    assert "starwhale_garbage_failed 1.0" in client.get("/metrics").text
    app.state.services.close()
    house.close()


def test_when_a_turn_is_due() -> None:
    now = utc_now()
    free = Turn(owner=None, died=False, began_at=now - DAY, ended_at=None, failure="", done={})
    assert free.due(DAY, now)
    assert not free.due(DAY, now - timedelta(seconds=1))
    assert replace(free, began_at=now - AGAIN, died=True).due(DAY, now)
    assert not replace(free, began_at=now - AGAIN / 2, died=True).due(DAY, now)
    assert replace(free, began_at=now - AGAIN / 2, died=True).due(AGAIN / 2, now)
