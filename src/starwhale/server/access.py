"""What each route asks of its caller, written beside the route and checked when the server starts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from http import HTTPStatus
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar, cast

from fastapi import APIRouter, Depends
from fastapi.routing import iter_route_contexts

from starwhale.core.errors import Forbidden, Unauthorized
from starwhale.core.permissions import OF_ADMINISTRATORS, Action, Permission
from starwhale.server.callers import Caller, caller
from starwhale.server.faults import refuse_unknown_parameters
from starwhale.server.in_thread import in_thread
from starwhale.server.json_bodies import LARGE
from starwhale.server.once import GUARD, ONCE, PARAMETER, OnceRoute

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

    from starwhale.core.actor import Actor

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
API = "/api/v1"
MARK = "x-access"
_ASKED = "starwhale_access"
#: What stands for a method where a route is a web socket.
SOCKET = "WEBSOCKET"


class Everybody(Enum):
    """Routes that belong to no project."""

    ANYBODY = "anybody"
    """Whoever asks, also without having logged in."""
    ACCOUNT = "account"
    """Whoever has an account."""


ANYBODY = Everybody.ANYBODY
ACCOUNT = Everybody.ACCOUNT
Access = Permission | Everybody
Guard = Callable[["Request"], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One route and what it asks for: a permission, ``anybody`` or ``account``.

    Attributes:
        method: Of HTTP, or `SOCKET`.
        name: Of the function that answers.
    """

    method: str
    path: str
    access: str
    name: str = ""


