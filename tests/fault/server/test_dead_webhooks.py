"""Ten thousand endpoints that take connections and never answer hold up nobody who works (FAULTS 42)."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

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
from starwhale.webhooks.sending import Sender
from starwhale.webhooks.service import WebhookService

__all__ = ["receiver"]

pytestmark = pytest.mark.fault
ME = Actor(name="ada", admin=True)
DEAD = 10_000
#: For one attempt; a server waits five seconds.
SECONDS = 1.0


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


@pytest.mark.parametrize("failures", [0, pytest.param(3, marks=pytest.mark.slow)], ids=["new", "known"])
def test_what_never_answers_holds_up_nobody(
    sqlite_template: Path, tmp_path: Path, receiver: Receiver, silence: int, failures: int
) -> None:
    shutil.copy(sqlite_template, tmp_path / "catalog.sqlite")
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    ProjectService(catalog).create(ME, "vision")
    hooks = WebhookService(catalog, private=True)
    good, _ = hooks.create(ME, "vision", receiver.url, events=["tag.*"])
    now = utc_now()
    common = {"project_id": 1, "events": ["none.*"], "description": "", "secret": "s", "after_event": 0}
    common |= {"active": True, "created_at": now, "created_by": "x", "delivered_at": None}
    with catalog.begin() as session:
        session.execute(update(WebhookRow).where(WebhookRow.id == good.id).values(delivered_at=now))
        emit(session, ME, "none.happened", {}, project=1)
        common["failures"] = failures
        dead = [
            {**common, "url": f"http://dead-{n}.test:{silence}/", "host": f"dead-{n}.test"}
            for n in range(DEAD)
        ]
        session.execute(insert(WebhookRow), dead)
        numbers = session.scalars(select(WebhookRow.id).where(WebhookRow.id != good.id)).all()
        waiting = {"event_id": 2, "replay": 0, "state": "waiting", "attempts": failures, "created_at": now}
        due = now - timedelta(hours=1)
        rows = [{**waiting, "webhook_id": number, "due_at": due} for number in numbers]
        session.execute(insert(DeliveryRow), rows)
    slowest = asyncio.run(_delays(catalog, receiver))
    catalog.close()
    # It may find all places taken by some that are tried for the first time, and waits for their end; then it
    # goes before the others. The rest is for a machine that does much else: one after the other they take 50.
    assert slowest < 10 * SECONDS, f"{slowest:.1f} s"
    print(f"{DEAD} endpoints that never answer: another one was told after {slowest:.2f} s at most")


async def _delays(catalog: Catalog, receiver: Receiver) -> float:
    """The longest of the times between an event and its delivery, while others are tried."""

    async def resolved(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    courier = Courier(catalog, Sender(private=True, seconds=SECONDS, resolve=resolved))
    over, slowest = asyncio.Event(), 0.0

    async def pause(seconds: float) -> bool:
        await asyncio.sleep(min(seconds, 0.05))
        return not over.is_set()

    task = asyncio.create_task(courier.run(pause))
    await asyncio.sleep(SECONDS / 2)
    for number in range(1, 6):
        with catalog.begin() as session:
            emit(session, ME, "tag.set", {"n": number}, project=1)
        began = time.monotonic()
        while len(receiver.got) < number:
            assert time.monotonic() - began < 60, "it is never told"
            await asyncio.sleep(0.01)
        slowest = max(slowest, time.monotonic() - began)
    over.set()
    await task
    return slowest
