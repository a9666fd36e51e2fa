"""Whatever names something of others answers as if it were not there: the same words, after the same work.

Work is told by the statements that the database is sent, which is the same on every machine at any load.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import event
from starlette.testclient import TestClient
from tests.slice.server.accounts.furniture import Furniture
from tests.slice.server.accounts.world import (
    ENDLESS,
    MAKERS,
    RAW,
    Maker,
    Schemas,
    Way,
    World,
    make_app,
    unknown,
    ways,
)

from starwhale.artifacts.uses import BlobUses
from starwhale.core.kinds import Kind
from starwhale.core.version import random_version

#: Path parameters that name something by a number or id, and what names nothing.
IDS: dict[str, Callable[[], str]] = {
    "job": random_version,
    "number": lambda: "987654321",
    "item": lambda: "package-987654321",
    "webhook": lambda: "987654321",
    "delivery": lambda: "987654321",
    "build": lambda: "987654321",
    "digest": lambda: "f" * 64,
}
# What is answered names what was asked for, and how long it took to find the next of its kind.
_ANY = re.compile(r"[a-z2-7]{12,40}|[0-9a-f]{64}|\d{4,}|package-\d+|foreign-\d+|missing-\d+|project-\d+|\d+")


@pytest.fixture(scope="module")
def app(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    made = make_app(sqlite_template, tmp_path_factory.mktemp("idor"))
    yield made
    made.state.services.close()


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


@contextmanager
def counted(app: FastAPI) -> Generator[list[str]]:
    """The statements that the database is sent meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = app.state.services.catalog.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def theirs_of(world: World, way: Way, name: str) -> str:
    """What a path parameter would be of the others."""
    others = world.theirs
    assert others is not None
    if name == "digest":
        return secret_blob(world.services)
    if name == "build":
        return str(
            world.services.artifacts.open_build(
                world.people.actors["administrator"], project=world.foreign, kind=Kind.DATASET, name="x"
            ).id
        )
    mine = world.things
    world.things = others
    try:
        return MAKERS[name](world, way, "outsider")
    finally:
        world.things = mine


def asks(app: FastAPI, world: World, schemas: Schemas, send: Callable[[], Any]) -> tuple[Any, ...]:
    """What is answered, without the names in it, and how much the database was asked for it."""
    app.state.callers.forget()
    with counted(app) as seen:
        answer = send()
    told = answer.json() if answer.content else {}
    words = [_ANY.sub("…", str(told.get(name, ""))) for name in ("code", "title", "detail", "hint")]
    return answer.status_code, *words, sorted(told), len(seen)


def test_ids_of_others_in_a_path(app: FastAPI, world: World) -> None:
    schemas, wrong, tried = Schemas(app), list[str](), 0
    for way in ways(app):
        wanted = [name for name in way.parameters if name in IDS]
        if unknown(way) or not wanted or way.operation in ENDLESS or "/work/" in way.path:
            continue
        for name in wanted:
            tried += 1
            theirs, nothing = (
                asks(
                    app,
                    world,
                    schemas,
                    lambda value=value: world.send(way, "owner", schemas, **{name: value}),
                )
                for value in (theirs_of(world, way, name), IDS[name]())
            )
            if theirs != nothing:
                wrong.append(f"{way} {name}: {theirs} instead of {nothing}")
            elif theirs[0] != 404 and way.operation not in HARMLESS:
                wrong.append(f"{way} {name}: {theirs[0]}")
    assert not wrong, "\n" + "\n".join(wrong)
    assert tried > 60


#: Doing away with what is not there is no error.
HARMLESS = {"close", "close_writer", "put_blob"}


def test_ids_of_others_in_a_body_or_a_query(app: FastAPI, world: World) -> None:
    schemas, wrong = Schemas(app), list[str]()
    by_name = {way.operation: way for way in ways(app)}
    assert world.theirs is not None
    for operation, fields in NAMED.items():
        way = by_name[operation]
        for field, value in fields.items():
            others = value(world.theirs, world.foreign, secret_blob(world.services))
            missing = value(NOTHING, world.missing, "f" * 64)
            theirs, nothing = (
                asks(
                    app, world, schemas, lambda given=given: world.send(way, "owner", schemas, {field: given})
                )
                for given in (others, missing)
            )
            if theirs != nothing:
                wrong.append(f"{way} {field}: {theirs} instead of {nothing}")
            elif theirs[0] not in {404, 409} and (operation, field) not in MADE:
                wrong.append(f"{way} {field}: {theirs}")
    assert not wrong, "\n" + "\n".join(wrong)


NOTHING = Furniture(0, {name: ("", random_version()) for name in ("job",)}, {})
Value = Callable[[Furniture, str, str], Any]
_TABLE: Value = lambda things, _project, _blob: f"evaluation/{things['job']}/results"  # noqa: E731
_TABLES: Value = lambda things, project, blob: [_TABLE(things, project, blob)]  # noqa: E731

#: Fields that name something, by operation, and what is sent there.
NAMED: dict[str, dict[str, Value]] = {
    "save_template": {"job": lambda things, _project, _blob: things["job"]},
    "open_writer": {"job": lambda things, _project, _blob: things["job"]},
    "create_token": {"project": lambda _things, project, _blob: project},
    "create_job": {
        "model": lambda _things, project, _blob: f"local/project/{project}/model/digits/version/latest",
        "datasets": lambda _things, project, _blob: [
            f"local/project/{project}/dataset/digits/version/latest"
        ],
        "runtime": lambda _things, project, _blob: f"local/project/{project}/runtime/digits/version/latest",
        "log_project": lambda _things, project, _blob: project,
    },
    **{
        f"share_{kind}": {"project": lambda _things, project, _blob: project} for kind in ("dataset", "model")
    },
    **{
        f"open_{kind}_build": {"manifests": lambda _things, _project, blob: [blob]}
        for kind in ("dataset", "model", "runtime")
    },
    **{
        f"publish_{kind}": {"manifest": lambda _things, _project, blob: blob, "build": lambda *_: 987654321}
        for kind in ("dataset", "model", "runtime")
    },
    "get_table": {"path": _TABLE},
    "get_row": {"path": _TABLE},
    "export_table": {"path": _TABLE},
    "get_media": {"path": _TABLE},
    "scan_table": {"table": _TABLE},
    "query_tables": {"tables": _TABLES},
    "count_rows": {"tables": _TABLES},
    "aggregate_tables": {"tables": _TABLES},
}
#: What is made by that name, whoever has something of the same name elsewhere.
MADE = {("open_writer", "job")}
assert RAW
