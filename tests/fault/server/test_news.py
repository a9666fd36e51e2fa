"""News between servers of one PostgreSQL, which is killed and comes back; and whoever listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.server.hearing import Ear
from tests.contract.server.processes import Caller, Process
from tests.postgres import PostgresServer
from tests.slice.server.conftest import token_of
from tests.slice.server.operations.conftest import until

from starwhale.catalog.engine import Catalog
from starwhale.catalog.messenger import Messenger
from starwhale.catalog.news import Nouns, note
from starwhale.catalog.outbox import emit
from starwhale.core.actor import Actor
from starwhale.core.settings import Settings
from starwhale.server.settings import ServerSettings

ACTOR = Actor(name="ada")


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A server that may be killed."""
    server = PostgresServer(fast=False)
    yield server
    server.close()


class Party:
    """A process with a catalog, as far as news go."""

    def __init__(self, url: str) -> None:
        self.catalog = Catalog.open(url)
        self.heard: list[Nouns] = []
        self.rung = threading.Event()
        self.catalog.news.listen(self._hear)
        self.messenger = Messenger(self.catalog)
        assert self.messenger.connected.wait(20)

    def _hear(self, nouns: Nouns) -> None:
        self.heard.append(nouns)
        self.rung.set()

    def writes(self, name: str) -> None:
        with self.catalog.begin() as session:
            emit(session, ACTOR, name, {})

    def hears(self, noun: str) -> bool:
        return any(noun in nouns for nouns in self.heard)

    def close(self) -> None:
        self.messenger.close()
        self.catalog.close()


def test_news_go_on_when_postgresql_is_killed_and_comes_back(
    own_postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = own_postgres.create()
    parties = [Party(url), Party(url)]
    one, two = parties
    try:
        one.writes("model.published")
        until(lambda: two.hears("model"), 20)
        # Whoever writes hears himself once, and at once.
        assert [nouns for nouns in one.heard if nouns] == [{"model"}]
        for _ in range(2):
            own_postgres.kill()
            until(lambda: not one.messenger.connected.is_set() and not two.messenger.connected.is_set(), 20)
            two.rung.clear()
            own_postgres.start()
            assert one.messenger.connected.wait(20)
            assert two.messenger.connected.wait(20)
            # Nobody knows what was missed: all look.
            assert two.rung.wait(20)
            two.heard.clear()
            one.writes("job.created")
            until(lambda: two.hears("job"), 20)
        assert "news of other servers come late" in caplog.text
    finally:
        for party in parties:
            party.close()
    assert not one.messenger.connected.is_set()


def test_what_is_undone_is_no_news(own_postgres: PostgresServer) -> None:
    url = own_postgres.create()
    one, two = Party(url), Party(url)

    def fails() -> None:
        with one.catalog.begin() as session:
            emit(session, ACTOR, "job.created", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    one.writes("dataset.published")
    until(lambda: two.hears("dataset"), 20)
    assert not two.hears("job")
    assert not one.hears("job")
    one.close()
    two.close()


def test_many_commits_are_few_notices_and_none_is_lost(own_postgres: PostgresServer) -> None:
    url = own_postgres.create()
    one, two = Party(url), Party(url)
    two.heard.clear()
    for number in range(200):
        with one.catalog.begin() as session:
            emit(session, ACTOR, "table.changed", {})
            note(session, f"noun{number}")
    until(lambda: all(two.hears(f"noun{number}") for number in range(200)), 20)
    assert len(two.heard) < 200
    one.close()
    two.close()


def test_whoever_listens_misses_nothing_when_postgresql_is_killed(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    store = replace(Settings.at(tmp_path / "server"), catalog_url=own_postgres.create())
    server = Process(ServerSettings(store=store, executor="none"))
    server.start()
    try:
        caller = Caller(server.url, token_of(server.services, "ada", admin=True))
        path, last = "/events/stream", 0
        told: list[str] = []
        ear = Ear(caller, path)
        for word in ("red", "green"):
            caller.done("POST", "/projects", 201, json={"name": word})
            ear.hears("project.created")
            own_postgres.kill()
            # It is noticed when the right to listen is looked up again.
            ear.ends()
            assert ear.names[-1] == "stream.ended"
            told += made_by(ear)
            last = max(last, *(each["id"] for each in ear.told if "id" in each))
            own_postgres.start()
            until(lambda: caller.get("/me").status_code == 200, 20)
            caller.done("POST", "/projects", 201, json={"name": f"after-{word}"})
            ear = Ear(caller, path, **{"Last-Event-ID": str(last)})
            ear.hears("project.created")
            told += made_by(ear)
            last = max(each["id"] for each in ear.told)
            ear = Ear(caller, path, **{"Last-Event-ID": str(last)})
        assert told == ["red", "after-red", "green", "after-green"]
        caller.close()
    finally:
        server.stop()


def made_by(ear: Ear) -> list[str]:
    """Projects of whose making somebody was told."""
    return [each["project"] for each in ear.told if each.get("name") == "project.created"]