class Routes:
    """Routes of one noun.

    What a route asks for is checked twice: here as far as it concerns the whole instance, and in the
    service, which alone knows the project.

    Args:
        prefix: Beginning of their paths, behind `root`.
        tag: Under which heading the reference lists them.
        root: What stands before that; the version of the API, but for pages and what watches the server.
    """

    def __init__(self, prefix: str, tag: str, *, root: str = API) -> None:
        self.router = APIRouter(
            prefix=root + prefix,
            tags=[tag],
            route_class=OnceRoute,
            generate_unique_id_function=lambda route: route.name,
            strict_content_type=True,
        )

    def get(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A route that changes nothing.

        Two options of ours, for every method: ``any_query=True`` has it take parameters that it does not
        know, and ``large=True`` bodies of more than a mebibyte.
        """
        return self._route("GET", path, access, options)

    def head(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A route that tells of something without handing it out."""
        return self._route("HEAD", path, access, options)

    def post(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A route that makes something.

        Two options of ours: ``once=True`` has it take the header ``Idempotency-Key``, as every route with
        status 201 does that does not say ``once=False``; ``once="secret"`` is for one whose answer holds a
        secret, which must not be kept, and ``once=STREAMED`` for one that keeps its answer itself. And
        ``reads=True`` is for one that changes nothing, and so is open to tokens that only read.
        """
        made = options.get("status_code") == HTTPStatus.CREATED
        once = options.pop("once", made)
        extra: dict[str, Any] = {ONCE: once, "parameters": [PARAMETER]} if once else {}
        return self._route("POST", path, access, options, extra)

    def put(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A route that sets something; twice does as once."""
        return self._route("PUT", path, access, options)

    def patch(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A route that changes parts of something."""
        return self._route("PATCH", path, access, options)

    def delete(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A route that removes something."""
        return self._route("DELETE", path, access, options)

    def add(self, method: str, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A route of any method and with any query; what it does is somebody else's business."""
        return self._route(method, path, access, {"any_query": True, **options})

    def websocket(self, path: str, access: Access) -> Callable[[Endpoint], Endpoint]:
        """A web socket. Whoever is refused before it is accepted gets an answer of HTTP, with the problem."""

        async def check(caller: Caller) -> None:
            _check(caller, access, reads=False)

        def register(endpoint: Endpoint) -> Endpoint:
            setattr(endpoint, _ASKED, _told(access))
            return self.router.websocket(path, dependencies=[Depends(check)])(endpoint)

        return register

    def _route(
        self,
        method: str,
        path: str,
        access: Access,
        options: dict[str, Any],
        extra: dict[str, Any] | None = None,
    ) -> Callable[[Endpoint], Endpoint]:
        reads = options.pop("reads", method in {"GET", "HEAD"} or (method == "POST" and _is_reading(access)))
        guard = _guard(access, reads=reads, any_query=options.pop("any_query", False))
        marks = {**options.pop("openapi_extra", {}), **(extra or {}), MARK: _told(access)}
        if options.pop("large", False):
            marks[LARGE] = True
        options.setdefault("status_code", HTTPStatus.OK)
        register = self.router.api_route(path, methods=[method], openapi_extra=marks, **options)
        return lambda endpoint: register(_guarded(endpoint, guard)) and endpoint


def declared(app: FastAPI) -> Iterator[Declared]:
    """Every route of an application with what it asks for.

    Raises:
        RuntimeError: a route, a mount or a socket does not say, or does not look; the server must not start
            so.
    """
    for route in iter_route_contexts(app.routes):
        socket: str | None = getattr(route.endpoint, _ASKED, None)
        access = socket or (getattr(route, "openapi_extra", None) or {}).get(MARK)
        methods = [SOCKET] if socket else sorted(route.methods or ())
        if access is None or route.path is None or not methods:
            raise RuntimeError(f"the route {route.path or route} does not say what it asks for")
        if not socket and access != ANYBODY.value and not hasattr(route.endpoint, GUARD):
            raise RuntimeError(f"the route {route.path} does not look at who asks")
        for method in methods:
            yield Declared(method=method, path=route.path, access=access, name=str(route.name))


def _told(access: Access) -> str:
    return str(access) if isinstance(access, Permission) else access.value


def _is_reading(access: Access) -> bool:
    return isinstance(access, Permission) and access.action is Action.READ


def _guarded(endpoint: Endpoint, guard: Guard) -> Endpoint:
    """What a route calls, with the guard of that route, which shares its endpoint with others perhaps.

    A plain function is carried out in a thread, and what it returns looked at where it is sent from: the
    framework would look at it in a thread as well, and going there takes longer than the look.
    """
    if iscoroutinefunction(endpoint):

        @wraps(endpoint)
        async def carry_out(**values: Any) -> Any:
            return await endpoint(**values)
    else:

        @wraps(endpoint)
        async def carry_out(**values: Any) -> Any:
            return await in_thread(endpoint, **values)

    setattr(carry_out, GUARD, guard)
    return cast("Endpoint", carry_out)


def _guard(access: Access, *, reads: bool, any_query: bool) -> Guard:
    async def guard(request: Request) -> None:
        _check(await caller(request), access, reads=reads)
        if not any_query:
            refuse_unknown_parameters(request)

    return guard


def _check(caller: Actor, access: Access, *, reads: bool) -> None:
    """Refuse what a caller may not do, as far as that concerns the whole instance.

    Raises:
        Unauthorized: he has not logged in.
        Forbidden: he may not do this, or his token may not.
    """
    if access is ANYBODY:
        return
    _check_scopes(caller, access, reads=reads)
    if access is ACCOUNT:
        if caller.user is None:
            raise Unauthorized("nobody is logged in", hint="log in, or send a token")
    elif access in OF_ADMINISTRATORS and not caller.may(access):
        if caller.user is None:
            raise Unauthorized("nobody is logged in", hint="log in, or send a token")
        raise Forbidden("only administrators of the instance may do this")


def _check_scopes(caller: Actor, access: Access, *, reads: bool) -> None:
    """Refuse what a limited token cannot be for, whichever project it is about.

    Raises:
        Forbidden: the token does not have the permission, or only reads, and this changes something.
    """
    if caller.scopes is None:
        return
    if isinstance(access, Permission) and access not in caller.scopes:
        raise Forbidden(f"the token is not for {access}", hint="make one with that scope")
    if not reads and all(each.action is Action.READ for each in caller.scopes):
        raise Forbidden("the token only reads", hint="make one with the scope that is needed")
