"""What the authorization matrix is made of: a world for each route, and requests that fit it.

In a world there is one of everything (see `furniture`), so that whoever is let in succeeds, and nobody else
is told more than 401, 403 or 404, as the route declares.

**Whoever adds a route** need do nothing as long as the names of its path parameters stand in `MAKERS`, and a
body that its schema describes is good enough. Otherwise:

- a new name of a path parameter: one line in `MAKERS`; what it means must be there, so mostly also some
  lines in `furniture`;
- a body or query that must be more than its schema says: one line in `BODIES` or `QUERIES`, by the name of
  the operation;
- whom it lets in must be told where that does not follow from what it declares: see `ways`.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import re
import secrets
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import delete, select, update
from starlette.testclient import TestClient
from tests.slice.server.accounts.furniture import (
    GONE,
    NAME,
    OLD,
    Furniture,
    clone,
    furnish,
    secret_of,
    take_job,
)
from tests.slice.server.accounts.schemas import Schemas
from tests.slice.server.accounts.ways import Way
from tests.stores import Stores

from starwhale.accounts.passwords import hash_password
from starwhale.accounts.secrets import SHOWN, digest_of, mint_token
from starwhale.catalog.tables.accounts import AttemptRow, TokenRow, UserRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.actor import Actor
from starwhale.core.errors import NotFound
from starwhale.core.kinds import Kind
from starwhale.core.permissions import Role
from starwhale.core.uri import JobUri
from starwhale.jobs.leases import Holder
from starwhale.jobs.pools import PoolWish
from starwhale.jobs.wire import lease_to_json
from starwhale.kit.times import utc_now
from starwhale.server.app import create_app
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings
from starwhale.storage.tables.frames import encode_frame

FRESH = "fresh"
FILE = "data.txt"
_MEMBERS = ("guest", "maintainer", "owner", "outsider", "visitor")
PASSWORD = "a whole sentence of words"
STORED = hash_password(PASSWORD)
TEMPLATE = "pattern-of-worlds"
ROOT = Actor(name="root", admin=True)

#: Value of a path parameter in a world.
MAKERS: dict[str, Callable[[World, Way, str], str]] = {
    "project": lambda world, way, who: world.trashed(who) if way.operation in _TRASHED else world.project,
    "name": lambda _world, way, _who: _named(way),
    "version": lambda _world, way, _who: "v0" if "revert" in way.operation else "latest",
    "build": lambda world, _way, _who: str(world.build),
    "digest": lambda world, way, _who: (
        EMPTY if way.operation == "put_blob" else world.things.packages[Kind.DATASET][1]
    ),
    "user": lambda _world, _way, _who: "visitor",
    "number": lambda world, way, who: world.numbered(way, who),
    "item": lambda world, _way, _who: f"package-{world.things['item']}",
    "webhook": lambda world, _way, _who: world.things["webhook"],
    "delivery": lambda world, _way, _who: world.things["delivery"],
    "task": lambda _world, _way, _who: "0.0",
    "block": lambda _world, way, _who: "1" if way.operation == "read_shared_answer" else "0",
    "ask": lambda _world, _way, _who: "0",
    "job": lambda world, way, _who: world.things[_JOBS.get(way.operation, "job")],
    "run": lambda world, way, _who: world.things["thrown_run" if way.operation == "recover_run" else "run"],
    "secret": lambda world, _way, _who: secret_of(world.things.number),
    "session": lambda _world, _way, _who: "0" * 16,
    "code": lambda world, _way, _who: world.pending(),
    "login": lambda _world, _way, _who: "nobody-waits-here",
    "word": lambda _world, _way, _who: "1.x.y",
    "port": lambda _world, _way, _who: "8080",
    "address": lambda _world, _way, _who: "0" * 32,
    "path": lambda _world, _way, _who: "index.html",
    "terminal": lambda _world, _way, _who: "0" * 32,
}
OCTETS = "application/octet-stream"
_TRASHED = {"recover_project", "purge_project"}
EMPTY = hashlib.sha256(b"").hexdigest()
_JOBS = {
    "recover_job": "thrown",
    "resume_job": "ended",
    "remove_job": "ended",
    "run_job_again": "ended",
    **dict.fromkeys(("lease_work", "lease_units", "settle_work"), "job"),
}
# What ``{number}`` means, by the word before it in the path.
_NUMBERED = {
    "views": "view",
    "panels": "panel",
    "reports": "report",
    "writers": "writer",
    "invitations": "invitation",
    "consumptions": "consumption",
}

#: Bodies by the name of the operation, laid over what the schema gives.
BODIES: dict[str, Callable[[World], dict[str, Any]]] = {
    "change_rows": lambda world: {"table": world.table, "rows": [{"id": 1, "values": {"a": 1}}]},
    "open_writer": lambda world: {"job": world.things["job"]},
    "start_run": lambda _world: {"name": "another"},
    "mark_job": lambda _world: {"comment": "looked at"},
    "save_template": lambda world: {"name": "weekly", "job": world.things["job"]},
    "add_schedule": lambda _world: {"template": NAME},
    "create_project": lambda world: {"name": f"new-{world.fresh()}"},
    "create_user": lambda world: {"name": f"new-{world.fresh()}"},
    "create_pool": lambda world: {"name": f"new-{world.fresh()}"},
    "create_job": lambda _world: {
        "model": f"{NAME}/version/latest",
        "handler": "code:look",
        "datasets": [NAME],
    },
    "change_password": lambda _world: {"old": PASSWORD, "new": PASSWORD + "s"},
    "accept_invitation": lambda world: {"secret": world.invitation()},
    "claim_rows": lambda _world: {"batch": 1, "pid": 1, "host": "here", "started": "now"},
    "aggregate_tables": lambda world: {"tables": [world.table]},
    "compare_tables": lambda world: {"tables": [world.table, world.table]},
    "measure_intervals": lambda world: {"tables": [world.table, world.table]},
    "merge_tables": lambda world: {"tables": [{"table": world.table}]},
    "query_tables": lambda world: {"tables": [world.table]},
    "count_rows": lambda world: {"tables": [world.table]},
    "scan_table": lambda world: {"table": world.table},
    "lease_work": lambda world: world.attempt,
    "lease_units": lambda world: {"holders": [world.attempt]},
    "settle_work": lambda world: {"leases": [world.held()]},
    "prolong_lease": lambda world: world.held(),
    "give_lease_back": lambda world: world.held(),
    "create_report": lambda _world: {"name": "another", "content": {"blocks": []}},
}
for _kind in Kind:
    BODIES[f"share_{_kind}"] = lambda world: {"project": world.project, "name": "shared"}
    BODIES[f"publish_{_kind}"] = lambda world, kind=_kind: world.offer(kind)

#: Queries by the name of the operation, laid over what the schema gives.
QUERIES: dict[str, Callable[[World], dict[str, Any]]] = {
    "get_table": lambda world: {"path": world.table},
    "get_row": lambda world: {"path": world.table, "id": "1"},
    "get_media": lambda world: {"path": world.table, "id": "1", "column": "image"},
    "export_table": lambda world: {"path": world.table},
    "get_dataset_row": lambda _world: {"key": "0"},
    "read_results": lambda _world: {"table": "results"},
    "find_manifest": lambda world: {"dataset": world.dataset},
    "diff_locks": lambda _world: {"with": "v0"},
}
for _kind in Kind:
    if _kind is Kind.JOB:
        continue
    QUERIES[f"resolve_{_kind}"] = QUERIES[f"remove_{_kind}"] = lambda _world: {"name": NAME}
    QUERIES[f"recover_{_kind}"] = lambda _world: {"name": GONE}
    QUERIES[f"untag_{_kind}"] = lambda _world: {"tag": [OLD]}
    QUERIES[f"diff_{_kind}"] = lambda _world: {"with": "v0"}
    QUERIES[f"diff_{_kind}_file"] = lambda _world: {"with": "v0", "path": FILE}
    QUERIES[f"show_{_kind}_file"] = QUERIES[f"download_{_kind}_file"] = lambda _world: {"path": FILE}

_FRESH = itertools.count(1)
ELSEWHERE_NAME = "elsewhere"

#: Bodies that are no JSON: what they are, and as what they are sent.
RAW: dict[str, Callable[[World], tuple[bytes, str]]] = {
    "append_batch": lambda _world: (encode_frame(1, [["results", [["1", {"a": 2}]]]]), OCTETS),
    "append_run_batch": lambda _world: (encode_frame(1, [["facts", [["git", {"facts": {}}]]]]), OCTETS),
    "report_results": lambda world: (world.report(), OCTETS),
    "put_blob": lambda _world: (b"", OCTETS),
    "build_dataset": lambda _world: (packed("a.csv", b"a\n1\n"), OCTETS),
}


@dataclass(slots=True, kw_only=True)
class World:
    """Projects, all of them new, for the requests of one route."""

    services: Services
    client: TestClient
    number: int
    people: People
    things: Furniture
    build: int = 0
    theirs: Furniture | None = None
    taken: dict[str, Any] = field(default_factory=dict[str, Any])
    pass_token: str = ""

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

    @property
    def table(self) -> str:
        return f"evaluation/{self.things['job']}/results"

    def fresh(self) -> int:
        """A number that nothing is called by yet."""
        return next(_FRESH)

    def numbered(self, way: Way, who: str) -> str:
        """What ``{number}`` means in the path of a route."""
        word = way.path.partition("/{number}")[0].rpartition("/")[2]
        if word == "tokens":
            actor = self.people.actors.get(who, self.people.actors["owner"])
            return str(self.services.tokens.create(actor, FRESH)[0].id)
        if way.path.startswith("/api/v1/invitations"):
            return str(self.services.invitations.create(ROOT)[0].id)
        if way.path.startswith("/api/v1/projects/{project}/runs/"):
            return self.things["run_writer"]
        return self.things[_NUMBERED[word]]

    def trashed(self, who: str) -> str:
        """The project, in the trash for those who may take it out; one that is in use cannot be taken out."""
        if who in {"owner", "administrator"} and _is_there(self.services, self.project):
            self.services.projects.remove(ROOT, self.project)
        return self.project

    def offer(self, kind: Kind) -> dict[str, Any]:
        """A version that is there under another name."""
        version, manifest = self.things.packages[kind]
        return {"version": version, "manifest": manifest}

    def invitation(self) -> str:
        """The secret of a link into a project that nobody here is a member of."""
        name = f"new-{self.fresh()}"
        visitor = replace(self.people.actors["visitor"], admin=True)
        self.services.projects.create(visitor, name)
        return self.services.invitations.create(visitor, project=name)[1]

    def pending(self) -> str:
        """The code of a program that waits to be let in."""
        asking = Actor(name="", address=f"machine-{self.fresh()}")
        return self.services.pending_logins.ask(asking, secrets.token_urlsafe(32), "x").code

    @property
    def attempt(self) -> dict[str, Any]:
        """An attempt at the task of the job of this world, which this process has taken."""
        if not self.taken:
            self.taken = take_job(self.services, self.things["job"])
        return self.taken

    @property
    def dataset(self) -> str:
        """The address of the dataset that the job reads."""
        return f"local/project/{self.project}/dataset/{NAME}/version/{self.things.packages[Kind.DATASET][0]}"

    def held(self) -> dict[str, Any]:
        """A lease of that attempt, which it is given again as long as it holds it."""
        uri = JobUri(instance="local", project=self.project, job=self.things["job"])
        owner = replace(self.people.actors["owner"], admin=True)
        job = self.services.work.passes.read(self.token("job token"))
        assert self.services.jobs.info(owner, uri).id == job.job
        lease = self.services.work.lease(job, Holder(**self.attempt))
        assert lease is not None
        return lease_to_json(lease)

    def report(self) -> bytes:
        """Results of that attempt."""
        told = {"sender": secrets.token_hex(16), "sequence": 1, "epoch": self.attempt["epoch"]}
        return json.dumps({**told, "tables": {"results": [["2", {"a": 3}]]}}).encode()

    def token(self, identity: str) -> str:
        """What somebody shows."""
        if identity == "job token":
            self.pass_token = self.pass_token or _pass_of(self)
            return self.pass_token
        return self.people.tokens[identity]

    def send(
        self,
        way: Way,
        identity: str,
        schemas: Schemas,
        asked: Mapping[str, Any] | None = None,
        shown: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        **changed: str,
    ) -> Any:
        """Send the request of a route as somebody.

        Args:
            way: The route.
            identity: One of `IDENTITIES`.
            schemas: Descriptions of bodies.
            asked: Fields of the body or the query that differ.
            shown: Further headers.
            query: Further fields of the query.
            changed: Path parameters that differ.
        """
        headers = {} if identity == "anonymous" else {"Authorization": f"Bearer {self.token(identity)}"}
        headers.update(shown or {})
        values = {name: changed.get(name) or MAKERS[name](self, way, identity) for name in way.parameters}
        path = re.sub(r"{(\w+)(?::\w+)?}", lambda match: values[match[1]], way.path)
        known = schemas.names_of_query(way)
        wanted = {**schemas.query(way), **_made(QUERIES, way, self)}
        wanted.update({name: value for name, value in (asked or {}).items() if name in known})
        sent = {**wanted, **(query or {})}
        if way.operation in RAW:
            content, kind = RAW[way.operation](self)
            headers["Content-Type"] = kind
            return self.client.request(way.method, path, params=sent, content=content, headers=headers)
        body = schemas.body(way)
        if body is not None or way.operation in BODIES:
            body = {**(body or {}), **_made(BODIES, way, self)}
            body.update({name: value for name, value in (asked or {}).items() if name not in known})
        return self.client.request(way.method, path, params=sent, json=body, headers=headers)


def packed(name: str, data: bytes) -> bytes:
    """A tar archive of one file."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return whole.getvalue()


