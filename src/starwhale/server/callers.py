"""Who sends a request: by the cookie of a session, by a token, or nobody that is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from starwhale.accounts.secrets import digest_of
from starwhale.core.actor import Actor
from starwhale.core.errors import Unauthorized
from starwhale.kit.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Callable

    from starwhale.server.rates import Rates
    from starwhale.server.services import Services

COOKIE = "starwhale_session"
SECURE_COOKIE = "__Host-starwhale_session"
#: Seconds for which the rights of a caller are not looked up again.
REMEMBERED = 2.0
_MOST = 10_000


class Callers:
    """Finds out who calls, and remembers it for a moment."""

    def __init__(self) -> None:
        self._known = Moments["Actor"](REMEMBERED, _MOST)

    def find(self, key: str, secret: str, ask: Callable[[str], Actor]) -> Actor:
        """Whoever a secret belongs to.

        Args:
            key: What to remember him by; see `remembered`.
            secret: What he shows.
            ask: Looks him up.

        Raises:
            Unauthorized: it belongs to nobody.
        """
        found = self.remembered(key)
        if found is not None:
            return found
        actor = ask(secret)
        self._known.put(key, actor)
        return actor

    def remembered(self, key: str) -> Actor | None:
        """Whoever was found a moment ago for the kind and the digest of a secret."""
        return self._known.get(key)

    def forget(self) -> None:
        """Look everybody's rights up again; called when some of them have changed here."""
        self._known.clear()


def session_secret(request: HTTPConnection) -> str:
    """The secret in the cookie of a request; empty where there is none.

    Over HTTPS only the cookie counts that no other host and no plain connection can have set.
    """
    return request.cookies.get(cookie_name(request), "")


def cookie_name(request: HTTPConnection) -> str:
    """How the cookie of a session is called here."""
    return SECURE_COOKIE if request.app.state.settings.secure else COOKIE


def shown_token(request: HTTPConnection) -> str:
    """The token that a request shows; empty where there is none.

    Raises:
        Unauthorized: it shows something else.
    """
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind and kind.lower() != "bearer":
        raise Unauthorized(f"authorization by {kind[:20]!r} is not known", hint="send a bearer token")
    return token.strip()


async def caller(request: HTTPConnection) -> Actor:
    """Who sends a request; without a name where he has not said who he is.

    Raises:
        Unauthorized: the token that he shows belongs to nobody.
        TooMany: he asks too often.
    """
    actor = getattr(request.state, "actor", None)
    if actor is None:
        rates: Rates = request.app.state.rates
        try:
            found = await _identified(request)
        except Unauthorized:
            rates.count(None, request.state.address)
            raise
        rates.count(found.user, request.state.address)
        actor = replace(found, address=request.state.address, request=request.state.request_id)
        request.state.actor = actor
    return actor


async def _identified(request: HTTPConnection) -> Actor:
    services: Services = request.app.state.services
    callers: Callers = request.app.state.callers
    if token := shown_token(request):
        return await _found(callers, "token", token, services.doors.by_token)
    if secret := session_secret(request):
        try:
            return await _found(callers, "session", secret, services.doors.by_session)
        except Unauthorized:
            # A browser sends the cookie of a session that has ended even to log in again.
            return Actor(name="")
    return Actor(name="")


async def _found(callers: Callers, kind: str, secret: str, ask: Callable[[str], Actor]) -> Actor:
    key = f"{kind}:{digest_of(secret)}"
    found = callers.remembered(key)
    return found if found is not None else await run_in_threadpool(callers.find, key, secret, ask)


def services_of(request: HTTPConnection) -> Services:
    """The services of the server that was asked."""
    return request.app.state.services


Caller = Annotated[Actor, Depends(caller)]
