"""The pure scheduler at work on a ledger: what it decides is written down before anybody acts on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from starwhale.jobs.board import Job
from starwhale.jobs.events import Change, Event, Finish, Release, Stop, Stored, Submit
from starwhale.jobs.ledger import Adopted, SchedulerLedger
from starwhale.jobs.scheduler import step

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

    def feed(self, events: Iterable[Event], now: datetime) -> list[Order]:
        """Decide what follows from `events`, write it down, and say what is to be done now.

        All that several events lead to goes into one transaction; a turn without a change writes nothing.

        Raises:
            Fenced: another scheduler has the job. Nothing was written and nothing is to be done.
        """
        orders: list[Order] = []
        job, waiting = self.job, list(events)
        while waiting:
            stored: list[Stored] = []
            for event in waiting:
                job, actions = step(job, event)
                for action in actions:
                    if isinstance(action, Change | Release):
                        stored.append(action)
                    else:
                        orders.append(action)
            waiting = list(self._ledger.store(self.id, self.epoch, stored, now)) if stored else []
            self.job = job
        return orders
