"""Ten thousand endpoints that take connections and never answer hold up nobody who works (FAULTS 42)."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import insert, select, update
from tests.slice.server.operations.conftest import Receiver, receiver

from starwhale.catalog.engine import Catalog
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.webhooks import DeliveryRow, WebhookRow
from starwhale.core.actor import Actor
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService
from starwhale.webhooks.courier import Courier
from starwhale.webhooks.sending import Outcome, Sender
from starwhale.webhooks.service import WebhookService

__all__ = ["receiver"]

pytestmark = pytest.mark.fault
ME = Actor(name="ada", admin=True)
DEAD = 10_000
#: Attempts under way at once to one host, of whichever server.
PER_HOST = 2
#: For one attempt; a server waits five seconds.
SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting(Sender):
    """Sends, and notes how many attempts were under way at once.

    Attributes:
        flying: How many are, by host.
        most: How many were, by host.
        all: How many were, to any host.
    """

    flying: Counter[str] = field(default_factory=Counter[str])
    most: Counter[str] = field(default_factory=Counter[str])
    all: list[int] = field(default_factory=list[int])

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        host = urlsplit(url).hostname or ""
        self.flying[host] += 1
        self.most[host] = max(self.most[host], self.flying[host])
        self.all.append(self.flying.total())
        try:
            return await Sender.send(self, url, headers, body)
        finally:
            self.flying[host] -= 1


@dataclass(frozen=True)
class Dead:
    """What is known of endpoints that never answer, while nobody knows yet that they never will.

    Attributes:
        failures: How often each has failed.
        hosts: On how many hosts they are.
        delivered: Whether they have answered before.
    """

    failures: int = 0
    hosts: int = DEAD
    delivered: bool = False


@pytest.fixture
def silence() -> Iterator[int]:
    """A port at which connections are taken, and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0), backlog=2000) as listening:
        held: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    held.append(listening.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        for each in held:
            each.close()


@pytest.mark.parametrize(
    "dead", [Dead(), Dead(failures=3), Dead(hosts=1, delivered=True)], ids=["new", "known", "one-host"]
)
def test_what_never_answers_holds_up_nobody(
    sqlite_template: Path, tmp_path: Path, receiver: Receiver, silence: int, dead: Dead
) -> None:
    shutil.copy(sqlite_template, tmp_path / "catalog.sqlite")
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    ProjectService(catalog).create(ME, "vision")
    hooks = WebhookService(catalog, private=True)
    good, _ = hooks.create(ME, "vision", receiver.url, events=["table.*"])
    now = utc_now()
    common = {"project_id": 1, "events": ["trash.*"], "description": "", "secret": "s", "after_event": 0}
    common |= {"active": True, "created_at": now, "created_by": "x", "failures": dead.failures}
    common |= {"delivered_at": now if dead.delivered else None}
    with catalog.begin() as session:
        session.execute(update(WebhookRow).where(WebhookRow.id == good.id).values(delivered_at=now))
        emit(session, ME, "trash.purged", {}, project=1)
        hosts = [f"dead-{number % dead.hosts}.test" for number in range(DEAD)]
        hooks_of = [{**common, "url": f"http://{host}:{silence}/", "host": host} for host in hosts]
        session.execute(insert(WebhookRow), hooks_of)
        numbers = session.scalars(select(WebhookRow.id).where(WebhookRow.id != good.id)).all()
        waiting = {
            "event_id": 2,
            "replay": 0,
            "state": "waiting",
            "attempts": dead.failures,
            "created_at": now,
        }
        due = now - timedelta(hours=1)
        rows = [{**waiting, "webhook_id": number, "due_at": due} for number in numbers]
        session.execute(insert(DeliveryRow), rows)
    sender = Counting(private=True, seconds=SECONDS, resolve=_resolved)
    courier = Courier(catalog, sender)
    slowest = asyncio.run(_delays(courier, receiver))
    catalog.close()
    # It may find all places taken by some that are tried for the first time, and waits for their end; then it
    # goes before the others. The rest is for a machine that does much else: one after the other they take 50.
    assert slowest < 10 * SECONDS, f"{slowest:.1f} s"
    assert max(sender.most.values()) <= PER_HOST
    if dead.failures:  # there is always room for those who have not failed
        assert max(sender.all) < courier.most
    print(f"{DEAD} endpoints that never answer: another one was told after {slowest:.2f} s at most")


async def _resolved(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


async def _delays(courier: Courier, receiver: Receiver) -> float:
    """The longest of the times between an event and its delivery, while others are tried."""
    over, slowest = asyncio.Event(), 0.0

    async def pause(seconds: float) -> bool:
        await asyncio.sleep(min(seconds, 0.05))
        return not over.is_set()

    task = asyncio.create_task(courier.run(pause))
    await asyncio.sleep(SECONDS / 2)
    for number in range(1, 6):
        with courier.catalog.begin() as session:
            emit(session, ME, "table.changed", {"n": number}, project=1)
        began = time.monotonic()
        while len(receiver.got) < number:
            assert time.monotonic() - began < 60, "it is never told"
            await asyncio.sleep(0.01)
        slowest = max(slowest, time.monotonic() - began)
    over.set()
    await task
    return slowest
