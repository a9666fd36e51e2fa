"""Why a job waits in the queue of a server, where it waits for more than its turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from starwhale.catalog.engine import Session
from starwhale.catalog.tables.pools import PoolRow
from starwhale.jobs.hosts import Host, HostService, Labels, belongs
from starwhale.jobs.plan import JobPlan
from starwhale.jobs.pools import DEFAULT
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import JobState


def labels_by_pool(session: Session) -> dict[str, Labels]:
    """What pools want servers to be labelled with, of those that want something."""
    found = session.execute(select(PoolRow.name, PoolRow.labels))
    return {name: labels for name, labels in found if labels}


def as_waiting(session: Session, job: JobRead, hosts: HostService) -> JobRead:
    """The job, with why it waits as its cause where it waits for a server that is not there."""
    idle = job.state in {JobState.CREATED, JobState.READY} and job.scheduler is None
    if job.queued_at is None or job.broken or not (idle or job.state is JobState.UNKNOWN):
        return job
    why = why_it_waits(job.plan, labels_by_pool(session), hosts.alive(session))
    told = [job.cause, why] if job.state is JobState.UNKNOWN else [why or job.cause]
    return replace(job, cause="; ".join(filter(None, told)))


def why_it_waits(plan: JobPlan, pools: dict[str, Labels], hosts: Sequence[Host]) -> str:
    """Why none of these servers runs a job; empty where one does.

    Args:
        plan: What the job is made of.
        pools: See `labels_by_pool`.
        hosts: Servers that run jobs.
    """
    pool = plan.pool or DEFAULT
    wanted = pools.get(pool, {})
    if not wanted or any(belongs(host.labels, wanted) for host in hosts):
        return ""
    told = ", ".join(f"{name}={value}" for name, value in sorted(wanted.items()))
    return f"it waits for a server labelled {told}, as pool {pool!r} wants it; none that runs is"