def _made(makers: dict[str, Callable[[World], dict[str, Any]]], way: Way, world: World) -> dict[str, Any]:
    return makers[way.operation](world) if way.operation in makers else {}


def _named(way: Way) -> str:
    if "/users/" in way.path:
        return "guest"
    return "published" if way.operation.startswith("publish_") else NAME


def _pass_of(world: World) -> str:
    services, owner = world.services, world.people.actors["owner"]
    uri = JobUri(instance="local", project=world.project, job=world.things["job"])
    return services.work.passes.issue(services.jobs.info(replace(owner, admin=True), uri))


def unknown(way: Way) -> list[str]:
    """Names of path parameters that nobody has told how to make."""
    return [name for name in way.parameters if name not in MAKERS]


def make_app(stores: Stores, folder: Path) -> FastAPI:
    """An application over an empty store, without limits on how often it is asked."""
    store = stores.make(folder / "server")
    return create_app(ServerSettings(store=store, anonymous_rate=0, user_rate=0), background=False)


@dataclass(slots=True)
class People:
    """Those who ask, and their tokens; made again after a route that may have changed them."""

    services: Services
    actors: dict[str, Actor] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def renew(self) -> None:
        """Have everybody be there, be let in, and have a token that counts."""
        self.actors = {name: account(self.services, name) for name in _MEMBERS}
        self.actors["administrator"] = account(self.services, "administrator", admin=True)
        owner = self.actors["owner"]
        if not _is_there(self.services, ELSEWHERE_NAME):
            self.services.projects.create(owner, ELSEWHERE_NAME)
        now = utc_now()
        with self.services.catalog.begin() as session:
            session.execute(update(UserRow).values(password=STORED))
            session.execute(delete(AttemptRow))
            session.execute(delete(TokenRow).where(TokenRow.name == FRESH))
            elsewhere = session.scalar(select(ProjectRow.id).where(ProjectRow.name == ELSEWHERE_NAME))
            wanted: dict[str, tuple[Actor, list[str] | None, int | None]] = {
                **{name: (actor, None, None) for name, actor in self.actors.items()},
                "reading token": (owner, ["*:read"], None),
                "elsewhere token": (owner, None, elsewhere),
            }
            for name, (actor, scopes, project) in wanted.items():
                token = self.tokens[name] = mint_token()
                session.add(
                    TokenRow(
                        user_id=actor.user,
                        name=FRESH,
                        digest=digest_of(token),
                        shown=token[:SHOWN],
                        scopes=scopes,
                        project_id=project,
                        created_at=now,
                        expires_at=None,
                        # That it was used is noted once a minute, by whatever request comes first.
                        used_at=now,
                    )
                )


