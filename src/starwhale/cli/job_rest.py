"""Bringing a job to rest: what is waited for, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from starwhale.cli import jobs

if TYPE_CHECKING:
    from starwhale.cli.session import Session
    from starwhale.core.uri import JobUri
    from starwhale.jobs.schemas import JobRead

_GOALS = {"pause": "paused", "cancel": "canceled"}


def bring_to_rest(session: Session, uri: JobUri, verb: Literal["pause", "cancel"], *, force: bool) -> None:
    """Pause or cancel a job, and say meanwhile what that waits for."""
    from starwhale.core.version import short
    from starwhale.jobs.liveness import ATTENDED

    service = session.instance.jobs
    found = service.info(session.actor, uri)
    if found.state in ATTENDED:
        session.out.say(_waits_for(found, verb, force=force))
    change = service.pause if verb == "pause" else service.cancel
    job = change(session.actor, uri, force=force)
    if job.state not in ATTENDED:
        jobs.tell(session, job)
        return
    told = f"job {short(job.id)} is {job.state} still; it is {_GOALS[verb]} when its tasks have ended"
    hint = "" if force else f", and `swcli job {verb} --force` ends them at once"
    session.out.line(told + hint, jobs.facts(job))


def _waits_for(job: JobRead, verb: str, *, force: bool) -> str:
    """What stands between asking and rest."""
    from starwhale.core.version import short
    from starwhale.jobs.states import TaskState

    tasks = [task for step in job.steps for task in step.tasks if task.state is TaskState.RUNNING]
    reading = {step.position for step in job.steps if step.rows}
    if force or not tasks:
        return f"waiting for the workers of job {short(job.id)} to end"
    count = f"{len(tasks)} task" + ("s" if len(tasks) > 1 else "")
    if verb == "pause" and any(task.step in reading for task in tasks):
        what = f"the rows that {count} of job {short(job.id)} have at hand"
    else:
        what = f"{count} of job {short(job.id)} to end"
    return f"waiting for {what}; --force ends the workers at once"
