"""Streams of events, and webhooks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.contract.server.hearing import Ear
from tests.contract.server.houses import Team
from tests.contract.server.processes import until
from tests.slice.server.operations.conftest import Receiver, receiving

from starwhale.webhooks.signing import is_genuine


def test_a_stream_tells_of_changes_and_goes_on_where_it_was_cut(team: Team) -> None:
    path = f"{team.path}/events/stream"
    ear = Ear(team.person("ada"), path)
    for word in ("red", "green", "blue"):
        team.owner.done("PATCH", team.path, json={"description": word})
    ear.hears("project.changed", 3)
    last = ear.told[0]["id"]
    again = Ear(team.person("ada"), path, **{"Last-Event-ID": str(last)})
    again.hears("project.changed", 2)
    assert [each["id"] for each in again.told] == [each["id"] for each in ear.told[1:3]]
    assert ear.told[0]["actor"] == team.user("ada")
    assert ear.told[0]["project"] == team.name
    boss = team.house.caller(team.user("boss"), admin=True)
    everywhere = Ear(boss, "/events/stream", **{"Last-Event-ID": str(last)})
    everywhere.hears("project.changed", 2)
    here = [each["id"] for each in everywhere.told if each["project"] == team.name]
    assert here[:2] == [each["id"] for each in ear.told[1:3]]


def test_nothing_is_missed_and_nothing_comes_twice_while_many_write(team: Team) -> None:
    ear = Ear(team.person("ada"), f"{team.path}/events/stream")
    people = [team.member(f"m{number}", "MAINTAINER") for number in range(4)]

    def write(who: int) -> None:
        for number in range(10):
            body = {"name": f"{who}-{number}", "content": {}}
            people[who].done("POST", f"{team.path}/views", 201, json=body)
            team.owner.done("PATCH", team.path, json={"description": f"{who}-{number}"})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    ear.hears("project.changed", 40)
    numbers = [each["id"] for each in ear.told]
    assert numbers == sorted(set(numbers))


def test_rights_that_are_gone_end_the_stream(team: Team) -> None:
    guest = Ear(team.member("bob", "GUEST"), f"{team.path}/events/stream")
    team.owner.done("DELETE", f"{team.path}/members/{team.user('bob')}")
    guest.ends()
    assert guest.names[-1] == "stream.ended"
    assert team.person("eve").get(f"{team.path}/events/stream").status_code == 404


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def test_a_webhook_is_told_once_and_signed_and_again_when_it_is_asked_for(
    team: Team, receiver: Receiver
) -> None:
    body = {"url": receiver.url, "events": ["project.changed"]}
    made = team.owner.done("POST", f"{team.path}/webhooks", 201, json=body)
    for number in range(3):
        team.owner.done("PATCH", team.path, json={"description": str(number)})
    until(lambda: len(receiver.got) >= 3)
    headers, sent = receiver.got[0]
    assert is_genuine(made["secret"], headers, sent, time.time())
    assert json.loads(sent)["project"] == team.name
    path = f"{team.path}/webhooks/{made['id']}/deliveries"
    until(lambda: len(team.owner.pages(path, state="delivered")) == 3)
    assert len({headers["Starwhale-Delivery"] for headers, _ in receiver.got}) == len(receiver.got) == 3
    first = team.owner.pages(path, size=2)[-1]
    team.owner.done("POST", f"{path}/{first['id']}/replay", 201)
    until(lambda: len(receiver.got) == 4)


def test_what_a_webhook_refuses_waits_and_is_told_of(team: Team, receiver: Receiver) -> None:
    receiver.status = 500
    made = team.owner.done("POST", f"{team.path}/webhooks", 201, json={"url": receiver.url, "events": ["*"]})
    path = f"{team.path}/webhooks/{made['id']}"
    until(lambda: [each["status"] for each in team.owner.pages(f"{path}/deliveries")] == [500])
    (waiting,) = team.owner.pages(f"{path}/deliveries", state="waiting")
    assert waiting["attempts"] == 1
    assert waiting["due_at"] > waiting["created_at"]
    assert team.owner.done("GET", path)["failures"] == 1
    team.owner.done("PATCH", path, json={"active": False})
    team.owner.done("DELETE", path, 204)
    assert team.owner.pages(f"{team.path}/webhooks") == []
