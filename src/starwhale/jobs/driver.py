"""The pure scheduler at work on a ledger: what it decides is written down before anybody acts on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from starwhale.jobs.board import Job
from starwhale.jobs.events import Change, Event, Finish, Release, Released, Requested, Stop, Stored, Submit
from starwhale.jobs.ledger import Adopted, SchedulerLedger
from starwhale.jobs.scheduler import turn
from starwhale.jobs.states import Want
from starwhale.jobs.usage import TaskUsage
from starwhale.kit.process import this_process

Order = Submit | Stop | Finish


class Driver:
    """One scheduler of one job.

    Args:
        ledger: Where it writes.
        job: Id of the job.
        adopted: The job as it was taken.
    """

    def __init__(self, ledger: SchedulerLedger, job: str, adopted: Adopted) -> None:
        self._ledger = ledger
        self.id = job
        self.epoch = adopted.epoch
        self.job: Job = adopted.job
        self._waiting: list[Event] = []
        self._orders: list[Order] = []
        self._used: dict[tuple[str, int], TaskUsage] = {}

    def note(self, told: TaskUsage) -> None:
        """Have what an attempt has used written down with whatever is written next."""
        self._used[told.task, told.attempt] = told

    def write_used(self, now: datetime) -> None:
        """Write down what attempts have used, where nothing else was to be written since.

        Raises:
            Fenced: another scheduler has the job.
        """
        if self._used:
            self._store([], now)

    def feed(self, events: Iterable[Event], now: datetime) -> list[Order]:
        """Decide what follows from `events`, write it down, and say what is to be done now.

        All that several events lead to goes into one transaction; a turn without a change writes nothing.

        Raises:
            Fenced: another scheduler has the job. Nothing is to be done.
            StarwhaleError: it could not be written. The events are kept: feed again, with nothing or more.
        """
        self._waiting += events
        while self._waiting:
            stored, orders = list[Stored](), list[Order]()
            job, actions = turn(self.job, self._waiting)
            for action in actions:
                if isinstance(action, Change | Release):
                    stored.append(action)
                else:
                    orders.append(action)
            answers = self._store(stored, now) if stored else []
            self.job = job
            self._orders += orders
            self._waiting = list(answers)
        orders, self._orders = self._orders, []
        return orders

    def _store(self, stored: list[Stored], now: datetime) -> list[Released]:
        answers = self._ledger.store(self.id, self.epoch, [*stored, *self._used.values()], now)
        self._used.clear()
        return answers


def settle(ledger: SchedulerLedger, job: str, want: Want, cause: str, now: datetime) -> None:
    """Cancel or pause a job that has no scheduler, as one would that finds nothing of it running.

    Raises:
        Conflict: it has one, or it is done.
    """
    adopted = ledger.adopt(job, this_process(), now)
    Driver(ledger, job, adopted).feed([Requested(want=want, cause=cause)], now)
