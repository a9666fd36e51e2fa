"""Changes are told when they happen, not at the next look."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from tests.slice.server.conftest import ROOT, token_of
from tests.slice.server.operations.conftest import listening, until
from tests.slice.server.operations.test_events import Listener

from starwhale.catalog.engine import Catalog
from starwhale.catalog.news import Nouns
from starwhale.catalog.outbox import emit
from starwhale.core.errors import Unavailable
from starwhale.server.feed import Event, Feed
from starwhale.server.life import Life
from starwhale.server.services import Services

HOUR = 3600.0


@pytest.fixture
def url(server_app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a server that looks once an hour by itself."""
    server_app.state.feed = Feed(lambda: server_app.state.services.catalog, server_app.state.life, HOUR)
    with listening(server_app) as address:
        until(lambda: hasattr(server_app.state, "messenger"))
        yield address


def test_a_stream_does_not_wait_for_the_next_look(url: str, services: Services) -> None:
    stream = Listener(f"{url}/api/v1/events/stream", token_of(services, "root", admin=True))
    until(lambda: stream.open)
    for name in ("red", "green", "blue"):
        services.projects.create(ROOT, name)
    until(lambda: stream.names.count("project.created") == 3)


def test_a_listener_hears_what_was_committed_and_nothing_after_he_has_left(catalog: Catalog) -> None:
    heard: list[Nouns] = []
    leave = catalog.news.listen(heard.append)
    with catalog.begin() as session:
        emit(session, ROOT, "job.created", {})
        emit(session, ROOT, "job.resumed", {})
        emit(session, ROOT, "pool.changed", {})
        assert heard == []
    with catalog.begin():
        pass
    assert heard == [{"job", "pool"}]
    leave()
    with catalog.begin() as session:
        emit(session, ROOT, "job.created", {})
    assert len(heard) == 1


def test_news_that_come_between_a_look_and_the_wait_end_the_wait(catalog: Catalog) -> None:
    async def play() -> float:
        feed = Feed(lambda: catalog, Life(), HOUR)
        seen = feed.news
        await feed.present()
        feed.nudge()
        assert await feed.wait(HOUR, seen)
        assert feed.news > seen
        began = time.monotonic()
        assert await feed.wait(HOUR, seen)
        return time.monotonic() - began

    assert asyncio.run(play()) < 60


def test_a_thousand_news_are_few_looks(catalog: Catalog) -> None:
    looks = 0

    def counted() -> Catalog:
        nonlocal looks
        looks += 1
        return catalog

    async def play() -> int:
        feed, number = Feed(counted, Life(), HOUR), 0
        for _ in range(1000):
            feed.nudge()
            number = (await feed.after(number, None))[1]
        return feed.news

    assert asyncio.run(play()) < 100
    assert looks < 100


def test_a_reading_that_fails_half_way_tells_nothing_twice(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listens() -> list[int]:
        feed = Feed(lambda: services.catalog, Life(), 0.0)
        # Whoever listens is in the middle of what is read at once.
        number = await feed.present() + 100
        with services.catalog.begin() as session:
            for each in range(500):
                emit(session, ROOT, "project.changed", {"name": f"project-{each}"})
        reads, read = 0, feed._read

        def fails_once(*told: int | None) -> list[Event]:
            nonlocal reads
            reads += 1
            if reads == 2:
                raise Unavailable("the catalog is away")
            return read(*told)  # type: ignore[arg-type]

        monkeypatch.setattr(feed, "_read", fails_once)
        told: list[int] = []
        while len(told) < 400:
            found, number = await feed.after(number, None)
            told += [each.id for each in found]
        return told

    told = asyncio.run(listens())
    assert len(told) == 400
    assert told == sorted(set(told))
