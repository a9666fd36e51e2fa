"""Whatever names something of others answers as if it were not there: the same words, after the same work.

Work is told by the statements that the database is sent, which is the same on every machine at any load.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.slice.server.accounts.fields import Field, Fields
from tests.slice.server.accounts.furniture import NAME, Furniture
from tests.slice.server.accounts.schemas import Schemas
from tests.slice.server.accounts.statements import counted
from tests.slice.server.accounts.ways import ENDLESS, Way, expected, ways
from tests.slice.server.accounts.world import BODIES, MAKERS, Maker, World, unknown

from starwhale.artifacts.uses import BlobUses
from starwhale.core.actor import Actor
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.uri import ArtifactUri
from starwhale.core.version import random_version
from starwhale.jobs.blueprint import Blueprint
from starwhale.server.services import Services

THINNED = "thinned"
#: Path parameters that name something by a number or id, and what names nothing.
IDS: dict[str, Callable[[], str]] = {
    "job": random_version,
    "run": random_version,
    "number": lambda: "987654321",
    "item": lambda: "package-987654321",
    "webhook": lambda: "987654321",
    "delivery": lambda: "987654321",
    "build": lambda: "987654321",
    "digest": lambda: "f" * 64,
}
# What is answered names what was asked for, and how long it took to find the next of its kind.
_ANY = re.compile(
    r"[0-9a-f]{12,64}|[a-z2-7]{12,40}|\d{4,}|package-\d+|foreign-\d+|missing-\d+|project-\d+|\d+"
)


@pytest.fixture(scope="module")
def world(app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world, and beside it one of others with the same in it."""
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        maker = Maker.of(app, client, tmp_path_factory.mktemp("things"))
        made = maker.make(1, whole=True)
        services = app.state.services
        assert made.theirs is not None
        with services.catalog.begin() as session:
            uses = BlobUses(session, services.catalog.dialect)
            uses.add(made.theirs.number, Kind.DATASET, [secret_blob(services)])
        yield made


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return itertools.count(2)


def secret_blob(services: Any) -> str:
    return services.blobs.put(b"what only others have")


def theirs_of(world: World, way: Way, name: str) -> str:
    """What a path parameter would be of the others."""
    others, mine = world.theirs, world.things
    assert others is not None
    if name == "digest":
        return secret_blob(world.services)
    if name == "build":
        boss = world.people.actors["administrator"]
        project = world.foreign
        return str(world.services.artifacts.open_build(boss, project=project, kind=Kind.DATASET, name="x").id)
    world.things = others
    try:
        return MAKERS[name](world, way, "outsider")
    finally:
        world.things = mine


def asks(
    app: FastAPI, world: World, way: Way, asked: Mapping[str, Any] | None = None, **changed: str
) -> tuple[Any, ...]:
    """What is answered, without the names in it, and how often the database was asked for it."""
    app.state.callers.forget()
    schemas = Schemas(app)
    with counted(app) as seen:
        answer = world.send(way, "owner", schemas, asked, None, None, **changed)
    told = answer.json() if answer.status_code >= 400 and answer.content else {}
    words = [_ANY.sub("…", str(told.get(name, ""))) for name in ("code", "title", "detail", "hint")]
    # What is made has a number and a time of its own, and what is found is told as it is.
    found = _ANY.sub("…", answer.text) if way.is_safe or way.operation in FINDING else ""
    return answer.status_code, *words, sorted(told), found if answer.is_success else "", len(seen)


def test_ids_of_others_in_a_path(app: FastAPI, world: World) -> None:
    wrong, tried = list[str](), 0
    for way in ways(app):
        if unknown(way) or way.operation in ENDLESS or "/work/" in way.path:
            continue
        for name in (each for each in way.parameters if each in IDS):
            if expected(way, "owner") == "403":
                continue
            tried += 1
            theirs = asks(app, world, way, None, **{name: theirs_of(world, way, name)})
            nothing = asks(app, world, way, None, **{name: IDS[name]()})
            if theirs != nothing:
                wrong.append(f"{way} {name}: {theirs} instead of {nothing}")
            elif theirs[0] != 404 and way.operation not in HARMLESS:
                wrong.append(f"{way} {name}: {theirs}")
    assert not wrong, "\n" + "\n".join(wrong)
    assert tried > 60


@dataclass(frozen=True, slots=True)
class Names:
    """What fields that name something are told.

    Attributes:
        mine: What whoever asks may see.
        theirs: What only others may see.
        nobodys: What is not there.
    """

    mine: Mapping[str, str]
    theirs: Mapping[str, str]
    nobodys: Mapping[str, str]


