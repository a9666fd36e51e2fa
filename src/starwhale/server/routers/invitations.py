"""Invitations: links by which somebody makes himself an account, or becomes a member."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.accounts.schemas import InvitationRead
from starwhale.core.permissions import Action, Permission, Resource, Role
from starwhale.server.access import ACCOUNT, ANYBODY, Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.forms import Form, Number
from starwhale.server.paging import Listed, WantedPage, listed_whole, newest
from starwhale.server.routers.accounts import User, end_session_of, set_cookie, user_form

routes = Routes("/invitations", "invitations")
of_projects = Routes("/projects/{project}/invitations", "invitations")
_MANAGE = Permission(Resource.MEMBER, Action.MANAGE)
_ADMINISTER = Permission(Resource.ACCOUNT, Action.MANAGE)


class NewInvitation(Form):
    """Somebody to be invited to the instance."""

    email: str = Field(default="", max_length=320, description="Whom it is for, for people to read.")


class NewMemberInvitation(NewInvitation):
    """Somebody to be invited to a project."""

    role: Role = Role.GUEST


class Secret(Form):
    """What stands in the link."""

    secret: str = Field(min_length=1, max_length=100)


class SignUp(Secret):
    """An account that somebody makes himself."""

    name: str = Field(max_length=80, examples=["ada"])
    password: str = Field(max_length=256, examples=["correct horse battery staple"])
    email: str = Field(default="", max_length=320)


class Invitation(BaseModel):
    """One invitation."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    email: str
    project: str = Field(description="Where it leads to; empty for an account alone.")
    role: Role | None
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_at: datetime | None


class MintedInvitation(Invitation):
    """An invitation with the secret of its link, which is shown this once."""

    secret: str
    path: str = Field(description="What stands behind the address of the server in the link.")


def _minted(made: InvitationRead, secret: str) -> MintedInvitation:
    # Behind the number sign, so that neither logs nor proxies nor other pages ever see it.
    plain = Invitation.model_validate(made).model_dump()
    return MintedInvitation(**plain, secret=secret, path=f"/invitation#{secret}")


@routes.get("", _ADMINISTER, response_model=Listed[Invitation])
def list_invitations(request: Request, caller: Caller, page: WantedPage) -> Any:
    """The invitations to the instance, the newest first."""
    found = services_of(request).invitations.list(caller)
    return listed_whole(found, page, Invitation.model_validate, newest, of=(int,))


@routes.post("", _ADMINISTER, status_code=HTTPStatus.CREATED, once="secret")
def create_invitation(request: Request, caller: Caller, body: NewInvitation) -> MintedInvitation:
    """Invite somebody to make himself an account."""
    return _minted(*services_of(request).invitations.create(caller, email=body.email))


@routes.delete("/{number}", _ADMINISTER, status_code=HTTPStatus.NO_CONTENT)
def revoke_invitation(request: Request, caller: Caller, number: Number) -> None:
    """Have an invitation to the instance lead nowhere."""
    services_of(request).invitations.revoke(caller, number)


@routes.post("/look", ANYBODY)
def look_at_invitation(request: Request, caller: Caller, body: Secret) -> Invitation:
    """What a link invites to."""
    return Invitation.model_validate(services_of(request).invitations.look(caller, body.secret))


@routes.post("/accept", ACCOUNT)
def accept_invitation(request: Request, caller: Caller, body: Secret) -> Invitation:
    """Become a member with the account that one has."""
    joined = services_of(request).invitations.join(caller, body.secret)
    request.app.state.callers.forget()
    return Invitation.model_validate(joined)


@routes.post("/signup", ANYBODY)
def sign_up(request: Request, response: Response, caller: Caller, body: SignUp) -> User:
    """Make oneself an account, and log in with it."""
    services, state = services_of(request), request.state
    user = services.invitations.sign_up(caller, body.secret, body.name, body.password, body.email)
    agent = request.headers.get("user-agent", "")
    secret = services.doors.begin_session(user, address=state.address, agent=agent, request=state.request_id)
    end_session_of(request)
    set_cookie(request, response, secret)
    return user_form(user)


@of_projects.get("", _MANAGE, response_model=Listed[Invitation])
def list_member_invitations(request: Request, caller: Caller, project: str, page: WantedPage) -> Any:
    """The invitations to a project, the newest first."""
    found = services_of(request).invitations.list(caller, project)
    return listed_whole(found, page, Invitation.model_validate, newest, of=(int,))


@of_projects.post("", _MANAGE, status_code=HTTPStatus.CREATED, once="secret")
def create_member_invitation(
    request: Request, caller: Caller, project: str, body: NewMemberInvitation
) -> MintedInvitation:
    """Invite somebody to become a member."""
    invitations = services_of(request).invitations
    return _minted(*invitations.create(caller, project=project, role=body.role, email=body.email))


@of_projects.delete("/{number}", _MANAGE, status_code=HTTPStatus.NO_CONTENT)
def revoke_member_invitation(request: Request, caller: Caller, project: str, number: Number) -> None:
    """Have an invitation to a project lead nowhere."""
    services_of(request).invitations.revoke(caller, number, project)
