"""Streams of events."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from tests.slice.server.conftest import ROOT, token_of, user_of
from tests.slice.server.operations.conftest import listening, until

from starwhale.catalog.outbox import emit
from starwhale.core.actor import Actor
from starwhale.core.permissions import Role
from starwhale.kit.times import utc_now
from starwhale.server.feed import Event
from starwhale.server.services import Services


class Listener(threading.Thread):
    """Reads a stream until it ends."""

    def __init__(self, url: str, token: str, **headers: str) -> None:
        super().__init__(daemon=True)
        self.url, self.headers = url, {"Authorization": f"Bearer {token}", **headers}
        self.lines: list[str] = []
        self.status = 0
        self.ended = 0.0
        self.start()

    def run(self) -> None:
        with (
            httpx2.Client(timeout=20, trust_env=False) as client,
            client.stream("GET", self.url, headers=self.headers) as answer,
        ):
            self.status = answer.status_code
            for line in answer.iter_lines():
                self.lines.append(line)
        self.ended = time.monotonic()

    @property
    def names(self) -> list[str]:
        return [line.removeprefix("event: ") for line in self.lines if line.startswith("event: ")]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(line.removeprefix("data: ")) for line in self.lines if line.startswith("data: ")]

    @property
    def open(self) -> bool:
        return any(line.startswith(":") for line in self.lines)


@pytest.fixture
def url(server_app: FastAPI) -> Iterator[str]:
    with listening(server_app) as address:
        yield address


@pytest.fixture
def owner(services: Services) -> Actor:
    found = user_of(services, "ada")
    actor = Actor(name="ada", user=found.id)
    services.projects.create(actor, "vision")
    return services.doors.by_token(token_of(services, "ada"))


def test_a_change_is_told_and_nothing_is_missed_after_an_interruption(
    url: str, services: Services, owner: Actor
) -> None:
    stream = f"{url}/api/v1/projects/vision/events/stream"
    token = token_of(services, "ada")
    first = Listener(stream, token)
    until(lambda: first.open)
    user_of(services, "bob")
    services.members.put(owner, "vision", "bob", Role.GUEST)
    until(lambda: first.names)
    assert first.bodies[0]["name"].startswith("member.")
    assert first.bodies[0]["actor"] == "ada"
    last = first.bodies[0]["id"]
    services.members.put(owner, "vision", "bob", Role.MAINTAINER)
    services.members.remove(owner, "vision", "bob")
    again = Listener(stream, token, **{"Last-Event-ID": str(last)})
    until(lambda: len(again.names) == 2)
    assert [each["id"] for each in again.bodies] == sorted(each["id"] for each in again.bodies)
    assert again.bodies[0]["id"] > last


def test_rights_that_are_gone_end_the_stream(url: str, services: Services, owner: Actor) -> None:
    user_of(services, "bob")
    services.members.put(owner, "vision", "bob", Role.GUEST)
    guest = Listener(f"{url}/api/v1/projects/vision/events/stream", token_of(services, "bob"))
    until(lambda: guest.open)
    began = time.monotonic()
    services.members.remove(owner, "vision", "bob")
    until(lambda: guest.ended)
    assert guest.ended - began < 5
    assert guest.names[-1] == "stream.ended"


def test_who_may_not_see_it_gets_no_stream(url: str, services: Services, owner: Actor) -> None:
    stranger = token_of(services, "eve")
    for path in ("projects/vision/events/stream", "events/stream"):
        with httpx2.Client(trust_env=False, headers={"Authorization": f"Bearer {stranger}"}) as client:
            assert client.get(f"{url}/api/v1/{path}").status_code in {403, 404}


def test_an_administrator_sees_all_and_others_not_what_is_of_the_audit(
    url: str, services: Services, owner: Actor
) -> None:
    user_of(services, "bob")
    services.members.put(owner, "vision", "bob", Role.GUEST)
    every = Listener(f"{url}/api/v1/events/stream", token_of(services, "root", admin=True))
    guest = Listener(f"{url}/api/v1/projects/vision/events/stream", token_of(services, "bob"))
    until(lambda: every.open and guest.open)
    services.webhooks(private=True).create(owner, "vision", "http://127.0.0.1:9999/")
    services.members.remove(ROOT, "vision", "bob")
    until(lambda: "webhook.created" in every.names)
    until(lambda: guest.ended)
    assert "webhook.created" not in guest.names


@pytest.mark.parametrize(
    "noun",
    ["dataset", "model", "runtime", "job", "template", "schedule", "run", "table", "view", "panel", "report"],
)
def test_whoever_works_in_a_project_hears_of_what_he_may_read(noun: str) -> None:
    told = Event(
        id=1,
        at=utc_now(),
        actor="ada",
        name=f"{noun}.changed",
        payload={},
        project="vision",
        project_id=7,
        public=False,
    )
    assert told.is_for(Actor(name="bob", user=2, roles={7: Role.MAINTAINER}))
    assert told.is_for(Actor(name="guest", user=3, roles={7: Role.GUEST}))
    assert not told.is_for(Actor(name="eve", user=4))


def test_streams_end_when_the_server_stops(server_app: FastAPI, services: Services, owner: Actor) -> None:
    with listening(server_app) as url:
        stream = Listener(f"{url}/api/v1/projects/vision/events/stream", token_of(services, "ada"))
        until(lambda: stream.open)
        began = time.monotonic()
    until(lambda: stream.ended)
    assert stream.ended - began < 3


def test_one_who_is_far_behind_reads_everything_in_order(url: str, services: Services, owner: Actor) -> None:
    for number in range(450):
        with services.catalog.begin() as session:
            emit(session, owner, "project.changed", {"n": number}, project=next(iter(owner.roles)))
    late = Listener(f"{url}/api/v1/projects/vision/events/stream?after=0", token_of(services, "ada"))
    until(lambda: len(late.names) >= 451)
    told = [each["payload"]["n"] for each in late.bodies if "n" in each["payload"]]
    assert told == list(range(450))