def names_in(app: FastAPI, world: World) -> Names:
    """Everything that a field may name; what is told of the others, they alone have."""
    services, others = world.services, world.theirs
    assert others is not None
    boss, version = world.people.actors["administrator"], random_version()
    publish = partial(services.artifacts.publish, boss, project=world.foreign, version=version)
    for kind, (_, manifest) in others.packages.items():
        for name in (NAME, world.foreign):
            publish(kind=kind, name=name, manifest=manifest)
    blueprint = Blueprint(model=NAME, handler="code:look", datasets=(NAME,))
    services.job_templates.save(boss, world.foreign, world.foreign, blueprint)
    with services.catalog.begin() as session:
        uses = BlobUses(session, services.catalog.dialect)
        uses.add(others.number, Kind.DATASET, [secret_blob(services)])

    def known(project: str, things: Furniture) -> dict[str, str]:
        owner = replace(world.people.actors["owner"], admin=True)
        found = {"project": project, "name": project, "job": things["job"], "run": things["run"]}
        for kind, (made, manifest) in things.packages.items():
            build = services.artifacts.open_build(owner, project=project, kind=kind, name=NAME)
            found |= {f"build_{kind}": str(build.id), f"manifest_{kind}": manifest, f"version_{kind}": made}
            found[f"thrown_{kind}"] = thinned(services, owner, project, kind, manifest)
        way = next(each for each in ways(app) if each.operation == "list_dataset_rows")
        told = world.send(way, "administrator", Schemas(app), project=project, version="v1").json()
        return {**found, "media": told["items"][0]["values"]["image"]["url"], "user": "owner"}

    mine = {**known(world.project, world.things), "name": NAME}
    mine["blob"] = mine["manifest_dataset"]
    theirs = {**known(world.foreign, others), "blob": secret_blob(services), "user": "outsider"}
    nobodys = dict.fromkeys(mine, world.missing)
    nobodys |= {"job": random_version(), "run": random_version(), "blob": "f" * 64}
    nobodys |= {"media": theirs["media"][:-3] + "AAA"}
    for kind in others.packages:
        theirs |= {f"version_{kind}": version, f"manifest_{kind}": theirs["blob"]}
        nobodys |= {f"version_{kind}": random_version(), f"manifest_{kind}": "f" * 64}
        nobodys |= {f"build_{kind}": "987654321", f"thrown_{kind}": random_version()}
    return Names(mine, theirs, nobodys)


def thinned(services: Services, owner: Actor, project: str, kind: Kind, manifest: str) -> str:
    """A version in the trash, of a package that has another one."""
    for version in (found := [random_version() for _ in range(2)]):
        services.artifacts.publish(
            owner, project=project, kind=kind, name=THINNED, version=version, manifest=manifest
        )
    uri = ArtifactUri(instance=LOCAL, project=project, kind=kind, name=THINNED, version=found[0])
    services.artifacts.remove(owner, uri)
    return found[0]


def test_every_field_that_may_name_something_is_known(app: FastAPI) -> None:
    """Whoever adds a field says here what it names, or why it names nothing."""
    found = {(way.operation, field.name) for way, field in all_fields(app)}
    named = {(operation, name) for operation, told in NAMED.items() for name in told}
    plain, alone = set[str]().union(*PLAIN.values()), set[tuple[str, str]]().union(*ALONE.values())
    unsaid = {each for each in found - named - alone if _kind_of(each[1]) not in plain}
    assert not unsaid, (
        f"tell in NAMED of {__file__} what these name, or in PLAIN or ALONE why nothing: {unsaid}"
    )
    gone = (named | alone) - found, plain - {_kind_of(name) for _, name in found - named - alone}
    assert gone == (set(), set()), f"nothing is called so any more: {gone}"


def _kind_of(name: str) -> str:
    """What a field is called where it stands alone: a template is of what a job is made of."""
    return "content" if name.startswith("content.") else name.removeprefix("of.")


def all_fields(app: FastAPI) -> Iterator[tuple[Way, Field]]:
    """Fields of queries and bodies of all that anybody but an administrator may ask."""
    fields = Fields(app)
    for way in ways(app):
        if way.described and expected(way, "owner") != "403":
            yield from ((way, each) for each in fields.of(way) if each.place != "path")


def test_ids_of_others_in_a_body_or_a_query(app: FastAPI, maker: Maker, numbers: Iterator[int]) -> None:
    """They answer as what is not there, and what is one's own does not: so it is looked up at all."""
    wrong, place = list[str](), Place(app, maker, numbers)
    # Those that write come last, since they make and remove what others are about.
    for way, field in sorted(all_fields(app), key=lambda each: not each[0].is_safe):
        value = NAMED.get(way.operation, {}).get(field.name)
        if value is None:
            continue
        theirs, nothing, mine = place.told(way, field, value)
        if theirs != nothing or mine[0] >= 300:
            place.renew()  # perhaps those before have used up what it is about, or nothing was remembered yet
            theirs, nothing, mine = place.told(way, field, value)
        if theirs != nothing:
            wrong.append(f"{way} {field.name}: {theirs} instead of {nothing}")
        elif theirs[0] != 404 and (way.operation, field.name) not in ANSWERED:
            wrong.append(f"{way} {field.name}: {theirs} of what is not there")
        if mine[0] >= 300 if (way.operation, field.name) in MADE else mine == theirs:
            wrong.append(f"{way} {field.name}: {mine} of what is one's own")
    assert not wrong, "\n" + "\n".join(wrong)


