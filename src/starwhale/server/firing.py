"""Schedules that are due make their jobs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from starwhale.core.errors import StarwhaleError
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.server.services import Services

_log = logging.getLogger("starwhale.jobs")


def fire_schedules(house: Services) -> None:
    """Make the jobs of all schedules that are due; each moment has one, however many servers ask."""
    for due in house.job_schedules.take_due(house.actor, utc_now()):
        try:
            owner = house.work.passes.owner(due.created_by)
            template = house.job_templates.get(owner, due.project, due.template)
            job = house.orders.place(owner, due.project, template.blueprint)
            _log.info("schedule %s of project %s made job %s", due.name, due.project, job.id[:12])
        except Exception as error:  # noqa: BLE001 - one that cannot be made must not keep the others from it
            told = str(error) if isinstance(error, StarwhaleError) else f"unforeseen: {type(error).__name__}"
            house.job_queue.note_missed(due, told)
            _log.warning("schedule %s of project %s made no job: %s", due.name, due.project, told)
