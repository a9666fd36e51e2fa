"""What each route asks of its caller, written beside the route and checked when the server starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import APIRouter, Depends
from fastapi.routing import iter_route_contexts

from starwhale.core.errors import Forbidden, Unauthorized
from starwhale.core.permissions import OF_ADMINISTRATORS, Permission
from starwhale.server.callers import Caller

if TYPE_CHECKING:
    from fastapi import FastAPI

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
MARK = "x-access"


class Everybody(Enum):
    """Routes that belong to no project."""

    ANYBODY = "anybody"
    """Whoever asks, also without having logged in."""
    ACCOUNT = "account"
    """Whoever has an account."""


ANYBODY = Everybody.ANYBODY
ACCOUNT = Everybody.ACCOUNT
Access = Permission | Everybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One route and what it asks for: a permission, ``anybody`` or ``account``."""

    method: str
    path: str
    access: str


class Routes:
    """Routes of one noun.

    What a route asks for is checked twice: here as far as it concerns the whole instance, and in the
    service, which alone knows the project.

    Args:
        prefix: Beginning of their paths, behind the version of the API.
        tag: Under which heading the reference lists them.
    """

    def __init__(self, prefix: str, tag: str) -> None:
        self.router = APIRouter(prefix=prefix, tags=[tag])

    def get(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A route that changes nothing."""
        return self._route("GET", path, access, options)

    def post(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A route that makes something."""
        return self._route("POST", path, access, options)

    def put(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A route that sets something; twice does as once."""
        return self._route("PUT", path, access, options)

    def patch(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A route that changes parts of something."""
        return self._route("PATCH", path, access, options)

    def delete(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """A route that removes something."""
        return self._route("DELETE", path, access, options)

    def _route(
        self, method: str, path: str, access: Access, options: dict[str, Any]
    ) -> Callable[[Endpoint], Endpoint]:
        told = str(access) if isinstance(access, Permission) else access.value
        checked = [Depends(_check(access)), *options.pop("dependencies", ())]
        return self.router.api_route(
            path, methods=[method], openapi_extra={MARK: told}, dependencies=checked, **options
        )


def declared(app: FastAPI) -> Iterator[Declared]:
    """Every route of an application with what it asks for.

    Raises:
        RuntimeError: a route, a mount or a socket does not say; the server must not start so.
    """
    for route in iter_route_contexts(app.routes):
        access = (getattr(route, "openapi_extra", None) or {}).get(MARK)
        if access is None or route.path is None or not route.methods:
            raise RuntimeError(f"the route {route.path or route} does not say what it asks for")
        for method in sorted(route.methods):
            yield Declared(method=method, path=route.path, access=access)


def _check(access: Access) -> Callable[..., Any]:
    async def check(caller: Caller) -> None:
        if access is ANYBODY:
            return
        if access is ACCOUNT:
            if caller.user is None:
                raise Unauthorized("nobody is logged in", hint="log in, or send a token")
        elif access in OF_ADMINISTRATORS and not caller.may(access):
            if caller.user is None:
                raise Unauthorized("nobody is logged in", hint="log in, or send a token")
            raise Forbidden("only administrators of the instance may do this")

    return check
