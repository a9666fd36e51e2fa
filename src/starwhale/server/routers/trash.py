"""The trash of a project."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.kinds import Kind
from starwhale.core.permissions import MANAGE_PROJECT, READ_PROJECT
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.paging import Listed, WantedPage, listed

routes = Routes("/projects/{project}/trash", "trash")
Item = Annotated[str, Path(max_length=80, description="As the list calls it.", examples=["version-12"])]


class Thrown(BaseModel):
    """One thing in the trash."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    item: str = Field(examples=["version-12"])
    kind: Kind
    name: str = Field(description="Of the package; of a job, its handler.")
    version: str | None = Field(description="Of one version of a package; of a job, its id.")
    size: int | None
    removed_at: datetime


class Emptied(BaseModel):
    """How much went."""

    gone: int = Field(examples=[7])


def _form(item: Any) -> Thrown:
    return Thrown.model_validate(item)


@routes.get("", READ_PROJECT, response_model=Listed[Thrown])
def list_trash(
    request: Request,
    caller: Caller,
    project: str,
    page: WantedPage,
    kind: Annotated[Kind | None, Query(description="Only things of this kind.")] = None,
) -> Any:
    """What lies in the trash of a project: packages, versions and jobs, the newest first."""
    return listed(services_of(request).trash.list(caller, project, page, kind=kind), _form)


@routes.post("/{item}/restore", READ_PROJECT)
def restore_from_trash(request: Request, caller: Caller, project: str, item: Item) -> Thrown:
    """Take something out of the trash."""
    return _form(services_of(request).trash.restore(caller, project, item))


@routes.delete("/{item}", READ_PROJECT, status_code=HTTPStatus.NO_CONTENT)
def purge_from_trash(request: Request, caller: Caller, project: str, item: Item) -> None:
    """Delete something in the trash for ever; for owners of the project."""
    services_of(request).trash.purge(caller, project, item)


@routes.delete("", MANAGE_PROJECT)
def empty_trash(request: Request, caller: Caller, project: str) -> Emptied:
    """Delete all that lies in the trash for ever, but pinned jobs; for owners of the project."""
    return Emptied(gone=services_of(request).trash.empty(caller, project))