class Place:
    """A world in which fields are told names, and another one when it is used up."""

    def __init__(self, app: FastAPI, maker: Maker, numbers: Iterator[int]) -> None:
        self._app, self._maker, self._numbers = app, maker, numbers
        self._fields = Fields(app)
        self.renew()

    def renew(self) -> None:
        self._maker.people.renew()
        self._world = self._maker.make(next(self._numbers), whole=True)
        self._names = names_in(self._app, self._world)

    def told(self, way: Way, field: Field, value: Any) -> tuple[tuple[Any, ...], ...]:
        """What is answered where a field names what is of others, nothing, and one's own."""
        names = self._names
        return tuple(
            self._told(way, field, filled(value, each)) for each in (names.theirs, names.nobodys, names.mine)
        )

    def _told(self, way: Way, field: Field, value: Any) -> tuple[Any, ...]:
        asked = self._fields.filled(way, field, value)
        if field.name.startswith("of."):  # a template is of a job, or of this
            asked |= {"job": "", "name": f"new-{self._world.fresh()}"}
            asked["of"] = {**BODIES["create_job"](self._world), **_without_defaults(asked["of"], field)}
        if way.operation.startswith("recover_") and field.name == "version":
            asked["name"] = THINNED  # of one that lies in the trash as a whole no version is looked up
        return asks(self._app, self._world, way, asked)


def _without_defaults(made: dict[str, Any], field: Field) -> dict[str, Any]:
    name = field.steps[2] if isinstance(field.steps[1], tuple) else field.steps[1]
    return {str(name): made[str(name)]}


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """A value with the names of somebody, or of nobody, put in."""
    if isinstance(value, list):
        return [filled(each, names) for each in value]
    if isinstance(value, dict):
        return {filled(name, names): filled(each, names) for name, each in value.items()}
    return value.format(**names)


#: Doing away with what is not there is no error.
HARMLESS = {"close", "close_writer", "close_run_writer", "put_blob"}
_TABLE = "evaluation/{job}/results"
_KINDS = ("dataset", "model", "runtime")
_FILES = ("model", "runtime")
_ADDRESS = "local/project/{project}/dataset/digits/version/latest"
_DATASETS = {"datasets[]": _ADDRESS, "validation_datasets[]": _ADDRESS}
_JOB = {
    "model": "local/project/{project}/model/digits/version/latest",
    "runtime": "local/project/{project}/runtime/digits/version/latest",
    "log_project": "{project}",
    **_DATASETS,
}


def _other(kind: str) -> dict[str, str]:
    return {"with_project": "{project}", "with_name": "{name}", "with": f"{{version_{kind}}}"}


def _one(kind: str) -> dict[str, str]:
    return {"name": "{name}", "version": f"{{version_{kind}}}"}


#: Fields that name something, by operation, and what is sent there.
NAMED: dict[str, dict[str, Any]] = {
    "create_token": {"project": "{project}"},
    "create_job": _JOB,
    "open_writer": {"job": "{job}"},
    "save_template": {"job": "{job}", **{f"of.{name}": value for name, value in _JOB.items()}},
    "run_job_again": _DATASETS,
    "run_template": _DATASETS,
    "add_schedule": {"template": "{name}"},
    "join_consumption": {"dataset": "{name}", "version": "{version_dataset}"},
    "start_run": {"id": "{run}"},
    "renew_media": {"urls[]": "{media}"},
    "missing": {"blobs[].digest": "{blob}"},
    **{f"share_{kind}": {"project": "{project}"} for kind in _KINDS},
    **{f"open_{kind}_build": {"manifests[]": f"{{manifest_{kind}}}"} for kind in _KINDS},
    **{
        f"publish_{kind}": {"manifest": f"{{manifest_{kind}}}", "build": f"{{build_{kind}}}"}
        for kind in _KINDS
    },
    **{f"diff_{kind}": _other(kind) for kind in _KINDS},
    **{f"diff_{kind}_file": _other(kind) for kind in _FILES},
    "diff_locks": _other("runtime"),
    **{f"{act}_{kind}": _one(kind) for act in ("resolve", "remove") for kind in _KINDS},
    **{f"recover_{kind}": {"name": "{name}", "version": f"{{thrown_{kind}}}"} for kind in _KINDS},
    **{f"untag_{kind}": {"version": f"{{version_{kind}}}"} for kind in _KINDS},
    **{f"list_{kind}s": {**_one(kind), "owner": "{user}"} for kind in _KINDS},
    **{f"list_{kind}_packages": {"owner": "{user}"} for kind in _KINDS},
    "list_jobs": {"model": "{name}", "owner": "{user}"},
    "list_project_events": {"actor": "{user}"},
    "export_project_events": {"actor": "{user}"},
    **{name: {"path": _TABLE} for name in ("get_table", "get_row", "export_table")},
    "get_media": {"path[]": _TABLE},
    **{name: {"table": _TABLE} for name in ("scan_table", "change_rows")},
    **{f"{act}_tables": {"tables[]": _TABLE} for act in ("query", "aggregate", "compare")},
    **{name: {"tables[]": _TABLE} for name in ("count_rows", "measure_intervals")},
    "merge_tables": {"tables[].table": _TABLE},
    "list_tables": {"beginning": _TABLE},
}

