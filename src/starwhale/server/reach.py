"""Which jobs of the queue a server may take, and that other servers know of it."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field

from starwhale.jobs.hosts import Host, HostService
from starwhale.jobs.plan import JobPlan
from starwhale.jobs.queue import QueueService
from starwhale.jobs.waiting import why_it_waits


@dataclass(slots=True)
class Reach:
    """What one attendant may take. For one thread.

    Args:
        queue: Where jobs wait.
        hosts: Where servers are written down.
        host: What this one says of itself.
        pause: Seconds between two words that it lives.
    """

    queue: QueueService
    hosts: HostService
    host: Host
    pause: float
    _plans: dict[str, JobPlan | None] = field(default_factory=dict[str, "JobPlan | None"])
    _said: float = float("-inf")

    def announce(self) -> None:
        """Say that this server runs jobs, where it is time to."""
        if time.monotonic() - self._said >= self.pause:
            self.hosts.announce(self.host)
            self._said = time.monotonic()

    def within(self, jobs: Collection[str]) -> set[str]:
        """Those of some jobs that wait which this server may run."""
        pools = self.queue.pools() if jobs else {}
        if not pools:
            self._plans.clear()
            return set(jobs)
        # What a job is made of stays so, and is read once.
        self._plans = {job: self._plans[job] if job in self._plans else self.queue.plan(job) for job in jobs}
        return {
            job
            for job, plan in self._plans.items()
            if plan is None or not why_it_waits(plan, pools, [self.host])
        }
