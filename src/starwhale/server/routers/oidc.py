"""Coming in by way of another provider (OpenID Connect)."""

from __future__ import annotations

import logging
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from starwhale.accounts.oidc import LASTS, OidcService
from starwhale.core.errors import Forbidden, NotFound, StarwhaleError, Unauthorized, Unavailable
from starwhale.server.access import ANYBODY, Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.routers.accounts import end_session_of, set_cookie

routes = Routes("/oidc", "accounts")
CALLBACK = "/api/v1/oidc/callback"
_log = logging.getLogger("starwhale.server")
_KEPT = "starwhale_visit"
_ELSEWHERE: dict[int | str, dict[str, Any]] = {303: {"description": "To the provider, or back from it."}}


# What a browser reads as a page of this server and of no other: it begins with one slash, for which browsers
# take a backslash too, and holds nothing that they leave out before they look.
_OWN_PAGE = r"/|/[!-.0-\[\]-~][!-\[\]-~]*"
After = Annotated[
    str,
    Query(
        max_length=2000,
        pattern=f"^(home|cli|{_OWN_PAGE})$",
        description="What one wants to see afterwards: `home`, `cli`, or the path of a page of this server.",
    ),
]


class Refusal(StrEnum):
    """Why a login by way of the provider has failed, as the page for logging in is told.

    PROVIDER: it let nobody in. ACCOUNT: there is none for him here, or it is disabled. AWAY: the provider
    does not answer as one. AGAIN: it took too long, began in another browser, or went wrong otherwise.
    """

    PROVIDER = "provider"
    ACCOUNT = "account"
    AWAY = "away"
    AGAIN = "again"


_LOGIN = "/login"
_HOME = "home"
_PAGES = {_HOME: "/", "cli": "/cli-login"}


class Ways(BaseModel):
    """Whether there is such a way in."""

    enabled: bool
    issuer: str = Field(examples=["https://accounts.example.com"])


def _service(request: Request) -> OidcService:
    provider = request.app.state.provider
    if provider is None:
        raise NotFound("no other provider is configured", hint="see the setting `oidc_issuer`")
    return OidcService(services_of(request).catalog, provider)


def _redirect(request: Request) -> str:
    base = request.app.state.settings.public_url or str(request.base_url)
    return base.rstrip("/") + CALLBACK


@routes.get("", ANYBODY)
async def ways_in(request: Request) -> Ways:
    """Whether one can come in by way of another provider."""
    provider = request.app.state.provider
    return Ways(enabled=provider is not None, issuer=provider.settings.issuer if provider else "")


@routes.get(
    "/login", ANYBODY, response_class=RedirectResponse, status_code=HTTPStatus.SEE_OTHER, responses=_ELSEWHERE
)
def log_in_elsewhere(request: Request, after: After = _HOME) -> Response:
    """Go to the provider to log in there."""
    service = _service(request)
    try:
        page, secret = service.begin(_redirect(request), after)
    except StarwhaleError as error:
        return _refused(error, after)
    response = RedirectResponse(page, HTTPStatus.SEE_OTHER)
    response.set_cookie(
        _KEPT,
        secret,
        max_age=int(LASTS.total_seconds()),
        path=CALLBACK,
        secure=request.app.state.settings.secure,
        httponly=True,
        samesite="lax",
    )
    return response


@routes.get(
    "/callback",
    ANYBODY,
    any_query=True,  # providers add some of their own
    response_class=RedirectResponse,
    status_code=HTTPStatus.SEE_OTHER,
    responses=_ELSEWHERE,
)
def come_back(
    request: Request,
    caller: Caller,
    state: Annotated[str, Query(max_length=200, description="What the provider was sent.")] = "",
    code: Annotated[str, Query(max_length=4096, description="What it gives for the login.")] = "",
    iss: Annotated[str, Query(max_length=500, description="Who it is.")] = "",
    error: Annotated[str, Query(max_length=200, description="Why it lets nobody in.")] = "",
) -> Response:
    """Come back from the provider; a session begins, or the page for logging in says why none does."""
    service = _service(request)
    try:
        _check_success(error, code)
        user, after = service.finish(
            caller,
            state=state,
            code=code,
            issuer=iss,
            browser=request.cookies.get(_KEPT, ""),
            redirect=_redirect(request),
        )
    except StarwhaleError as refusal:
        return _refused(refusal)
    doors, where = services_of(request).doors, request.state
    agent = request.headers.get("user-agent", "")
    secret = doors.begin_session(user, address=where.address, agent=agent, request=where.request_id)
    end_session_of(request)
    response = RedirectResponse(_PAGES.get(after, after), HTTPStatus.SEE_OTHER)
    set_cookie(request, response, secret)
    response.delete_cookie(_KEPT, path=CALLBACK)
    return response


class _NotLetIn(Unauthorized):
    """The provider itself has refused him."""


def _check_success(error: str, code: str) -> None:
    if error or not code:
        raise _NotLetIn("the provider did not let you in", hint="log in again")


def _refused(error: StarwhaleError, after: str = _HOME) -> Response:
    """Back to the page for logging in: whoever comes by here looks at pages, and reads no problem as JSON."""
    kinds = [known for known in _REASONS if isinstance(error, known)]
    reason = _REASONS[kinds[0]] if kinds else Refusal.AGAIN
    _log.info("a login by way of the provider was refused (%s): %s", reason, error.message)
    going = {} if after in _PAGES else {"next": after}
    return RedirectResponse(f"{_LOGIN}?{urlencode({'refused': reason, **going})}", HTTPStatus.SEE_OTHER)


_REASONS: dict[type[StarwhaleError], Refusal] = {
    _NotLetIn: Refusal.PROVIDER,
    Forbidden: Refusal.ACCOUNT,
    Unavailable: Refusal.AWAY,
}
