"""One attempt at a task: leasing work until there is none, and making what was done count."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from starwhale.core.handlers import HandlerKind
from starwhale.jobs.leases import Fenced, Holder, Lease
from starwhale.jobs.states import Want
from starwhale.kit.times import utc_now
from starwhale.worker.ports import Bench, Results, Row, Rows, Runner, TaskRun
from starwhale.worker.stopping import Stopped

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: Seconds after which rows that are done are made durable although their range is not.
FLUSH_SECONDS = 2.0
#: Seconds between two reports of progress.
REPORT_SECONDS = 0.2

Report = Callable[[int, int, int], None]


class Attempt:
    """What one attempt has in hand.

    Args:
        run: The task.
        holder: Who asks for leases.
        bench: What there is to work with.
        results: Where results go.
        report: Told of progress: rows durable, rows beyond that, rows with an error among both.
        unit: Leases the unit of work of a task that reads no rows; without it the ledger is asked. Given,
            the end of such a task that has logged nothing is left to whoever gave it: see `owed`.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        run: TaskRun,
        holder: Holder,
        bench: Bench,
        results: Results,
        report: Report,
        *,
        unit: Callable[[], Lease | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._run = run
        self._holder = holder
        self._bench = bench
        self._results = results
        self._report = report
        self._datasets: dict[int, Rows] = {}
        self._done = 0
        self._fresh = 0
        self._failed_before = 0
        self._clock = clock
        self._flushed = self._reported = clock()
        self._unit = unit if run.spec.kind != HandlerKind.PREDICT else None
        self.lease: Lease | None = None
        self._ending: Lease | None = None
        self.owed: Lease | None = None
        self.stop: Want | None = None

    def work(self, runner: Runner) -> None:
        """Do all there is to do.

        Raises:
            Stopped: it was told to stop; what was done is durable and the rest is given back.
            Fenced: the work belongs to somebody else by now.
            Exception: what the user's code, or making its results durable, raised.
        """
        while True:
            if self.stop is not None:
                raise Stopped
            lease = self._unit() if self._unit else self._bench.ledger.lease(self._holder, utc_now())
            if lease is None:
                return
            self.lease = lease
            if lease.dataset < 0:
                runner.call()
                if self._unit is not None and not self._results.pending:
                    # Nothing must become visible together with its end.
                    self.owed = lease
                    return
            else:
                runner.predict(self._run.datasets[lease.dataset], self._batches(lease, runner))
            failed = self._failed(runner)
            self._ending = lease
            self._flush(self._bench.ledger.complete(lease, self._fresh, failed), runner)
            self.lease = None
            if lease.dataset < 0:
                # A task that reads no rows has one unit of work.
                return

    def keep(self) -> bool:
        """Prolong the lease in hand, if there is one; for another thread than the one that works.

        Returns:
            False where it was taken back.

        Raises:
            StarwhaleError: it cannot be prolonged now.
        """
        lease = self.lease
        try:
            if lease is not None:
                self._bench.ledger.prolong(lease, utc_now())
        except Fenced:
            # One whose work is done is none any more, and whoever writes that down is told whether it counts.
            return self._ending is lease or self.lease is not lease
        return True

    def give_back(self) -> None:
        """Let go of the lease in hand, if there is one."""
        if self.lease is not None:
            self._bench.ledger.give_back(self.lease)
            self.lease = None

    def _batches(self, lease: Lease, runner: Runner) -> Generator[list[Row]]:
        rows = self._rows(lease.dataset).scan(lease.start, lease.end)
        size = runner.batch_size
        # When the next batch is asked for, all results of those before it are logged.
        while batch := _batch(rows, size):
            self._between(lease, batch[0], runner)
            yield batch
            self._fresh += len(batch)

    def _between(self, lease: Lease, following: Row, runner: Runner) -> None:
        now = self._clock()
        # Where workers died before, each row is made durable at once: then it is known which one kills them.
        if self.stop is not None or lease.deaths or now - self._flushed > FLUSH_SECONDS:
            if self._fresh:
                failed = self._failed(runner)
                guard = self._bench.ledger.advance(lease, following[0], self._fresh, failed)
                self._flush(guard, runner)
            if self.stop is not None:
                raise Stopped
            self._flushed = now
        if now - self._reported > REPORT_SECONDS:
            self._reported = now
            self._report(self._done, self._fresh, runner.failed)

    def _flush(self, guard: Callable[[Session], None], runner: Runner) -> None:
        self._results.flush(guard=guard)
        self._done += self._fresh
        self._fresh = 0
        self._failed_before = runner.failed
        self._flushed = self._clock()
        self._report(self._done, 0, runner.failed)

    def _failed(self, runner: Runner) -> int:
        return runner.failed - self._failed_before

    def _rows(self, dataset: int) -> Rows:
        found = self._datasets.get(dataset)
        if found is None:
            found = self._datasets[dataset] = self._bench.rows(self._run.datasets[dataset])
        return found


def _batch(rows: Iterator[Row], size: int) -> list[Row]:
    return list(islice(rows, size))