#: Fields that name nothing that others could have, by why not.
PLAIN: dict[str, set[str]] = {
    "words that are kept as they are, or that rows and names are searched for": {
        *("description", "readme", "message", "comment", "meta", "email", "search", "text"),
        *("tags[]", "tag[]", "tag", "events[]", "url", "place", "machine"),
    },
    "how much is wanted, from where on, and of when, of what is asked for by another field": {
        *("size", "cursor", "offset", "limit", "start", "end", "skip", "examples", "after"),
        *("since", "until", "revision", "resamples", "bins.count", "blobs[].size", "at[]"),
    },
    "columns and rows of a table or a dataset, which another field names": {
        *("column", "column[]", "columns[]", "by[]", "bins.column", "measures.*.column", "order[].column"),
        *("where", "id", "key", "keys[]", "find", "largest", "metrics[]", "tables[].prefix"),
        *("rows[].id", "rows[].values"),
    },
    "a file of a version, which the path names": {"path"},
    "a version before that which is sent; it is noted, and not looked up": {"parent", "expected_head"},
    "what blobs hold that are sent": {"blobs"},
    "what a new thing shall be": {
        *("arguments[]", "steps.*.replicas", "steps.*.resources", "priority", "deadline", "dataset_head"),
        *("auto_release_time", "handler", "expires_at", "scopes[]", "cron", "zone"),
    },
    "how files are read that are sent with it": {
        *("annotations[]", "coco_images", "delimiter", "encoding", "field_selector", "llm_format"),
        "quotechar",
    },
    "secrets: whoever knows one may": {
        *("secret", "challenge", "verifier", "password", "old", "new", "code", "state", "iss", "error"),
    },
    "who reads rows of a session, and which lease of it he has; the path names the session": {
        *("batch", "host", "pid", "started", "done", "token", "by", "session"),
    },
    "a part of a job or a run, which the path names": {"step", "task", "process"},
    "what a document shows is looked up below its project when it is read": {"content"},
    "pools are of the whole instance": {"pool"},
}
_DOCUMENTS = ("view", "panel", "report")
#: The same of a ``name`` or ``version``, which are of something else everywhere.
ALONE: dict[str, set[tuple[str, str]]] = {
    "what a new thing is to be called, or an old one from now on": {
        *(
            (f"{act}_{document}", "name")
            for act, document in product(("create", "change", "duplicate"), _DOCUMENTS)
        ),
        *((f"share_{kind}", "name") for kind in _KINDS),
        *((f"publish_{kind}", "version") for kind in _KINDS),
        *((name, "name") for name in ("add_schedule", "create_project", "create_token", "save_template")),
        *((name, "name") for name in ("sign_up", "start_run")),
    },
    "what a list of one project is searched for": {
        *((name, "name") for name in ("list_runs", "list_project_events", "export_project_events")),
    },
    "of whoever logs in": {("login", "name")},
}
#: What finds what fits, or says of each thing whether it is there.
FOUND = {
    *((f"list_{kind}s", name) for kind in _KINDS for name in ("name", "version", "owner")),
    *((f"list_{kind}_packages", "owner") for kind in _KINDS),
    *(("list_jobs", name) for name in ("model", "owner")),
    *((f"{act}_project_events", "actor") for act in ("list", "export")),
    *(("list_tables", "beginning"), ("renew_media", "urls[]"), ("missing", "blobs[].digest")),
}
#: What is made by that name in one's own project, whoever has something of the same name elsewhere.
MADE = {
    *(("open_writer", "job"), ("change_rows", "table"), ("start_run", "id")),
    # What is not there is told when a job is made of the template, to whoever makes it.
    *(("save_template", f"of.{name}") for name in (*_DATASETS, "log_project")),
}
FINDING = {operation for operation, _ in FOUND}
ANSWERED = FOUND | MADE
