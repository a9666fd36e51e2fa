"""Why a job waits in the queue of a server, where it waits for more than its turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from starwhale.catalog.engine import Session
from starwhale.catalog.tables.pools import PoolRow
from starwhale.core.errors import InvalidSpec
from starwhale.jobs.capacity import Ask
from starwhale.jobs.hosts import Host, HostService, Labels, belongs
from starwhale.jobs.plan import JobPlan, StepPlan
from starwhale.jobs.pools import DEFAULT
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import JobState

#: Kinds of servers that are told of at most, where something fits on none.
_TOLD = 4


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
    fitting = [host for host in hosts if belongs(host.labels, wanted)]
    if wanted and not fitting:
        told = ", ".join(f"{name}={value}" for name, value in sorted(wanted.items()))
        return f"no server that runs has the labels {told} that pool {pool!r} wants; it waits for one"
    asks = [Ask.of(step.spec.resources) for step in plan.steps]
    if not fitting or any(all(map(host.capacity.holds, asks)) for host in fitting):
        return ""
    short = [sum(not host.capacity.holds(ask) for host in fitting) for ask in asks]
    most = short.index(max(short))
    step, ask = plan.steps[most].spec.id, asks[most]
    return f"it waits for a server with {ask}, as step {step!r} asks for it; there is {there_is(fitting)}"


def there_is(hosts: Sequence[Host]) -> str:
    """What servers have, for people to read."""
    told = sorted({f"one with {host.capacity}" for host in hosts})
    more = f"; and {len(told) - _TOLD} others" if len(told) > _TOLD else ""
    return "; ".join(told[:_TOLD]) + more


def check_room(step: StepPlan, pool: str, hosts: Sequence[Host]) -> StepPlan:
    """The step, unless no server that runs jobs of its pool can ever run it.

    Raises:
        InvalidSpec: none can.
    """
    ask = Ask.of(step.spec.resources)
    if ask and hosts and not any(host.capacity.holds(ask) for host in hosts):
        raise InvalidSpec(
            f"step {step.spec.id!r} asks for {ask}, and no server that runs jobs of pool {pool!r} has that: "
            f"there is {there_is(hosts)}",
            hint="ask for less, or name another pool",
        )
    return step
