"""What the authorization matrix is made of: a world for each route, and requests that fit it.

**Whoever adds a route** need do nothing as long as the names of its path parameters stand in `MAKERS`, and a
body that its schema describes is good enough. Otherwise:

- a new name of a path parameter: one line in `MAKERS`, with a value that exists in the world, or could;
- a body or query that must be more than its schema says (two fields that belong together): one line in
  `BODIES` or `QUERIES`, by the name of the operation;
- an answer that never ends (a stream): its operation into `ENDLESS`; then only refusals are tried.
- a permission of a project, without ``{project}`` in its path: its operation into `ELSEWHERE`, and a test of
  its own.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from starwhale.core.actor import Actor
from starwhale.core.kinds import Kind
from starwhale.core.permissions import GRANTS, OF_ADMINISTRATORS, Action, Permission, Role
from starwhale.core.settings import Settings
from starwhale.server.access import MARK
from starwhale.server.app import create_app
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings

FRESH = "fresh"
ROOT = Actor(name="root", admin=True)
IDENTITIES = ("anonymous", "outsider", "guest", "maintainer", "owner", "administrator", "reading token")
ROLES = {"guest": Role.GUEST, "maintainer": Role.MAINTAINER, "owner": Role.OWNER}

#: Value of a path parameter in a world; ``world.number`` differs for each route.
MAKERS: dict[str, Callable[[World], str]] = {
    "project": lambda world: world.project,
    "name": lambda world: "digits",
    "version": lambda world: "latest",
    "build": lambda world: str(world.build),
    "digest": lambda world: "0" * 64,
    "user": lambda world: "visitor",
    "number": lambda world: str(world.number),
    "item": lambda world: str(world.number),
    "webhook": lambda world: str(world.number),
    "delivery": lambda world: str(world.number),
    "task": lambda world: "0.0",
    "block": lambda world: str(world.number),
    "word": lambda world: "pause",
    "kind": lambda world: "dataset",
    "job": lambda world: "a" * 40,
    "path": lambda world: "data.txt",
    "file": lambda world: "data.txt",
    "table": lambda world: "results",
    "secret": lambda world: "0" * 43,
    "session": lambda world: "0" * 16,
    "code": lambda world: "BCDF-GHJK",
    "login": lambda world: "nobody-waits-here",
}

#: Bodies by the name of the operation, laid over what the schema gives.
BODIES: dict[str, dict[str, Any]] = {
    "change_rows": {"rows": [{"id": 1, "values": {"a": 1}}]},
    "mark_job": {"comment": "looked at"},
    "save_template": {"name": "weekly", "job": "a" * 40},
}

#: Queries by the name of the operation, laid over what the schema gives.
QUERIES: dict[str, dict[str, Any]] = {}
for _kind in Kind:
    for _verb in ("resolve", "remove", "recover"):
        QUERIES[f"{_verb}_{_kind}"] = {"name": "digits"}

#: Operations whose answer does not end.
ENDLESS: set[str] = {"stream_events", "stream_project_events"}

#: Operations that look for what they are about before they ask for the right to change it; whoever is refused
#: may learn that it is not there.
LATE = (
    {"recover_project", "run_job_again", "save_template", "run_template", "append_batch"}
    | {f"duplicate_{what}" for what in ("view", "panel", "report")}
    | {f"{verb}_{kind}" for kind in Kind for verb in ("publish", "revert", "share")}
)

#: Operations that ask for another right than they declare: a member may leave by himself.
STRICTER = {"remove_member": "member:manage"}

#: Operations with a permission of a project whose project does not stand in the path; each has its own test.
ELSEWHERE: set[str] = set()


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
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)(?::\w+)?}", self.path)

    @property
    def is_safe(self) -> bool:
        return self.method in {"GET", "HEAD"}


@dataclass(slots=True, kw_only=True)
class World:
    """Projects, all of them new, for the requests of one route."""

    services: Services
    client: TestClient
    number: int
    tokens: dict[str, str]
    build: int = 0

    @property
    def project(self) -> str:
        return f"project-{self.number}"

    @property
    def foreign(self) -> str:
        return f"foreign-{self.number}"

    @property
    def removed(self) -> str:
        return f"removed-{self.number}"

    @property
    def missing(self) -> str:
        return f"missing-{self.number}"

    def send(self, way: Way, identity: str, schemas: Schemas, **changed: str) -> Any:
        """Send the request of a route as somebody.

        Args:
            way: The route.
            identity: One of `IDENTITIES`.
            schemas: Descriptions of bodies.
            changed: Path parameters that differ.
        """
        headers = {}
        if identity != "anonymous":
            headers["Authorization"] = f"Bearer {self.tokens[identity]}"
        values = {name: changed.get(name) or maker_of(name)(self) for name in way.parameters}
        if "/users/" in way.path:
            values["name"] = "guest"
        path = re.sub(r"{(\w+)(?::\w+)?}", lambda match: values[match[1]], way.path)
        query = {**schemas.query(way), **QUERIES.get(way.operation, {})}
        body = schemas.body(way)
        if body is not None:
            body = {**body, **BODIES.get(way.operation, {})}
        return self.client.request(way.method, path, params=query, json=body, headers=headers)


def unknown(way: Way) -> list[str]:
    """Names of path parameters that nobody has told how to make."""
    return [name for name in way.parameters if name not in MAKERS]


def maker_of(name: str) -> Callable[[World], str]:
    """What makes values of a path parameter."""
    return MAKERS[name]


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


def make_app(template: Path, folder: Path) -> FastAPI:
    """An application over an empty store, without limits on how often it is asked."""
    store = Settings.at(folder / "server")
    store.root.mkdir(parents=True)
    shutil.copy(template, store.root / "catalog.sqlite")
    return create_app(ServerSettings(store=store, anonymous_rate=0, user_rate=0))


@dataclass(slots=True)
class People:
    """Those who ask, and their tokens; made again after a route that may have changed them."""

    services: Services
    actors: dict[str, Actor] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def renew(self) -> None:
        """Have everybody be there, be let in, and have a token that counts."""
        members = ("guest", "maintainer", "owner", "outsider", "visitor")
        self.actors = {name: account(self.services, name) for name in members}
        self.actors["administrator"] = account(self.services, "administrator", admin=True)
        for name, actor in self.actors.items():
            self.tokens[name] = self.services.tokens.create(actor, FRESH)[1]
        owner = self.actors["owner"]
        self.tokens["reading token"] = self.services.tokens.create(owner, FRESH, scopes=["*:read"])[1]


def make_world(people: People, client: TestClient, number: int, *, whole: bool) -> World:
    """A world with a member of each role; a whole one has projects of others and removed ones, too."""
    services, owner = people.services, people.actors["owner"]
    world = World(services=services, client=client, number=number, tokens=people.tokens)
    services.projects.create(owner, world.project)
    for role in (Role.GUEST, Role.MAINTAINER):
        services.members.put(ROOT, world.project, role.value.lower(), role)
    who = Actor(name="owner", user=owner.user, admin=True)
    world.build = services.artifacts.open_build(
        who, project=world.project, kind=Kind.DATASET, name="digits", manifests=[]
    ).id
    if whole:
        services.projects.create(people.actors["outsider"], world.foreign)
        services.projects.create(owner, world.removed)
        services.members.put(ROOT, world.removed, "maintainer", Role.MAINTAINER)
        services.projects.remove(ROOT, world.removed)
    return world


def account(services: Services, name: str, *, admin: bool = False) -> Actor:
    """An account that is there and may come in, whatever the route before has done to it."""
    found = services.users.list(ROOT, None, name).items
    user = next((each for each in found if each.name == name), None)
    if user is None:
        user = services.users.add(ROOT, name, password=None, admin=admin)
    elif user.disabled_at is not None or user.admin is not admin:
        user = services.users.change(ROOT, name, admin=admin, disabled=False)
    mine = Actor(name=user.name, admin=user.admin, user=user.id)
    for each in services.tokens.list(mine):
        if each.name == FRESH:
            services.tokens.revoke(mine, each.id)
    return mine


def expected(way: Way, identity: str) -> str:
    """What declaration and roles say: "in", "401", "403", "404" or "any" (for a project of his own role)."""
    permission = way.permission
    if way.access == "anybody":
        return "any"
    if identity == "anonymous":
        return "401"
    if identity == "reading token" and not may_read(way):
        return "403"
    if "/work/" in way.path:
        return "401"  # of the tasks of a job that runs, which none of these is
    if permission is None or identity == "administrator":
        return "in"
    return _expected_of_members(way, permission, identity)


def _expected_of_members(way: Way, permission: Permission, identity: str) -> str:
    if permission in OF_ADMINISTRATORS:
        return "403"
    if way.operation in ELSEWHERE:
        return "any"
    if identity == "outsider":
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


class Schemas:
    """Makes the least body and query that a description allows."""

    def __init__(self, app: FastAPI) -> None:
        self._all: dict[str, Any] = app.openapi().get("components", {}).get("schemas", {})

    def body(self, way: Way) -> dict[str, Any] | None:
        schema = self.schema_of_body(way)
        return None if schema is None else self.value(schema)

    def schema_of_body(self, way: Way) -> dict[str, Any] | None:
        content = way.described.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    def query(self, way: Way) -> dict[str, Any]:
        wanted = [each for each in way.described.get("parameters", ()) if each["in"] == "query"]
        return {each["name"]: self.value(each["schema"]) for each in wanted if each.get("required")}

    def value(self, schema: dict[str, Any]) -> Any:
        schema = self.resolved(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return schema["enum"][0]
        kind = schema.get("type")
        if kind == "object" or "properties" in schema:
            needed = schema.get("required", ())
            named = {name: self.value(schema["properties"][name]) for name in needed}
            others = schema.get("additionalProperties")
            if schema.get("minProperties") and isinstance(others, dict):
                named["a"] = self.value(others)
            return named
        if schema.get("examples"):
            return schema["examples"][0]
        if kind == "array":
            return [self.value(schema["items"])] * schema.get("minItems", 0)
        return self._plain(schema, kind)

    def _plain(self, schema: dict[str, Any], kind: str | None) -> Any:
        if kind in {"integer", "number"}:
            return schema.get("minimum", 1)
        if kind == "boolean":
            return False
        if schema.get("format") == "date-time":
            return "2030-01-01T00:00:00Z"
        if "64}" in schema.get("pattern", ""):
            return "0" * 64
        return "a" * max(1, schema.get("minLength", 1))

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while True:
            if "$ref" in schema:
                schema = self._all[schema["$ref"].rpartition("/")[2]]
            elif schema.get("anyOf") or schema.get("oneOf"):
                schema = (schema.get("anyOf") or schema["oneOf"])[0]
            elif len(schema.get("allOf", ())) == 1:
                schema = schema["allOf"][0]
            else:
                return schema

    def reachable(
        self, schema: dict[str, Any], seen: set[str] | None = None
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every named description below one."""
        seen = set() if seen is None else seen
        name = schema.get("$ref", "").rpartition("/")[2]
        if name in seen:
            return
        if name:
            seen.add(name)
            yield name, self._all[name]
            schema = self._all[name]
        for each in schema.values():
            for below in each if isinstance(each, list) else [each]:
                if isinstance(below, dict):
                    yield from self.reachable(below, seen)
        for each in schema.get("properties", {}).values():
            yield from self.reachable(each, seen)
