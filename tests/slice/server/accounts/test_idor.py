"""Whatever names something of others answers as if it were not there: the same words, after the same work.

Work is told by the statements that the database is sent, which is the same on every machine at any load.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.slice.server.accounts.schemas import Schemas
from tests.slice.server.accounts.statements import counted
from tests.slice.server.accounts.ways import ENDLESS, Way, expected, ways
from tests.slice.server.accounts.world import MAKERS, Maker, World, unknown

from starwhale.artifacts.uses import BlobUses
from starwhale.core.kinds import Kind
from starwhale.core.version import random_version

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
    app: FastAPI, world: World, way: Way, asked: dict[str, Any] | None = None, **changed: str
) -> tuple[Any, ...]:
    """What is answered, without the names in it, and how often the database was asked for it."""
    app.state.callers.forget()
    schemas = Schemas(app)
    with counted(app) as seen:
        answer = world.send(way, "owner", schemas, asked, None, None, **changed)
    told = answer.json() if answer.content else {}
    words = [_ANY.sub("…", str(told.get(name, ""))) for name in ("code", "title", "detail", "hint")]
    return answer.status_code, *words, sorted(told), len(seen)


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


def test_ids_of_others_in_a_body_or_a_query(app: FastAPI, world: World) -> None:
    wrong = list[str]()
    by_name = {way.operation: way for way in ways(app)}
    assert world.theirs is not None
    there = {"job": world.theirs["job"], "project": world.foreign, "blob": secret_blob(world.services)}
    nowhere = {"job": random_version(), "project": world.missing, "blob": "f" * 64}
    for operation, fields in NAMED.items():
        way = by_name[operation]
        for field, value in fields.items():
            theirs = asks(app, world, way, {field: filled(value, there)})
            nothing = asks(app, world, way, {field: filled(value, nowhere)})
            if theirs != nothing:
                wrong.append(f"{way} {field}: {theirs} instead of {nothing}")
            elif theirs[0] != 404 and (operation, field) not in MADE:
                wrong.append(f"{way} {field}: {theirs}")
    assert not wrong, "\n" + "\n".join(wrong)


def filled(value: Any, names: dict[str, str]) -> Any:
    """A value with the names of the others, or of nobody, put in."""
    return [filled(each, names) for each in value] if isinstance(value, list) else value.format(**names)


#: Doing away with what is not there is no error.
HARMLESS = {"close", "close_writer", "close_run_writer", "put_blob"}
_TABLE = "evaluation/{job}/results"
_KINDS = ("dataset", "model", "runtime")

#: Fields that name something, by operation, and what is sent there.
NAMED: dict[str, dict[str, Any]] = {
    "save_template": {"job": "{job}"},
    "open_writer": {"job": "{job}"},
    "create_token": {"project": "{project}"},
    "create_job": {
        "model": "local/project/{project}/model/digits/version/latest",
        "datasets": ["local/project/{project}/dataset/digits/version/latest"],
        "runtime": "local/project/{project}/runtime/digits/version/latest",
        "log_project": "{project}",
    },
    **{f"share_{kind}": {"project": "{project}"} for kind in _KINDS},
    **{f"open_{kind}_build": {"manifests": ["{blob}"]} for kind in _KINDS},
    **{f"publish_{kind}": {"manifest": "{blob}"} for kind in _KINDS},
    **{name: {"path": _TABLE} for name in ("get_table", "get_row", "export_table", "get_media")},
    **{name: {"tables": [_TABLE]} for name in ("query_tables", "count_rows", "aggregate_tables")},
    "scan_table": {"table": _TABLE},
}
#: What is made by that name, whoever has something of the same name elsewhere.
MADE = {("open_writer", "job")}
