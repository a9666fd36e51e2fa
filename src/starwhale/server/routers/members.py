"""Members of a project."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.accounts.schemas import MemberRead
from starwhale.core.permissions import Action, Permission, Resource, Role
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.etags import Expected, set_etag
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
    found = services_of(request).members.list(caller, project)
    return listed_whole(found, page, Member.model_validate, lambda each: (each.user,))


@routes.get("/{user}", _READ)
def get_member(request: Request, response: Response, caller: Caller, project: str, user: str) -> Member:
    """One member."""
    return _shown(response, services_of(request).members.get(caller, project, user))


@routes.put("/{user}", _MANAGE)
def put_member(
    request: Request,
    response: Response,
    caller: Caller,
    project: str,
    user: str,
    body: Membership,
    expected: Expected,
) -> Member:
    """Make somebody a member, or give a member another role."""
    member = services_of(request).members.put(caller, project, user, body.role, expected=expected)
    request.app.state.callers.forget()
    return _shown(response, member)


@routes.delete("/{user}", _READ, status_code=HTTPStatus.NO_CONTENT)
def remove_member(request: Request, caller: Caller, project: str, user: str) -> None:
    """Have somebody be a member no more; a member may leave by himself."""
    services_of(request).members.remove(caller, project, user)
    request.app.state.callers.forget()


def _shown(response: Response, member: MemberRead) -> Member:
    set_etag(response, member.revision)
    return Member.model_validate(member)
