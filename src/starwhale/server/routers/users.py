"""Accounts, for administrators."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from starwhale.accounts.schemas import UserRead
from starwhale.core.permissions import Action, Permission, Resource
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.etags import Expected, set_etag
from starwhale.server.forms import Form
from starwhale.server.paging import Listed, WantedPage, listed
from starwhale.server.routers.accounts import User, user_form

routes = Routes("/users", "users")
_READ = Permission(Resource.ACCOUNT, Action.READ)
_MANAGE = Permission(Resource.ACCOUNT, Action.MANAGE)


class NewUser(Form):
    """An account to be made."""

    name: str = Field(max_length=80, examples=["ada"])
    password: str | None = Field(default=None, max_length=256, description="None for who comes in otherwise.")
    email: str = Field(default="", max_length=320, examples=["ada@example.com"])
    admin: bool = False


class UserChange(Form):
    """What is to change; what is left out stays."""

    email: str | None = Field(default=None, max_length=320)
    admin: bool | None = None
    disabled: bool | None = None


class Password(BaseModel):
    """A password that is shown this once."""

    password: str


@routes.get("", _READ, response_model=Listed[User])
def list_users(
    request: Request,
    caller: Caller,
    page: WantedPage,
    search: Annotated[str, Query(max_length=80, description="Part of a name.")] = "",
) -> Any:
    """The accounts, by name."""
    return listed(services_of(request).users.list(caller, page, search), user_form)


@routes.post("", _MANAGE, status_code=HTTPStatus.CREATED)
def create_user(request: Request, caller: Caller, body: NewUser) -> User:
    """Make an account."""
    made = services_of(request).users.create(
        caller, body.name, password=body.password, email=body.email, admin=body.admin
    )
    return user_form(made)


@routes.get("/{name}", _READ)
def get_user(request: Request, response: Response, caller: Caller, name: str) -> User:
    """One account."""
    return _shown(response, services_of(request).users.get(caller, name))


@routes.patch("/{name}", _MANAGE)
def change_user(
    request: Request, response: Response, caller: Caller, name: str, body: UserChange, expected: Expected
) -> User:
    """Change an account: its address, whether it administers, whether it may come in."""
    changed = services_of(request).users.change(
        caller, name, email=body.email, admin=body.admin, disabled=body.disabled, expected=expected
    )
    request.app.state.callers.forget()
    return _shown(response, changed)


def _shown(response: Response, user: UserRead) -> User:
    set_etag(response, user.revision)
    return user_form(user)


@routes.post("/{name}/password", _MANAGE, once="secret")
def reset_password(request: Request, caller: Caller, name: str) -> Password:
    """Give somebody a random password; all his sessions end."""
    password = services_of(request).users.reset_password(caller, name)
    request.app.state.callers.forget()
    return Password(password=password)
