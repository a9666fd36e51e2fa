"""Coming in, going out, and one's own account."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.accounts.doors import LONGEST
from starwhale.accounts.schemas import SessionRead, UserRead
from starwhale.server.access import ACCOUNT, ANYBODY, Routes
from starwhale.server.callers import Caller, cookie_name, services_of, session_secret
from starwhale.server.forms import Form
from starwhale.server.paging import Listed, WantedPage, listed_whole

routes = Routes("", "accounts")


class Login(Form):
    """Name and password."""

    name: str = Field(max_length=80, examples=["ada"])
    password: str = Field(max_length=256, examples=["correct horse battery staple"])


class NewPassword(Form):
    """The present password, and another one."""

    old: str = Field(max_length=256)
    new: str = Field(max_length=256)


class User(BaseModel):
    """One account."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str = Field(examples=["ada"])
    email: str = Field(examples=["ada@example.com"])
    admin: bool
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    has_password: bool = Field(description="Whether he may come in by a password, and change it.")


class Session(BaseModel):
    """A browser that somebody is logged in with."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    current: bool


def user_form(user: UserRead) -> User:
    """An account as it goes over the wire."""
    return User.model_validate(user)


@routes.post("/login", ANYBODY)
def login(request: Request, response: Response, body: Login) -> User:
    """Begin a session; its secret is set as a cookie."""
    services, state = services_of(request), request.state
    secret = services.doors.login(
        body.name,
        body.password,
        address=state.address,
        agent=request.headers.get("user-agent", ""),
        request=state.request_id,
    )
    end_session_of(request)
    set_cookie(request, response, secret)
    return user_form(services.users.me(services.doors.by_session(secret)))


@routes.post("/logout", ANYBODY, status_code=HTTPStatus.NO_CONTENT)
def logout(request: Request, response: Response) -> None:
    """End the session of the cookie."""
    end_session_of(request)
    request.app.state.callers.forget()
    secure = request.app.state.settings.secure
    response.delete_cookie(cookie_name(request), path="/", secure=secure, httponly=True, samesite="lax")


@routes.get("/me", ACCOUNT)
def me(request: Request, caller: Caller) -> User:
    """One's own account."""
    return user_form(services_of(request).users.me(caller))


@routes.put("/me/password", ACCOUNT, status_code=HTTPStatus.NO_CONTENT)
def change_password(request: Request, caller: Caller, body: NewPassword) -> None:
    """Change one's own password; all other sessions end."""
    services_of(request).users.change_password(
        caller, body.old, body.new, session_secret=session_secret(request)
    )
    request.app.state.callers.forget()


@routes.get("/me/sessions", ACCOUNT, response_model=Listed[Session])
def sessions(request: Request, caller: Caller, page: WantedPage) -> Any:
    """The browsers that one is logged in with."""
    found: list[SessionRead] = services_of(request).doors.sessions(caller, session_secret(request))
    return listed_whole(found, page, Session.model_validate, _place, of=(int, str))


@routes.delete("/me/sessions/{session}", ACCOUNT, status_code=HTTPStatus.NO_CONTENT)
def end_session(request: Request, caller: Caller, session: str) -> None:
    """Log one of one's browsers out."""
    services_of(request).doors.end_session(caller, session)
    request.app.state.callers.forget()


def end_session_of(request: Request) -> None:
    """End the session that a request comes with, if it does with one."""
    state = request.state
    services_of(request).doors.logout(
        session_secret(request), address=state.address, request=state.request_id
    )


def set_cookie(request: Request, response: Response, secret: str) -> None:
    """Have a browser keep the secret of a session."""
    settings: Any = request.app.state.settings
    response.set_cookie(
        cookie_name(request),
        secret,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="lax",
    )


def _place(found: SessionRead) -> tuple[int, str]:
    """The one used last comes first."""
    return -round(found.seen_at.timestamp() * 1_000_000), found.id
