"""Templates of jobs: what a job is made of, under a name."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.actor import Actor
from starwhale.core.instances import LOCAL
from starwhale.core.permissions import READ_JOB, WRITE_JOB
from starwhale.core.uri import JobUri
from starwhale.jobs.templates import TemplateRead
from starwhale.jobs.veils import Veil
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.forms import Form
from starwhale.server.job_forms import Job, NewJob, Wishes, changes
from starwhale.server.paging import Listed, WantedPage, listed_whole
from starwhale.server.routers.jobs import ordered

routes = Routes("/projects/{project}/templates", "templates")


class NewTemplate(Form):
    """A template to be made, of a job or of what a job would be made of."""

    name: str = Field(max_length=80, examples=["nightly"])
    job: str = Field(default="", max_length=40, description="Keep what this job was made of.")
    latest: bool = Field(default=False, description="Of that job the newest versions, whenever it is run.")
    of: NewJob | None = Field(default=None, description="Keep this, where no job is named.")
    force: bool = Field(default=False, description="In place of one that has the name.")


class Template(BaseModel):
    """One template."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str
    project: str
    blueprint: dict[str, Any]
    created_at: datetime
    created_by: str


@routes.get("", READ_JOB, response_model=Listed[Template])
def list_templates(request: Request, caller: Caller, project: str, page: WantedPage) -> Any:
    """The templates of a project, by name."""
    services = services_of(request)
    found = services.job_templates.list(caller, project)
    veil = services.veils.of_blueprints(caller, project, [each.blueprint for each in found])
    return listed_whole(found, page, lambda each: _form(each, veil), lambda each: (each.name,))


@routes.post("", WRITE_JOB, status_code=HTTPStatus.CREATED)
def save_template(request: Request, caller: Caller, project: str, body: NewTemplate) -> Template:
    """Keep what a job is made of under a name."""
    services = services_of(request)
    uri = JobUri(instance=LOCAL, project=project, job=body.job) if body.job else None
    given = body.of.blueprint() if body.of else None
    blueprint = services.orders.to_keep(caller, project, uri, given, latest=body.latest)
    saved = services.job_templates.save(caller, project, body.name, blueprint, force=body.force)
    return _shown(request, caller, saved)


@routes.get("/{name}", READ_JOB)
def get_template(request: Request, caller: Caller, project: str, name: str) -> Template:
    """One template."""
    return _shown(request, caller, services_of(request).job_templates.get(caller, project, name))


@routes.delete("/{name}", WRITE_JOB, status_code=HTTPStatus.NO_CONTENT)
def remove_template(request: Request, caller: Caller, project: str, name: str) -> None:
    """Forget a template, and the schedules that name it."""
    services_of(request).job_templates.remove(caller, project, name)


@routes.post("/{name}/jobs", WRITE_JOB, status_code=HTTPStatus.CREATED)
def run_template(request: Request, caller: Caller, project: str, name: str, body: Wishes) -> Job:
    """Make a job of a template; what is given takes the place of what it says."""
    services = services_of(request)
    blueprint = services.job_templates.get(caller, project, name).blueprint.changed(**changes(body))
    services.veils.check(caller, project, blueprint)
    return ordered(request, caller, services.orders.place(caller, project, blueprint, priority=body.priority))


def _shown(request: Request, caller: Actor, template: TemplateRead) -> Template:
    veils = services_of(request).veils
    return _form(template, veils.of_blueprints(caller, template.project, [template.blueprint]))


def _form(template: TemplateRead, veil: Veil) -> Template:
    blueprint = veil.blueprint(template.blueprint).to_json()
    blueprint.pop("source", None)
    return Template(
        name=template.name,
        project=template.project,
        blueprint=blueprint,
        created_at=template.created_at,
        created_by=template.created_by,
    )