def _is_there(services: Services, project: str) -> bool:
    try:
        services.projects.get(ROOT, project)
    except NotFound:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes worlds, each with a member of each role and one of everything."""

    people: People
    client: TestClient
    template: Furniture

    @classmethod
    def of(cls, app: FastAPI, client: TestClient, place: Path) -> Maker:
        """One for an application; the things of its worlds are made here."""
        people = People(app.state.services)
        people.renew()
        known = getattr(app.state, "furniture", None)
        if known is None:
            known = app.state.furniture = furnish(app.state.services, people.actors["owner"], TEMPLATE, place)
            for role in Role:
                app.state.services.members.put(ROOT, TEMPLATE, role.value.lower(), role)
            app.state.services.members.put(ROOT, TEMPLATE, "visitor", Role.GUEST)
        return cls(people, client, known)

    def make(self, number: int, *, whole: bool = False) -> World:
        """A world; a whole one has projects of others and removed ones, too."""
        people, services, owner = self.people, self.people.services, self.people.actors["owner"]
        project = f"project-{number}"
        things = clone(services, self.template, TEMPLATE, project, members=True)
        world = World(services=services, client=self.client, number=number, people=people, things=things)
        who = Actor(name="owner", user=owner.user, admin=True)
        world.build = services.artifacts.open_build(
            who, project=project, kind=Kind.DATASET, name=NAME, manifests=[]
        ).id
        if NAME not in [each.name for each in services.pools.list(ROOT)]:
            services.pools.create(ROOT, NAME, PoolWish())
        if whole:
            world.theirs = clone(services, self.template, TEMPLATE, world.foreign)
            services.members.put(ROOT, world.foreign, "outsider", Role.OWNER)
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
    return Actor(name=user.name, admin=user.admin, user=user.id)
