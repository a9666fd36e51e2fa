"""Delivers: takes on what is due, sends it, and writes down what became of it, while a server runs."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from starwhale.catalog.horizon import Horizon
from starwhale.core.errors import StarwhaleError
from starwhale.core.release import __version__
from starwhale.webhooks.queue import Queue
from starwhale.webhooks.sending import LARGEST, Outcome, Sender
from starwhale.webhooks.signing import EVENT, ID, SIGNATURE, TIMESTAMP, sign

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starwhale.catalog.engine import Catalog
    from starwhale.webhooks.schemas import Job

_log = logging.getLogger("starwhale.webhooks")
_SWEEP_EVERY = 3600.0
#: Attempts under way at once.
MOST = 200


@dataclass(slots=True)
class Courier:
    """Delivers the webhooks of one catalog, beside any number of others that do the same.

    Attributes:
        catalog: Where deliveries are written down.
        sender: Sends them.
        most: Attempts under way at once.
        per_host: Of these, to one host.
    """

    catalog: Catalog
    sender: Sender
    most: int = MOST
    per_host: int = 2
    _flying: set[asyncio.Task[None]] = field(default_factory=set[Any], repr=False)
    _done: list[tuple[Job, Outcome]] = field(default_factory=list[Any], repr=False)
    _swept: float = field(default_factory=time.monotonic, repr=False)

    async def run(self, pause: Callable[[float], Awaitable[bool]], every: float = 1.0) -> None:
        """Deliver until `pause` says that it is over; attempts under way are finished then.

        Args:
            pause: Waits for so many seconds; False when the server stops.
            every: Seconds between two looks when there is nothing to do.
        """
        horizon = Horizon(self.catalog)
        going = True
        while going:
            busy = False
            try:
                busy = await self.round(horizon)
            except StarwhaleError as exc:
                # The catalog is away; what is due stays due.
                _log.warning("webhooks wait: %s", exc)
            except Exception:  # noqa: BLE001  (one bad row must not stop the loop)
                _log.exception("a round of webhooks failed")
            going = await pause(0.05 if busy else every)
        await self.finish()

    async def round(self, horizon: Horizon) -> bool:
        """Look once; whether there was anything to do."""
        queue = Queue(self.catalog)
        done, self._done = self._done, []
        try:
            await asyncio.to_thread(queue.settle, done)
        except StarwhaleError:
            self._done = [*done, *self._done]
            raise
        more = await asyncio.to_thread(lambda: queue.fill(horizon.look()))
        room = self.most - len(self._flying)
        jobs = await asyncio.to_thread(queue.take, room, per_host=self.per_host) if room else []
        for job in jobs:
            task = asyncio.create_task(self._deliver(job))
            self._flying.add(task)
            task.add_done_callback(self._flying.discard)
        if time.monotonic() - self._swept > _SWEEP_EVERY:
            self._swept = time.monotonic()
            await asyncio.to_thread(queue.sweep)
        return bool(more or jobs or self._flying or self._done)

    async def finish(self) -> None:
        """Wait for the attempts under way, and write down what became of them."""
        if self._flying:
            await asyncio.wait(list(self._flying))
        done, self._done = self._done, []
        try:
            await asyncio.to_thread(Queue(self.catalog).settle, done)
        except StarwhaleError as exc:
            _log.warning("%d deliveries will be sent once more: %s", len(done), exc)

    async def _deliver(self, job: Job) -> None:
        try:
            outcome = await self.sender.send(job.url, *_request(job))
        except Exception:  # noqa: BLE001  (nor one bad delivery)
            _log.exception("delivery %s failed in an unforeseen way", job.key)
            outcome = Outcome(status=None, error="an unforeseen failure of the server")
        self._done.append((job, outcome))


def _request(job: Job) -> tuple[dict[str, str], bytes]:
    body = orjson.dumps(job.body, default=str)
    if len(body) > LARGEST:
        body = orjson.dumps({**job.body, "payload": None, "truncated": True}, default=str)
    now = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Starwhale/{__version__}",
        EVENT: job.event,
        ID: job.key,
        TIMESTAMP: str(now),
        SIGNATURE: sign(job.secret, now, job.key, body),
    }
    return headers, body
