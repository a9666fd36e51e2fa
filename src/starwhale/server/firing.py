"""Schedules that are due make their jobs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.errors import Forbidden, StarwhaleError, Unauthorized, Unavailable
from starwhale.core.kinds import Kind
from starwhale.jobs.orders import PACKED
from starwhale.jobs.schedules import Fired
from starwhale.jobs.veils import reaches_out
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.core.actor import Actor
    from starwhale.jobs.plan import JobPlan
    from starwhale.jobs.schedules import Due
    from starwhale.jobs.templates import TemplateRead
    from starwhale.server.services import Services

_log = logging.getLogger("starwhale.jobs")


def fire_schedules(house: Services) -> None:
    """Make the jobs of all schedules that are due; each moment has one, however many servers ask.

    A moment is taken together with its job, so that none is lost with a server that ends in between; what is
    away for a moment keeps one waiting until the next look.
    """
    for due in house.job_schedules.due(house.actor, utc_now()):
        name, project = due.schedule.name, due.schedule.project
        try:
            job = _order(house, due)
            _log.info("schedule %s of project %s made job %s", name, project, job[:12])
        except Fired:
            continue
        except Unavailable as error:
            _log.warning("schedule %s of project %s waits: %s", name, project, error)
        except Exception as error:  # noqa: BLE001 - one that cannot be made must not keep the others from it
            told = str(error) if isinstance(error, StarwhaleError) else f"unforeseen: {type(error).__name__}"
            _log.warning("schedule %s of project %s made no job: %s", name, project, told)
            _miss(house, due, told)


def _order(house: Services, due: Due) -> str:
    schedule = due.schedule
    owner = house.work.passes.owner(schedule.created_by)
    template = house.job_templates.get(owner, schedule.project, schedule.template)
    job = house.orders.place(
        owner,
        schedule.project,
        template.blueprint,
        approve=lambda plan: _approve(house, owner, template, plan),
        within=lambda session: house.job_schedules.fire(session, due),
    )
    return job.id


def _approve(house: Services, owner: Actor, template: TemplateRead, plan: JobPlan) -> None:
    """Refuse what reaches further than those may who wrote it: nobody looks at it before it runs.

    A job of a schedule has the rights of whoever made the schedule. Others may have saved the template anew
    since, or made a version of the model or of the runtime, whose code is what runs.

    Raises:
        NotFound: it is made of something that one of them may not look into.
        Forbidden: its results go where one of them may not write, or he has no account any more.
    """
    if not reaches_out(plan):
        return
    versions = [(Kind.MODEL, plan.model)]
    if plan.runtime not in {"", PACKED}:
        versions.append((Kind.RUNTIME, plan.runtime))
    writers = {template.created_by}
    for kind, text in versions:
        uri = parse_uri(text, kind=kind, defaults=Defaults(project=plan.project))
        writers.add(house.artifacts.resolve(owner, uri).created_by)
    for name in sorted(writers - {owner.name}):
        try:
            writer = house.work.passes.owner(name)
        except Unauthorized as error:
            raise Forbidden(
                f"it reaches into other projects, and {name!r}, who wrote it, has no account any more",
                hint="save the template anew",
            ) from error
        house.veils.check_plan(writer, plan)


def _miss(house: Services, due: Due, told: str) -> None:
    try:
        house.job_schedules.miss(due, told)
    except Fired:
        return
    except StarwhaleError as error:
        _log.warning("that schedule %s missed a moment could not be noted: %s", due.schedule.name, error)
