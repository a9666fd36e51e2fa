"""The console: pages for people, at addresses that say what they show."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Path, Request, Response

from starwhale.server.access import ANYBODY, Routes
from starwhale.server.console import Console

routes = Routes("", "pages", root="")
#: Where its pages lie. Each is named here, so that none stands before a route of the API.
PAGES = (
    "/",
    "/login",
    "/account",
    "/account/{path:path}",
    "/projects",
    "/projects/{path:path}",
    "/admin",
    "/admin/{path:path}",
    "/invitation",
    "/reports/{secret}",
)


def _console(request: Request) -> Console:
    return request.app.state.console


def show_console(request: Request) -> Response:
    """The page of the console; what it shows it asks the API for."""
    sent = _console(request).page()
    return Response(sent.content, headers=sent.headers)


for _path in PAGES:
    # What stands behind a question mark is for the page itself.
    _page = routes.get(_path, ANYBODY, any_query=True, include_in_schema=False, name=f"console {_path}")
    _page(show_console)
    _head = routes.head(_path, ANYBODY, any_query=True, include_in_schema=False, name=f"head of {_path}")
    _head(show_console)


@routes.head("/assets/{name}", ANYBODY, include_in_schema=False, name="head_of_asset")
@routes.get("/assets/{name}", ANYBODY, include_in_schema=False)
def read_asset(
    request: Request,
    name: Annotated[str, Path(max_length=200)],
    accept_encoding: Annotated[str, Header(max_length=1000)] = "",
) -> Response:
    """A file that the page asks for."""
    sent = _console(request).file(name, accept_encoding)
    return Response(sent.content, headers=sent.headers)
