"""Projects."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.permissions import MANAGE_PROJECT, READ_PROJECT
from starwhale.projects.schemas import ProjectRead
from starwhale.server.access import ACCOUNT, ANYBODY, Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.forms import Form
from starwhale.server.paging import Listed, WantedPage, listed

routes = Routes("/projects", "projects")


class NewProject(Form):
    """A project to be made."""

    name: str = Field(max_length=80, examples=["vision"])
    description: str = Field(default="", max_length=10_000, examples=["Everything that looks."])


class Project(BaseModel):
    """One project."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str = Field(examples=["vision"])
    description: str
    public: bool
    created_at: datetime
    created_by: str
    removed_at: datetime | None


def _form(project: ProjectRead) -> Project:
    return Project.model_validate(project)


@routes.get("", ANYBODY, response_model=Listed[Project])
def list_projects(
    request: Request,
    caller: Caller,
    page: WantedPage,
    removed: Annotated[bool, Query(description="Those in the trash as well.")] = False,
) -> Any:
    """The projects that one may look into, by name."""
    return listed(services_of(request).projects.list(caller, page, include_removed=removed), _form)


@routes.post("", ACCOUNT, status_code=HTTPStatus.CREATED)
def create_project(request: Request, caller: Caller, body: NewProject) -> Project:
    """Make a project; whoever makes it owns it."""
    made = services_of(request).projects.create(caller, body.name, description=body.description)
    request.app.state.callers.forget()
    return _form(made)


@routes.get("/{project}", READ_PROJECT)
def get_project(request: Request, caller: Caller, project: str) -> Project:
    """One project."""
    return _form(services_of(request).projects.get(caller, project))


@routes.delete("/{project}", MANAGE_PROJECT, status_code=HTTPStatus.NO_CONTENT)
def remove_project(request: Request, caller: Caller, project: str) -> None:
    """Put a project into the trash, with all that is in it."""
    services_of(request).projects.remove(caller, project)


@routes.post("/{project}/recover", MANAGE_PROJECT)
def recover_project(request: Request, caller: Caller, project: str) -> Project:
    """Take a project out of the trash."""
    return _form(services_of(request).projects.recover(caller, project))
