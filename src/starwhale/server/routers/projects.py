"""Projects."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.permissions import MANAGE_PROJECT, READ_PROJECT, WRITE_PROJECT, Role
from starwhale.projects.browsing import LONGEST_DESCRIPTION, LONGEST_README
from starwhale.projects.schemas import ProjectCard, ProjectDetail, ProjectFilter, ProjectSort, Removed
from starwhale.server.access import ACCOUNT, ANYBODY, Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.etags import Expected, set_etag
from starwhale.server.forms import Form
from starwhale.server.paging import Listed, WantedPage, listed

routes = Routes("/projects", "projects")
_REMOVED: dict[Removed | bool, Removed] = {True: Removed.SHOWN, **{each: each for each in Removed}}


class NewProject(Form):
    """A project to be made."""

    name: str = Field(max_length=80, examples=["vision"])
    description: str = Field(default="", max_length=LONGEST_DESCRIPTION, examples=["Everything that looks."])


class ProjectChange(Form):
    """What is to change; what is left out stays."""

    description: str | None = Field(default=None, max_length=LONGEST_DESCRIPTION)
    readme: str | None = Field(
        default=None, max_length=LONGEST_README, description="Markdown.", examples=["# Vision"]
    )
    public: bool | None = Field(default=None, description="Whether everybody may look into it.")


class ProjectCounts(BaseModel):
    """How much there is in a project; null for what one may not see."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    datasets: int | None = Field(examples=[3])
    models: int | None
    runtimes: int | None
    jobs: int | None


class Project(BaseModel):
    """One project."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str = Field(examples=["vision"])
    description: str = Field(examples=["Everything that looks."])
    public: bool
    created_at: datetime
    created_by: str = Field(examples=["ada"])
    removed_at: datetime | None = Field(description="Since when it lies in the trash.")
    changed_at: datetime = Field(description="When anything in it was changed last.")
    role: Role | None = Field(description="What the caller is in it.")
    counts: ProjectCounts


class ProjectInFull(Project):
    """One project with its README."""

    readme: str = Field(description="Markdown; it is never shown as HTML by the server.")


def _form(card: ProjectCard) -> Project:
    return Project.model_validate(_told(card))


def _told(card: ProjectCard) -> dict[str, Any]:
    project = card.project
    return {
        "name": project.name,
        "description": project.description,
        "public": project.public,
        "created_at": project.created_at,
        "created_by": project.created_by,
        "removed_at": project.removed_at,
        "changed_at": card.changed_at,
        "role": card.role,
        "counts": ProjectCounts.model_validate(card.counts),
    }


def _full(response: Response, detail: ProjectDetail) -> ProjectInFull:
    set_etag(response, detail.revision)
    return ProjectInFull(**_told(detail.card), readme=detail.readme)


@routes.get("", ANYBODY, response_model=Listed[Project])
def list_projects(
    request: Request,
    caller: Caller,
    page: WantedPage,
    search: Annotated[str, Query(max_length=80, description="Part of the name or description.")] = "",
    mine: Annotated[bool, Query(description="Only those one is a member of.")] = False,
    public: Annotated[bool, Query(description="Only those that everybody may look into.")] = False,
    removed: Annotated[Removed | bool, Query(description="What to do about those in the trash.")] = False,
    sort: Annotated[ProjectSort, Query(description="By what.")] = ProjectSort.NAME,
    descending: Annotated[bool, Query(description="Highest or newest first.")] = False,
) -> Any:
    """The projects that one may look into."""
    chosen = ProjectFilter(
        search=search,
        mine=mine,
        public=public,
        removed=_REMOVED.get(removed, Removed.HIDDEN),
        sort=sort,
        descending=descending,
    )
    return listed(services_of(request).project_browser.list(caller, chosen, page), _form)


@routes.post("", ACCOUNT, status_code=HTTPStatus.CREATED)
def create_project(request: Request, response: Response, caller: Caller, body: NewProject) -> ProjectInFull:
    """Make a project; whoever makes it owns it."""
    made = services_of(request).project_browser.create(caller, body.name, description=body.description)
    request.app.state.callers.forget()
    return _full(response, made)


@routes.get("/{project}", READ_PROJECT)
def get_project(request: Request, response: Response, caller: Caller, project: str) -> ProjectInFull:
    """One project."""
    return _full(response, services_of(request).project_browser.get(caller, project))


@routes.patch("/{project}", WRITE_PROJECT, large=True)
def change_project(
    request: Request,
    response: Response,
    caller: Caller,
    project: str,
    body: ProjectChange,
    expected: Expected,
) -> ProjectInFull:
    """Describe a project anew, or open it to everybody."""
    changed = services_of(request).project_browser.change(
        caller, project, **body.model_dump(), expected=expected
    )
    return _full(response, changed)


@routes.delete("/{project}", MANAGE_PROJECT, status_code=HTTPStatus.NO_CONTENT)
def remove_project(request: Request, caller: Caller, project: str) -> None:
    """Put a project into the trash, with all that is in it."""
    services_of(request).projects.remove(caller, project)


@routes.post("/{project}/recover", MANAGE_PROJECT)
def recover_project(request: Request, response: Response, caller: Caller, project: str) -> ProjectInFull:
    """Take a project out of the trash."""
    services = services_of(request)
    back = services.projects.recover(caller, project)
    return _full(response, services.project_browser.get(caller, back.name))


@routes.post("/{project}/purge", MANAGE_PROJECT, status_code=HTTPStatus.NO_CONTENT)
def purge_project(request: Request, caller: Caller, project: str) -> None:
    """Delete a project that lies in the trash for ever, with all that is in it; for its owners."""
    services_of(request).project_trash.purge(caller, project)
    request.app.state.callers.forget()
