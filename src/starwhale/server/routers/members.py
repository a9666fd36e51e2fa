"""Members of a project."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.permissions import Action, Permission, Resource, Role
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.forms import Form
from starwhale.server.paging import Listed, WantedPage, listed_whole

routes = Routes("/projects/{project}/members", "members")
_READ = Permission(Resource.MEMBER, Action.READ)
_MANAGE = Permission(Resource.MEMBER, Action.MANAGE)


class Membership(Form):
    """What somebody is to be."""

    role: Role


class Member(BaseModel):
    """What a user is in a project."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    user: str = Field(examples=["ada"])
    role: Role
    created_at: datetime
    created_by: str


@routes.get("", _READ, response_model=Listed[Member])
def list_members(request: Request, caller: Caller, project: str, page: WantedPage) -> Any:
    """The members of a project, by name."""
    return listed_whole(services_of(request).members.list(caller, project), page, Member.model_validate)


@routes.put("/{user}", _MANAGE)
def put_member(request: Request, caller: Caller, project: str, user: str, body: Membership) -> Member:
    """Make somebody a member, or give a member another role."""
    member = services_of(request).members.put(caller, project, user, body.role)
    request.app.state.callers.forget()
    return Member.model_validate(member)


@routes.delete("/{user}", _READ, status_code=HTTPStatus.NO_CONTENT)
def remove_member(request: Request, caller: Caller, project: str, user: str) -> None:
    """Have somebody be a member no more; a member may leave by himself."""
    services_of(request).members.remove(caller, project, user)
    request.app.state.callers.forget()
