"""Which jobs of the queue a server may take, and that other servers know of it."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field

from starwhale.jobs.hosts import Host, HostService, Labels
from starwhale.jobs.plan import JobPlan
from starwhale.jobs.queue import QueueService
from starwhale.jobs.waiting import why_it_waits

#: Words that a server lives, in the time after which it counts as dead.
_WORDS = 9


@dataclass(slots=True)
class Reach:
    """What one attendant may take. For one thread.

    Args:
        queue: Where jobs wait.
        hosts: Where servers are written down.
        host: What this one says of itself.
    """

    queue: QueueService
    hosts: HostService
    host: Host
    _plans: dict[str, JobPlan | None] = field(default_factory=dict[str, "JobPlan | None"])
    _pools: dict[str, Labels] = field(default_factory=dict[str, "Labels"])
    _said: float = float("-inf")

    def announce(self) -> None:
        """Say that this server runs jobs, where it is time to."""
        if time.monotonic() - self._said >= self.hosts.patience.total_seconds() / _WORDS:
            self.hosts.announce(self.host)
            self._said = time.monotonic()

    def look(self, jobs: Collection[str]) -> None:
        """See what pools want now, and forget what other jobs than these were made of."""
        self._pools = self.queue.pools() if jobs else {}
        self._plans = {job: self._plans[job] for job in jobs if job in self._plans}

    def takes(self, job: str) -> bool:
        """Whether this server may run a job that waits."""
        if job not in self._plans:
            # What a job is made of stays so, and is read once.
            self._plans[job] = self.queue.plan(job)
        plan = self._plans[job]
        return plan is None or not why_it_waits(plan, self._pools, [self.host])
