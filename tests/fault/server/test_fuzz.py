"""Whatever somebody sends, the server has an answer: the whole API, by its own description (FAULTS 44).

Four of five names are of what is there, in a project with one of everything; else all would end where
names are looked up, and nothing behind that would be asked at all.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, seed, settings
from starlette.testclient import TestClient
from tests.slice.server.accounts.described import Described
from tests.slice.server.accounts.furniture import NAME
from tests.slice.server.accounts.ways import ENDLESS, Way, ways
from tests.slice.server.accounts.world import BODIES, FILE, MAKERS, QUERIES, RAW, Maker, World

from starwhale.core.settings import Settings
from starwhale.server.access import API
from starwhale.server.app import create_app
from starwhale.server.routers import work
from starwhale.server.settings import ServerSettings

schemathesis: Any = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

pytestmark = pytest.mark.fault
# In all, or SW_FUZZ_CASES, and of each operation in each round.
CASES = 100_000
EXAMPLES = 20
#: Of ten requests so many name what is there, and so many of the things that one of them names.
FURNISHED = 0.9
#: Who asks; those who may do more do so more often.
ASKING = ("owner", "administrator", "owner", "administrator", "maintainer", "guest", "anonymous")
#: Who asks for work: seldom somebody who runs no job.
WORKERS = (*("job token",) * 9, "owner", "administrator", "anonymous")
#: Beginning of the paths that only workers of jobs have a use for; the description does not tell of them.
WORK = f"{API}/work/"
# These would end the session that asks, or take the rights of whoever asks.
SPARED = {"give_token_back", "logout", "change_password", "revoke_token", "end_session", *ENDLESS}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    store = Settings.at(tmp_path / "server")
    made = create_app(
        ServerSettings(store=store, anonymous_rate=0, user_rate=0, largest_body=1 << 20), background=False
    )
    yield made
    made.state.services.close()


def sent(client: TestClient, case: Any, token: str) -> Any:
    """Send what was generated, as it is; without a token as nobody."""
    headers = {
        str(name): str(value)
        for name, value in (case.headers or {}).items()
        if str(value).isascii() and str(value).isprintable()
    }
    headers["Host"] = "localhost"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    body: dict[str, Any] = {}
    if isinstance(case.body, bytes):
        body = {"content": case.body}
    elif type(case.body).__name__ != "NotSet":
        body = {"json": case.body}
    if case.media_type and "content" in body:
        headers["Content-Type"] = case.media_type
    query = {name: value for name, value in (case.query or {}).items() if value is not None}
    return client.request(case.method, case.formatted_path, params=query, headers=headers, **body)


def described(app: FastAPI) -> dict[str, Any]:
    """The description of the API, with what it does not tell of: the routes of workers."""
    routes: list[APIRoute] = []
    for each in work.routes.router.routes:
        assert isinstance(each, APIRoute)
        shown = copy(each)
        shown.path_format, shown.operation_id, shown.include_in_schema = each.path, each.name, True
        routes.append(shown)
    hidden, known = get_openapi(title="work", version="1", routes=routes), app.openapi()
    # It reads its body by itself.
    results = work.Results.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = results.pop("$defs")
    body = {"required": True, "content": {"application/json": {"schema": results}}}
    hidden["paths"][f"{WORK}results"]["post"]["requestBody"] = body
    schemas = {**parts, **hidden["components"]["schemas"], **known["components"]["schemas"]}
    return {
        **known,
        "paths": {**known["paths"], **hidden["paths"]},
        "components": {**known["components"], "schemas": schemas},
    }


def results_of(world: World) -> dict[str, Any]:
    """Results that are taken, but for their rows and for what they settle."""
    told = json.loads(world.report())
    return {name: told[name] for name in ("sender", "sequence", "epoch")}


#: What bodies of workers must say to be looked at; see `BODIES`.
WORK_BODIES: dict[str, Callable[[World], dict[str, Any]]] = {**BODIES, "report_results": results_of}


def operations(app: FastAPI) -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(described(app))
    for each in schema.get_all_operations():
        operation = each.ok()
        name = operation.definition.raw.get("operationId", "")
        if name not in SPARED and not operation.path.endswith("/stream"):
            yield operation


@dataclass(slots=True)
class Place:
    """A project with one of everything, and another one when it was used up."""

    maker: Maker
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        self.maker.people.renew()
        self.world = self.maker.make(next(self.numbers))

    def furnish(self, way: Way, case: Any, who: str, chance: Random) -> None:
        """Have a generated request name what is there; now and then something in it stays as it was."""
        world = self.world

        def there(told: dict[str, Any]) -> dict[str, Any]:
            return {name: value for name, value in told.items() if chance.random() < FURNISHED}

        given = case.path_parameters or {}
        case.path_parameters = given | there({name: MAKERS[name](world, way, who) for name in way.parameters})
        case.query = self._told(way, QUERIES, dict(case.query or {}), there)
        if isinstance(case.body, dict):
            case.body = self._told(way, WORK_BODIES, case.body, there)
        elif way.operation in RAW and chance.random() < FURNISHED:
            case.body, case.media_type = RAW[way.operation](world)

    def _told(self, way: Way, makers: Any, given: dict[str, Any], there: Any) -> dict[str, Any]:
        own = makers[way.operation](self.world) if way.operation in makers else {}
        # Names mean something else to workers.
        alike = {} if way.path.startswith(WORK) else self._alike()
        return given | there({name: value for name, value in alike.items() if name in given} | own)

    def _alike(self) -> dict[str, Any]:
        """What fields mean that are called alike wherever they stand."""
        world, latest = self.world, f"{NAME}/version/latest"
        return {
            **dict.fromkeys(("project", "with_project", "log_project"), world.project),
            **dict.fromkeys(("name", "with_name", "dataset", "template", "pool"), NAME),
            **dict.fromkeys(("model", "runtime"), latest),
            **dict.fromkeys(("datasets", "validation_datasets"), (latest,)),
            **dict.fromkeys(("columns", "metrics", "by"), ("a",)),
            "with": "v0",
            "version": "latest",
            "job": world.things["job"],
            "handler": "code:look",
            "table": world.table,
            "tables": [world.table],
            "column": "a",
            "path": FILE,
            "key": "0",
            "keys": [0],
            "owner": "owner",
        }


@dataclass(frozen=True, slots=True)
class Fuzz:
    """Asks operations what is generated for them.

    Attributes:
        sent: How often each was asked.
        done: How often each was carried out.
        faults: What the server had no answer to, once for each operation.
    """

    place: Place
    client: TestClient
    described: Described
    ways: dict[str, Way]
    sent: Counter[str] = field(default_factory=Counter[str])
    done: Counter[str] = field(default_factory=Counter[str])
    faults: dict[str, str] = field(default_factory=dict[str, str])

    def ask(self, operation: Any, examples: int, number: int) -> None:
        """Ask one so many times; `number` tells what."""
        way = self.ways[operation.definition.raw["operationId"]]
        chance = Random(f"{number} {operation.label}")

        @seed(number)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=(
                HealthCheck.too_slow,
                HealthCheck.filter_too_much,
                HealthCheck.data_too_large,
            ),
        )
        @given(case=operation.as_strategy())
        def one(case: Any) -> None:
            self._ask(way, operation, case, chance)

        one()

    def _ask(self, way: Way, operation: Any, case: Any, chance: Random) -> None:
        who = chance.choice(WORKERS if way.path.startswith(WORK) else ASKING)
        if chance.random() < FURNISHED:
            self.place.furnish(way, case, who, chance)
        token = "" if who == "anonymous" else self.place.world.token(who)
        self.sent[operation.label] += 1
        answer = sent(self.client, case, token)
        self.client.cookies.clear()
        wrong = self.described.drift(operation.path, case.method, answer) if way.described else ""
        if answer.status_code >= 500 and answer.status_code != 501:
            wrong = str(answer.status_code)
        if wrong:
            told = f"as {who}: {case.formatted_path} {case.query} {case.body!r:.300}"
            self.faults[operation.label] = f"{operation.label}: {wrong} {told}"
        if answer.is_success:
            self.done[operation.label] += 1
            if not way.is_safe:
                self.place.renew()


def fuzz(app: FastAPI, place: Path, *, examples: int, cases: int, number: int) -> Fuzz:
    """Ask every operation some times, and all of them again until so many requests were sent."""
    every = list(operations(app))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        known = {way.operation: way for way in ways(app) if way.described or way.path.startswith(WORK)}
        made = Fuzz(Place(Maker.of(app, client, place)), client, Described(app.openapi()), known)
        for turn in itertools.count(number):
            for operation in every:
                made.ask(operation, examples, turn)
            if made.sent.total() >= cases:
                break
    assert not made.faults, "\n" + "\n".join(made.faults.values())
    assert len(every) > 200
    assert {each.label for each in every} == set(made.sent)
    for_workers = {each.label for each in every if each.path.startswith(WORK)}
    assert len(for_workers) == len(work.routes.router.routes)
    assert for_workers & set(made.done)
    return made


def test_nothing_that_is_sent_makes_the_server_fail(app: FastAPI, tmp_path: Path) -> None:
    made = fuzz(app, tmp_path / "things", examples=2, cases=400, number=7)
    # They reach what the server does, and do not end before it.
    assert made.done.total() > made.sent.total() / 5
    assert len(made.done) > len(made.sent) / 3


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_nothing_of_much_that_is_sent_makes_the_server_fail(app: FastAPI, tmp_path: Path) -> None:
    cases = int(os.environ.get("SW_FUZZ_CASES", CASES))
    number = int(os.environ.get("SW_FUZZ_SEED", time.time()))
    began = time.monotonic()
    made = fuzz(app, tmp_path / "things", examples=EXAMPLES, cases=cases, number=number)
    count, done = made.sent.total(), made.done.total()
    print(f"{count} requests with seed {number} in {time.monotonic() - began:.0f} s, {done} carried out")
    never = sorted(set(made.sent) - set(made.done))
    print(f"never carried out: {', '.join(never)}")
    assert count >= cases
    assert len(never) < len(made.sent) / 4
