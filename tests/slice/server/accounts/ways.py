"""The routes of a server: what they declare, and whom that lets in.

**Whoever adds a route** with

- an answer that never ends (a stream): its operation into `ENDLESS`; then only refusals are tried;
- a permission of a project, without ``{project}`` in its path: its operation into `ELSEWHERE`;
- something that belongs to one account: its operation into `OWN`, with who that is;
- something that only another machine can do: its operation into `AWAY`, with what is answered without one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from starwhale.core.kinds import Kind
from starwhale.core.permissions import GRANTS, OF_ADMINISTRATORS, Action, Permission, Role
from starwhale.jobs.passes import SCOPES
from starwhale.server.access import MARK

IDENTITIES = (
    *("anonymous", "outsider", "guest", "maintainer", "owner", "administrator"),
    *("reading token", "elsewhere token", "job token"),
)
ROLES = {"guest": Role.GUEST, "maintainer": Role.MAINTAINER, "owner": Role.OWNER}

#: Operations whose answer does not end.
ENDLESS: set[str] = {"stream_events", "stream_project_events", "stream_log"}

#: Operations that ask for another right than they declare: a member may leave by himself; what is shared is
#: written elsewhere, too; and so on.
STRICTER = {
    "remove_member": "member:manage",
    "restore_from_trash": "dataset:write",
    "purge_from_trash": "dataset:manage",
    **{f"share_{kind}": f"{kind}:write" for kind in Kind},
}

#: Operations with a permission of a project whose project does not stand in the path.
ELSEWHERE: set[str] = {"blob_size", "get_blob"}
_OF_PROJECTS = ("/api/v1/blobs/", "/api/v1/builds/", "/api/v1/consumptions/")


def _of_builder(identity: str) -> str:
    return "in" if identity in {"owner", "job token"} else "404"


def _of_writers(identity: str) -> str:
    writers = {"maintainer", "owner", "administrator", "job token"}
    return "in" if identity in writers else "404"


_VERBS = ("head", "post", "put", "patch", "delete", "options")
_SERVICES = ("use_service", *(f"use_service_{verb}" for verb in _VERBS))
_SIGNED = ("read_media", "read_shared_media", "use_address", *(f"use_address_{verb}" for verb in _VERBS))

#: Operations on what belongs to somebody, whatever rights others have.
OWN: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("missing", "post_blobs", "put_blob", "renew"), _of_builder),
    **dict.fromkeys(
        ("get_consumption", "claim_rows", "prolong_rows", "advance_rows", "finish_rows"), _of_writers
    ),
    **dict.fromkeys(("append_batch", "append_run_batch"), _of_builder),
    **dict.fromkeys(_SIGNED, lambda _identity: "403"),  # whose word was not made here
    "metrics": lambda identity: "in" if identity == "administrator" else "403",
    "close": lambda _identity: "in",  # giving up what is not there does no harm
}
#: Operations that need what is not there in a test, and what is answered then to whoever is let in.
AWAY: dict[str, tuple[int, str]] = dict.fromkeys(("address_service", *_SERVICES), (404, "offers no service"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One method of one path."""

    method: str
    path: str
    access: str
    operation: str
    described: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def permission(self) -> Permission | None:
        access = STRICTER.get(self.operation, self.access)
        return Permission.parse(access) if ":" in access else None

    @property
    def is_of_project(self) -> bool:
        """Whether it is about something of a project."""
        return "project" in self.parameters or self.path.startswith(_OF_PROJECTS)

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)(?::\w+)?}", self.path)

    @property
    def is_safe(self) -> bool:
        return self.method in {"GET", "HEAD"}


def ways(app: FastAPI) -> list[Way]:
    """Every route with what it declares."""
    paths = app.openapi()["paths"]
    found: list[Way] = []
    for route in iter_route_contexts(app.routes):
        access = str((getattr(route, "openapi_extra", None) or {}).get(MARK))
        assert route.path is not None
        for method in sorted(route.methods or ()):
            described = paths.get(re.sub(r":\w+}", "}", route.path), {}).get(method.lower(), {})
            operation = described.get("operationId", str(route.name))
            found.append(
                Way(method=method, path=route.path, access=access, operation=operation, described=described)
            )
    return found


def expected(way: Way, identity: str) -> str:
    """What declaration and roles say: "in", "401", "403" or "404"; "any" for what is open to anybody."""
    if way.access == "anybody" and way.operation not in {*STRICTER, *OWN}:
        return "any"
    if identity == "anonymous":
        return "401"
    if way.operation in OWN and way.path.startswith("/api/v1/consumptions/"):
        return OWN[way.operation](identity)
    if identity == "reading token" and not may_read(way):
        return "403"
    if "/work/" in way.path:
        return "in" if identity == "job token" else "401"
    if identity in {"elsewhere token", "job token"} and not way.is_of_project:
        return "any"  # other tests tell of tokens that are limited
    if way.operation in OWN:
        return OWN[way.operation](identity)
    return _expected_of_members(way, identity)


def _expected_of_members(way: Way, identity: str) -> str:
    permission = way.permission
    if permission is None:
        return "in"
    if identity == "job token":
        return "in" if str(permission) in SCOPES else "403"
    if identity == "administrator":
        return "in"
    if permission in OF_ADMINISTRATORS:
        return "403"
    if identity in {"outsider", "elsewhere token"}:
        return "404"
    role = ROLES[identity if identity in ROLES else "owner"]
    return "in" if permission in GRANTS[role] else "403"


def may_read(way: Way) -> bool:
    """Whether a token that only reads may do this, as far as the declaration says."""
    if ("/me/" in way.path or "/logins/codes/" in way.path) and way.operation != "give_token_back":
        return False  # the account itself is for whoever logged in with a password
    if way.permission is not None and way.permission.action is not Action.READ:
        return False
    if way.method == "POST":
        return way.permission is not None
    return way.is_safe or way.operation == "give_token_back"
