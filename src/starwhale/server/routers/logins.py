"""Logins of programs by way of a browser, and the page for it."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.accounts.pending import Progress
from starwhale.accounts.schemas import PendingLogin
from starwhale.server.access import ACCOUNT, ANYBODY, Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.forms import Form

routes = Routes("/logins", "accounts")
pages = Routes("", "pages", root="")
PAGE = "/cli-login"
_EVERY = 2
Code = Annotated[str, Path(min_length=9, max_length=9, pattern="^[A-Za-z]{4}-[A-Za-z]{4}$")]
Login = Annotated[str, Path(min_length=1, max_length=64)]


class NewLogin(Form):
    """A program that wants to be let in."""

    challenge: str = Field(
        min_length=43,
        max_length=43,
        pattern="^[A-Za-z0-9_-]+$",
        description="SHA-256 of a secret of the program's own, in base64url.",
        examples=["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"],
    )
    machine: str = Field(max_length=80, examples=["swcli on laptop"])


class Verifier(Form):
    """The secret of the program that waits."""

    verifier: str = Field(min_length=32, max_length=128)


class Waiting(BaseModel):
    """A program that waits, as it is told itself."""

    number: str
    code: str = Field(examples=["BCDF-GHJK"])
    page: str = Field(description="What stands behind the address of the server in that of the page.")
    every: int = Field(description="Seconds to wait before asking again.")
    expires_at: datetime


class Waiter(BaseModel):
    """A program that waits, as somebody sees who may let it in."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    code: str
    machine: str
    address: str
    created_at: datetime
    expires_at: datetime


class Outcome(BaseModel):
    """How far it has come."""

    progress: Progress
    token: str = Field(description="A token, once, where somebody has let the program in; else empty.")


def _waiter(found: PendingLogin) -> Waiter:
    return Waiter.model_validate(found)


@routes.post("", ANYBODY, status_code=HTTPStatus.CREATED)
def begin_login(request: Request, caller: Caller, body: NewLogin) -> Waiting:
    """Have a program wait until somebody lets it in; the same challenge asks for the same login."""
    made = services_of(request).pending_logins.ask(caller, body.challenge, body.machine)
    # Behind the number sign, so that no log holds the code.
    page = f"{PAGE}#{made.code}"
    return Waiting(number=made.number, code=made.code, page=page, every=_EVERY, expires_at=made.expires_at)


@routes.post("/{login}/token", ANYBODY)
def redeem_login(request: Request, caller: Caller, login: Login, body: Verifier) -> Outcome:
    """How far it has come; where somebody has let the program in, its token."""
    progress, token = services_of(request).pending_logins.redeem(caller, login, body.verifier)
    return Outcome(progress=progress, token=token)


@routes.get("/codes/{code}", ACCOUNT)
def look_at_login(request: Request, caller: Caller, code: Code) -> Waiter:
    """Which program waits under a code."""
    return _waiter(services_of(request).pending_logins.look(caller, code))


@routes.post("/codes/{code}/allow", ACCOUNT)
def allow_login(request: Request, caller: Caller, code: Code) -> Waiter:
    """Let a program in."""
    return _waiter(services_of(request).pending_logins.decide(caller, code, let_in=True))


@routes.post("/codes/{code}/refuse", ACCOUNT)
def refuse_login(request: Request, caller: Caller, code: Code) -> Waiter:
    """Refuse a program."""
    return _waiter(services_of(request).pending_logins.decide(caller, code, let_in=False))


@pages.head(PAGE, ANYBODY, include_in_schema=False, any_query=True, name="head_of_login_page")
@pages.get(PAGE, ANYBODY, include_in_schema=False, any_query=True)
def show_login_page() -> Response:
    """The page on which somebody lets a program in."""
    return Response(_page("cli_login.html"), media_type="text/html; charset=utf-8")


@pages.head(f"{PAGE}.js", ANYBODY, include_in_schema=False, name="head_of_login_script")
@pages.get(f"{PAGE}.js", ANYBODY, include_in_schema=False)
def read_login_script() -> Response:
    """What that page does."""
    return Response(_page("cli_login.js"), media_type="text/javascript; charset=utf-8")


@cache
def _page(name: str) -> str:
    return files("starwhale.server").joinpath("pages", name).read_text("utf-8")
