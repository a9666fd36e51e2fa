"""Webhooks: made, delivered, tried again, given up, replayed."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from starlette.testclient import TestClient
from tests.slice.server.operations.conftest import Receiver, receiving

from starwhale.catalog.engine import Catalog
from starwhale.catalog.horizon import Horizon
from starwhale.catalog.outbox import NOUNS, emit
from starwhale.catalog.tables.webhooks import DeliveryRow, WebhookRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, Forbidden, NotFound, UsageError
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService
from starwhale.webhooks.courier import Courier
from starwhale.webhooks.queue import Queue
from starwhale.webhooks.sending import Outcome, Sender
from starwhale.webhooks.service import MOST, WebhookService, matches
from starwhale.webhooks.signing import is_genuine
from starwhale.webhooks.states import PATIENCE, next_try

OWNER = Actor(name="ada", admin=True)


@pytest.fixture
def hooks(catalog: Catalog) -> WebhookService:
    ProjectService(catalog).create(OWNER, "vision")
    return WebhookService(catalog, private=True)


def happen(catalog: Catalog, name: str = "dataset.published", times: int = 1, **payload: object) -> None:
    with catalog.begin() as session:
        for _ in range(times):
            emit(session, OWNER, name, payload or {"name": "digits"}, project=1)


def deliver(catalog: Catalog, rounds: int = 3) -> Courier:
    """Let a server work for a while."""
    courier = Courier(catalog, Sender(private=True, seconds=1.0))

    async def work() -> None:
        horizon = Horizon(catalog)
        for _ in range(rounds):
            await courier.round(horizon)
            await courier.finish()

    asyncio.run(work())
    return courier


def test_an_event_is_delivered_signed_and_once(hooks: WebhookService, receiver: Receiver) -> None:
    happen(hooks.catalog)  # before there was a webhook
    hook, secret = hooks.create(OWNER, "vision", receiver.url)
    happen(hooks.catalog, payload="x")
    deliver(hooks.catalog)
    deliver(hooks.catalog)
    told = {json.loads(body)["event"]: (headers, body) for headers, body in receiver.got}
    assert len(receiver.got) == 2  # that the webhook was made is an event as well
    headers, body = told["dataset.published"]
    assert json.loads(body)["payload"] == {"payload": "x"}
    assert json.loads(body)["project"] == "vision"
    assert is_genuine(secret, headers, body, time.time())
    [delivery, _] = hooks.deliveries(OWNER, "vision", hook.id).items
    assert (delivery.state, delivery.status, delivery.attempts) == ("delivered", 204, 1)
    assert hooks.get(OWNER, "vision", hook.id).delivered_at is not None


def test_a_forged_changed_or_old_delivery_is_not_genuine(hooks: WebhookService, receiver: Receiver) -> None:
    _, secret = hooks.create(OWNER, "vision", receiver.url, events=["dataset.*"])
    happen(hooks.catalog)
    deliver(hooks.catalog)
    headers, body = receiver.got[0]
    now = time.time()
    assert is_genuine(secret, headers, body, now)
    assert not is_genuine("other", headers, body, now)
    assert not is_genuine(secret, headers, body + b" ", now)
    assert not is_genuine(secret, headers, body, now + 301)
    assert not is_genuine(secret, headers | {"Starwhale-Timestamp": str(int(now) + 100)}, body, now)
    assert not is_genuine(secret, headers | {"Starwhale-Delivery": "1-1-1"}, body, now)
    assert not is_genuine(secret, {}, body, now)


def test_only_what_was_asked_for_is_told(hooks: WebhookService, receiver: Receiver) -> None:
    hooks.create(OWNER, "vision", receiver.url, events=["dataset.*", "job.created"])
    for name in ("dataset.published", "job.created", "job.removed", "model.published"):
        happen(hooks.catalog, name)
    deliver(hooks.catalog)
    assert sorted(json.loads(body)["event"] for _, body in receiver.got) == [
        "dataset.published",
        "job.created",
    ]
    assert not matches("dataset.*", "datasets.other")


def test_what_fails_is_tried_again_and_given_up_after_a_day(
    hooks: WebhookService, receiver: Receiver
) -> None:
    hook, _ = hooks.create(OWNER, "vision", receiver.url, events=["dataset.*"])
    receiver.status = 500
    happen(hooks.catalog)
    deliver(hooks.catalog)
    [delivery] = hooks.deliveries(OWNER, "vision", hook.id).items
    assert (delivery.state, delivery.attempts, delivery.status) == ("waiting", 1, 500)
    assert delivery.due_at > utc_now()
    with hooks.catalog.begin() as session:
        old = utc_now() - timedelta(hours=23, minutes=59, seconds=58)
        session.execute(update(DeliveryRow).values(created_at=old, due_at=utc_now()))
    deliver(hooks.catalog)
    [delivery] = hooks.deliveries(OWNER, "vision", hook.id, state="dead").items
    assert delivery.attempts == 2
    assert hooks.get(OWNER, "vision", hook.id).failures == 2
    receiver.status = 200
    again = hooks.replay(OWNER, "vision", hook.id, delivery.id)
    deliver(hooks.catalog)
    assert hooks.deliveries(OWNER, "vision", hook.id, state="delivered").items[0].id == again.id
    ids = {headers["Starwhale-Delivery"] for headers, _ in receiver.got}
    assert len(ids) == 2  # one for both attempts, another one for the replay
    assert hooks.get(OWNER, "vision", hook.id).failures == 0


def test_a_redirect_is_not_followed(hooks: WebhookService, receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.status, receiver.location = 307, elsewhere.url
        hook, _ = hooks.create(OWNER, "vision", receiver.url, events=["dataset.*"])
        happen(hooks.catalog)
        deliver(hooks.catalog)
        assert len(receiver.got) == 1
        assert not elsewhere.got
    assert "redirects" in (hooks.deliveries(OWNER, "vision", hook.id).items[0].error or "")


def test_one_that_is_slow_is_left_after_its_time(hooks: WebhookService, receiver: Receiver) -> None:
    receiver.delay = 1.5
    hook, _ = hooks.create(OWNER, "vision", receiver.url, events=["dataset.*"])
    happen(hooks.catalog)
    began = time.monotonic()
    deliver(hooks.catalog, rounds=1)
    assert time.monotonic() - began < 1.4
    assert hooks.deliveries(OWNER, "vision", hook.id).items[0].error == "no answer within 1 seconds"


def test_ten_thousand_dead_ones_do_not_hold_up_another(hooks: WebhookService, receiver: Receiver) -> None:
    now = utc_now()
    common = {"project_id": 1, "events": ["trash.*"], "description": "", "secret": "s", "after_event": 0}
    common |= {"active": True, "created_at": now, "created_by": "x", "delivered_at": None, "failures": 1}
    hooks.create(OWNER, "vision", receiver.url, events=["dataset.*"])
    happen(hooks.catalog, "trash.purged")
    with hooks.catalog.begin() as session:
        dead = [
            {**common, "url": f"http://127.0.0.1:9/{n}", "host": f"dead-{n % 5000}.test"}
            for n in range(10_000)
        ]
        session.execute(insert(WebhookRow), dead)
        numbers = session.scalars(select(WebhookRow.id).where(WebhookRow.failures > 0)).all()
        fresh = {"event_id": 2, "replay": 0, "state": "waiting", "attempts": 1, "created_at": now}
        rows = [{**fresh, "webhook_id": number, "due_at": now - timedelta(1)} for number in numbers]
        session.execute(insert(DeliveryRow), rows)
    happen(hooks.catalog)
    began = time.monotonic()
    deliver(hooks.catalog, rounds=1)
    assert len(receiver.got) == 1
    assert time.monotonic() - began < 5


def test_one_host_is_not_flooded(hooks: WebhookService, receiver: Receiver) -> None:
    hooks.create(OWNER, "vision", receiver.url, events=["dataset.*"])
    happen(hooks.catalog, times=20)
    queue = Queue(hooks.catalog)
    queue.fill(Horizon(hooks.catalog).look())
    first, second = queue.take(100, per_host=3), queue.take(100, per_host=3)
    assert (len(first), len(second)) == (3, 0)
    queue.settle([(job, Outcome(status=200)) for job in first])
    assert len(queue.take(100, per_host=3)) == 3


def test_two_servers_share_the_work_and_one_may_die(hooks: WebhookService, receiver: Receiver) -> None:
    hook, _ = hooks.create(OWNER, "vision", receiver.url, events=["dataset.*"])
    happen(hooks.catalog, times=6)
    one, two = Queue(hooks.catalog), Queue(hooks.catalog)
    one.fill(Horizon(hooks.catalog).look())
    assert two.fill(Horizon(hooks.catalog).look()) == 0
    taken, others = one.take(3, per_host=3), two.take(100, per_host=6)
    assert not {job.delivery for job in taken} & {job.delivery for job in others}
    # The first one dies: its leases run out, and what it says after that counts no more.
    with hooks.catalog.begin() as session:
        session.execute(update(DeliveryRow).values(leased_until=utc_now() - timedelta(seconds=1)))
    again = two.take(100, per_host=10)
    assert {job.delivery for job in taken} <= {job.delivery for job in again}
    one.settle([(job, Outcome(status=None, error="late")) for job in taken])
    two.settle([(job, Outcome(status=200)) for job in again])
    found = hooks.deliveries(OWNER, "vision", hook.id).items
    assert [(each.state, each.attempts) for each in found] == [("delivered", 1)] * 6


def test_events_that_commit_out_of_order_are_all_delivered(catalog_url: str) -> None:
    catalog = Catalog.open(catalog_url)
    if catalog.dialect == "sqlite":
        catalog.close()
        pytest.skip("SQLite has one writer at a time")
    horizon = Horizon(catalog)
    with catalog.begin() as slow:
        emit(slow, OWNER, "user.first", {})
        with catalog.begin() as quick:
            emit(quick, OWNER, "user.second", {})
        assert [horizon.look() for _ in range(3)] == [0, 0, 0]
        with catalog.begin() as quick:
            emit(quick, OWNER, "user.third", {})
    # At once, since nothing is told of the third any more.
    assert horizon.look() == 3
    catalog.close()


@pytest.mark.parametrize("draw", [0.0, 0.5, 1.0])
def test_the_wait_doubles_to_four_hours_within_a_day(draw: float) -> None:
    created = now = utc_now()
    waits: list[float] = []
    while (due := next_try(len(waits) + 1, created, now, draw)) is not None:
        waits.append((due - now).total_seconds())
        now = due
    assert 4 <= waits[0] <= 6
    assert max(waits) <= 4 * 3600 * 1.2
    assert timedelta(hours=18) < now - created <= PATIENCE
    assert 12 < len(waits) < 25


def test_only_owners_may_and_a_project_has_so_many(hooks: WebhookService) -> None:
    from starwhale.core.permissions import Role

    maintainer = Actor(name="bob", user=7, roles={1: Role.MAINTAINER})
    with pytest.raises(Forbidden):
        hooks.create(maintainer, "vision", "https://ci.invalid/")
    with pytest.raises(Forbidden):
        hooks.list(maintainer, "vision")
    with pytest.raises(NotFound):
        hooks.list(Actor(name="eve", user=8), "vision")
    for _ in range(MOST):
        hooks.create(OWNER, "vision", "https://ci.invalid/")
    with pytest.raises(Conflict):
        hooks.create(OWNER, "vision", "https://ci.invalid/")


@pytest.mark.parametrize("events", [[], ["Dataset.x"], ["dataset"], ["*.published"], ["a.b'--"], ["*"] * 51])
def test_names_of_events_are_checked(hooks: WebhookService, events: list[str]) -> None:
    with pytest.raises(UsageError):
        hooks.create(OWNER, "vision", "https://ci.invalid/", events=events)


def test_a_noun_to_which_nothing_happens_is_refused_with_the_nearest(hooks: WebhookService) -> None:
    with pytest.raises(UsageError) as caught:
        hooks.create(OWNER, "vision", "https://ci.invalid/", events=["datset.*"])
    assert caught.value.message == "nothing happens to any 'datset', as the event 'datset.*' says"
    assert caught.value.hint == "did you mean 'dataset'?"


def test_a_webhook_keeps_an_event_that_no_server_tells_of_any_more(
    hooks: WebhookService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starwhale.webhooks.service.NOUNS", {*NOUNS, "wish"})
    made, _ = hooks.create(OWNER, "vision", "https://ci.invalid/", events=["wish.granted"])
    monkeypatch.undo()
    changed = hooks.change(OWNER, "vision", made.id, events=["wish.granted", "job.*"])
    assert changed.events == ("job.*", "wish.granted")
    with pytest.raises(UsageError):
        hooks.change(OWNER, "vision", made.id, events=["wish.granted", "wish.lost"])


@pytest.fixture
def over_http(client_of) -> TestClient:
    client = client_of("ada")
    assert client.post("/api/v1/projects", json={"name": "vision"}).status_code == 201
    return client


def test_over_http_a_secret_is_shown_once(over_http: TestClient) -> None:
    path = "/api/v1/projects/vision/webhooks"
    made = over_http.post(path, json={"url": "https://ci.invalid/x", "events": ["dataset.*"]})
    assert made.status_code == 201
    number, secret = made.json()["id"], made.json()["secret"]
    shown = over_http.get(path).text + over_http.get(f"{path}/{number}").text
    assert secret not in shown
    other = over_http.post(f"{path}/{number}/secret").json()["secret"]
    assert other != secret
    changed = over_http.patch(f"{path}/{number}", json={"active": False})
    assert changed.json()["active"] is False
    assert over_http.patch(f"{path}/{number}", json={"secret": "mine"}).status_code == 422
    assert over_http.get(f"{path}/{number}/deliveries").json()["total"] == 0
    assert over_http.get(f"{path}/{number}/deliveries?state=odd").status_code == 422
    assert over_http.post(f"{path}/{number}/deliveries/99/replay").status_code == 404
    assert over_http.post(path, json={"url": "http://127.0.0.1/"}).status_code == 400
    assert over_http.delete(f"{path}/{number}").status_code == 204
    assert over_http.get(f"{path}/{number}").status_code == 404
