"""Ending tasks that left no results: several at a time, while the next one runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from starwhale.core.errors import StarwhaleError
from starwhale.jobs.executors.wire import Message
from starwhale.jobs.leases import Lease
from starwhale.jobs.ledger import WorkerLedger

#: Seconds between two transactions: whoever ends one task after the other gets several into one.
GATHER_SECONDS = 0.01


class Settler:
    """Makes the end of tasks durable, and then tells the scheduler.

    What has gathered while the last transaction was written goes into the next, so that tasks that take
    less time than a transaction do not wait for one each.

    Args:
        ledger: Gives the ledger; asked for when there is something to write.
        tell: Tells the scheduler something.
    """

    def __init__(self, ledger: Callable[[], WorkerLedger], tell: Callable[[Message], None]) -> None:
        self._ledger = ledger
        self._tell = tell
        self._waiting: list[Lease] = []
        self._writing: list[Lease] = []
        self._used: dict[tuple[str, int], list[float] | None] = {}
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, lease: Lease, used: list[float] | None) -> None:
        """End a lease and tell that its task is done, soon, and what it used."""
        with self._news:
            self._used[lease.holder.task, lease.holder.attempt] = used
            self._waiting.append(lease)
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="starwhale-settle", daemon=True)
                self._thread.start()
            self._news.notify_all()

    def held(self) -> list[Lease]:
        """Leases that are not ended yet."""
        with self._news:
            return [*self._writing, *self._waiting]

    def drain(self) -> None:
        """Wait until all is settled."""
        with self._news:
            while self._waiting or self._writing:
                self._news.wait()

    def begin_anew(self) -> None:
        """Be as if just made, in a child that was forked."""
        self._waiting, self._writing, self._used, self._thread = [], [], {}, None
        self._news = threading.Condition()

    def _serve(self) -> None:
        settled = 0.0
        while True:
            with self._news:
                while not self._waiting:
                    self._news.wait()
            time.sleep(max(0.0, settled + GATHER_SECONDS - time.monotonic()))
            with self._news:
                self._writing, self._waiting = self._waiting, []
            settled = time.monotonic()
            self._settle(self._writing)
            with self._news:
                self._writing = []
                self._news.notify_all()

    def _settle(self, leases: list[Lease]) -> None:
        try:
            counts = self._ledger().settle(leases)
        except StarwhaleError as error:
            for lease in leases:
                self._tell({"op": "lost", "cause": str(error), **self._about(lease)})
            return
        done = [lease for lease, counted in zip(leases, counts, strict=True) if counted]
        if done:
            self._tell({"op": "settled", "attempts": [self._about(lease) for lease in done]})
        for lease, counted in zip(leases, counts, strict=True):
            if not counted:
                self._tell({"op": "stopped", **self._about(lease)})

    def _about(self, lease: Lease) -> Message:
        task, attempt = lease.holder.task, lease.holder.attempt
        with self._news:
            return {"task": task, "attempt": attempt, "used": self._used.pop((task, attempt), None)}
