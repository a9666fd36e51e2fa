"""Schedules: templates that are run at certain times."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.permissions import READ_JOB, WRITE_JOB
from starwhale.jobs.schedules import ScheduleRead, place_of
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.etags import Expected, set_etag
from starwhale.server.forms import Form
from starwhale.server.paging import Listed, WantedPage, listed_whole

routes = Routes("/projects/{project}/schedules", "schedules")


class NewSchedule(Form):
    """A schedule to be made."""

    name: str = Field(max_length=80, examples=["nightly"])
    template: str = Field(max_length=80, examples=["nightly"])
    cron: str = Field(max_length=200, examples=["0 3 * * *"])
    zone: str = Field(default="UTC", max_length=80, examples=["Europe/Berlin"])


class Enabled(Form):
    """Whether a schedule is to be run."""

    enabled: bool


class Schedule(BaseModel):
    """One schedule."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    name: str
    project: str
    project_id: int
    template: str
    cron: str
    zone: str
    enabled: bool
    fired: datetime
    last: datetime | None
    due: datetime | None
    created_by: str


@routes.get("", READ_JOB, response_model=Listed[Schedule])
def list_schedules(request: Request, caller: Caller, project: str, page: WantedPage) -> Any:
    """The schedules of a project; whichever is due first comes first."""
    found = services_of(request).job_schedules.list(caller, project)
    return listed_whole(found, page, Schedule.model_validate, place_of, of=(datetime, str))


@routes.post("", WRITE_JOB, status_code=HTTPStatus.CREATED)
def add_schedule(request: Request, caller: Caller, project: str, body: NewSchedule) -> Schedule:
    """Have a template run at certain times, from now on."""
    schedules = services_of(request).job_schedules
    made = schedules.add(caller, project, body.name, body.template, body.cron, body.zone)
    return Schedule.model_validate(made)


@routes.get("/{name}", READ_JOB)
def get_schedule(request: Request, response: Response, caller: Caller, project: str, name: str) -> Schedule:
    """One schedule."""
    return _shown(response, services_of(request).job_schedules.get(caller, project, name))


@routes.patch("/{name}", WRITE_JOB)
def enable_schedule(
    request: Request,
    response: Response,
    caller: Caller,
    project: str,
    name: str,
    body: Enabled,
    expected: Expected,
) -> Schedule:
    """Go on with a schedule, from now on; or let it rest."""
    schedules = services_of(request).job_schedules
    changed = schedules.enable(caller, project, name, enabled=body.enabled, expected=expected)
    return _shown(response, changed)


@routes.delete("/{name}", WRITE_JOB, status_code=HTTPStatus.NO_CONTENT)
def remove_schedule(request: Request, caller: Caller, project: str, name: str) -> None:
    """Forget a schedule."""
    services_of(request).job_schedules.remove(caller, project, name)


def _shown(response: Response, schedule: ScheduleRead) -> Schedule:
    set_etag(response, schedule.revision)
    return Schedule.model_validate(schedule)
