"""Whatever is written where a text is expected stays a text: no SQL, no template, no expression (FAULTS 30).

Every string in path, query and body of every route gets words that have become code somewhere. None of them
may reach a database as part of a statement, find rows that a plain word does not, or make anybody wait.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from copy import deepcopy
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.slice.server.accounts.schemas import Schemas
from tests.slice.server.accounts.statements import counted
from tests.slice.server.accounts.ways import ENDLESS, Way, ways
from tests.slice.server.accounts.world import BODIES, RAW, Maker, World, make_app, unknown
from tests.stores import Stores

pytestmark = pytest.mark.fault
#: In each payload, so that it is known again wherever it turns up.
MARK = "zq7x"
#: What the template and expression payloads come to where somebody evaluates them.
PRODUCT = "4137651"
#: Seconds that no answer takes; what sleeps in the payloads sleeps longer.
PATIENCE = 20.0
CORPUS = (
    f"{MARK}' OR '1'='1",
    f"{MARK}' OR 1=1 -- ",
    f'{MARK}" OR ""="',
    f"{MARK}') OR ('1'='1",
    f"{MARK}'; DROP TABLE projects; --",
    f"{MARK}' UNION SELECT name, password, 1, 2, 3 FROM users --",
    f"{MARK}'; SELECT pg_sleep(60); --",
    f"{MARK}' AND 1=(SELECT 1 FROM pg_sleep(60)) --",
    f"{MARK}' AND 1=randomblob(4000000000) AND '1'='1",
    f"{MARK}'||(SELECT sql FROM sqlite_master LIMIT 1)||'",
    f"{MARK}' AND extractvalue(1,concat(0x7e,version())) --",
    f"{MARK}%' OR name LIKE '%",
    f"{MARK}\\' OR 1=1 #",
    f"{MARK}`; ATTACH DATABASE '/tmp/{MARK}.db' AS x; --",
    f"{MARK}'; COPY (SELECT 1) TO '/tmp/{MARK}.csv'; --",
    f"{MARK}' || read_text('/etc/passwd') || '",
    f"{MARK}\" FROM read_csv('/etc/passwd') --",
    f"{MARK}]; SELECT * FROM duckdb_settings(); --",
    f"{MARK}$$; SELECT 1; $$",
    f"{MARK}{{{{2031*2037}}}}",
    f"{MARK}${{2031*2037}}",
    f"{MARK}#{{2031*2037}}",
    f"{MARK}<%= 2031*2037 %>",
    f"{MARK}{{% print(2031*2037) %}}",
    f"{MARK}{{0.__class__.__init__.__globals__}}",
    f"{MARK}%(password)s %s %n",
    f"{MARK}__import__('os').system('touch /tmp/{MARK}')",
    f"{MARK}$(touch /tmp/{MARK})`touch /tmp/{MARK}`",
    f"{MARK}|touch /tmp/{MARK};&& touch /tmp/{MARK}",
    f"{MARK}$[?(@.x==1 || true)]",
    f"{MARK}' or count(/*)=1 or 'a'='b",
    f"{MARK}*)(uid=*))(|(uid=*",
    f'{MARK}", "$where": "sleep(60000)", "x": "',
    f"{MARK}\r\nX-Injected: yes\r\n\r\nbody",
    f"{MARK}\u02bc OR \u02bc1\u02bc=\u02bc1",
)
#: Path, query or body; the name of the parameter; the way to the text in the body.
Spot = tuple[str, str, tuple[str | int, ...]]
#: These end what asks, or take away what the others ask about.
SPARED = {"logout", "change_password", "end_session", "revoke_token", "purge_project", *ENDLESS, *RAW}


@pytest.fixture(scope="module")
def app(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    made = make_app(stores, tmp_path_factory.mktemp("injection"))
    yield made
    made.state.services.close()


@pytest.fixture(scope="module")
def maker(app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maker]:
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield Maker.of(app, client, tmp_path_factory.mktemp("things"))


def leaves(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Ways to the texts in a body; names of fields that its author chose count as well."""
    if isinstance(value, str):
        yield at
    for name, each in value.items() if isinstance(value, dict) else ():
        yield from leaves(each, (*at, name))
    for place, each in enumerate(value) if isinstance(value, list) else ():
        yield from leaves(each, (*at, place))


def put(body: Any, at: tuple[str | int, ...], text: str) -> Any:
    """A body with another text at one place."""
    changed = deepcopy(body)
    inner = changed
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = text
    return changed


def body_of(way: Way, world: World, schemas: Schemas) -> dict[str, Any] | None:
    """A good body of a route, with all its texts, also those that may be left out."""
    schema = schemas.schema_of_body(way)
    if schema is None:
        return None
    body = {**(schemas.body(way) or {}), **(BODIES[way.operation](world) if way.operation in BODIES else {})}
    for name, each in schemas.resolved(schema).get("properties", {}).items():
        if name not in body and schemas.resolved(each).get("type") == "string" and "const" not in each:
            body[name] = schemas.value(each)
    return body


def spots(way: Way, world: World, schemas: Schemas) -> Iterator[Spot]:
    """Where a route takes a text: in path, query or body, the name, and the way to it in the body."""
    for name in way.parameters:
        yield "path", name, ()
    for each in way.described.get("parameters", ()):
        schema = schemas.resolved(each["schema"])
        if each["in"] == "query" and schema.get("type") in {"string", "array"}:
            yield "query", each["name"], ()
    for at in leaves(body_of(way, world, schemas)):
        yield "body", "", at


def sent(world: World, way: Way, spot: Spot, text: str, schemas: Schemas) -> Any:
    """What a route answers to a text at one of its spots, as the owner of the project asks."""
    where, name, at = spot
    changed = {name: quote(text, safe="")} if where == "path" else {}
    query = {name: text} if where == "query" else {}
    body = body_of(way, world, schemas)
    if body is not None and at:
        body = put(body, at, text)
    return world.send(way, "owner", schemas, body, shown=None, query=query, **changed)


def wrong(answer: Any, seen: list[str], seconds: float, world: World) -> str:
    """What is wrong with an answer; empty where nothing is."""
    told = answer.text
    if answer.status_code >= 500 and answer.status_code != 501:
        return f"{answer.status_code} {told[:200]}"
    if any(MARK in statement for statement in seen):
        return f"it is part of a statement: {next(each for each in seen if MARK in each)[:300]}"
    if PRODUCT in told:
        return "it was evaluated"
    if world.foreign in told or "root:x:0:0" in told or "argon2" in told:
        return f"it shows what is not his: {told[:300]}"
    if "x-injected" in answer.headers:
        return "it made a header"
    return f"it took {seconds:.0f} s" if seconds > PATIENCE else ""


def attack(app: FastAPI, maker: Maker, each_gets: int, number: int) -> tuple[int, list[str]]:
    """How many requests were sent, and what was wrong with which; each spot gets so many words."""
    corpus = cycle(CORPUS)
    schemas, faults, count = Schemas(app), list[str](), 0
    world = maker.make(number, whole=True)
    for way in ways(app):
        if unknown(way) or way.operation in SPARED or "/{path" in way.path:
            continue
        for spot in spots(way, world, schemas):
            for text in (next(corpus) for _ in range(each_gets)):
                app.state.callers.forget()
                began = time.monotonic()
                with counted(app) as seen:
                    answer = sent(world, way, spot, text, schemas)
                count += 1
                fault = wrong(answer, seen, time.monotonic() - began, world)
                if not fault and _total(answer):
                    fault = more_rows(sent(world, way, spot, f"{MARK}plain", schemas), answer, text)
                if fault:
                    faults.append(f"{way} {spot} {text!r}: {fault}")
        if not way.is_safe:
            maker.people.renew()
            if world.project not in {each.name for each in _projects(world)}:
                world = maker.make(number := number + 1, whole=True)
    return count, faults


def _projects(world: World) -> Any:
    from tests.slice.server.accounts.world import ROOT

    from starwhale.core.page import PageRequest

    return world.services.projects.list(ROOT, PageRequest(size=200)).items


def more_rows(plain: Any, answer: Any, text: str) -> str:
    """Whether more was found than by a plain word that nothing is called by, or than what holds the word."""
    rightly = sum(holds(each, text) for each in answer.json().get("items", ()))
    before, after = _total(plain), _total(answer) - rightly
    return f"{after} rows instead of {before}" if after > before else ""


def holds(value: Any, text: str) -> bool:
    """Whether a text stands in a value, as another request may have written it there."""
    for way in leaves(value):
        found = value
        for step in way:
            found = found[step]
        if text in found:
            return True
    return False


def _total(answer: Any) -> int:
    if answer.status_code != 200 or answer.headers.get("content-type") != "application/json":
        return 0
    found = answer.json()
    return int(found.get("total") or 0) if isinstance(found, dict) else 0


def left_behind() -> list[str]:
    return [str(each) for each in Path("/tmp").glob(f"*{MARK}*")]


def test_words_stay_words(app: FastAPI, maker: Maker) -> None:
    count, faults = attack(app, maker, 1, 4_000_000)
    assert not faults, "\n" + "\n".join(faults)
    assert left_behind() == []
    assert count > 400


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_all_words_stay_words_everywhere(app: FastAPI, maker: Maker) -> None:
    count, faults = attack(app, maker, len(CORPUS), 4_500_000)
    print(f"{count} requests")
    assert not faults, "\n" + "\n".join(faults)
    assert left_behind() == []


def test_a_statement_with_a_word_in_it_is_noticed(app: FastAPI, maker: Maker) -> None:
    """The watch works: a statement that somebody puts together from words is seen."""
    from sqlalchemy import text

    with counted(app) as seen, app.state.services.catalog.connect() as connection:
        connection.execute(text(f"SELECT '{MARK}'"))
    answer = type("Answer", (), {"status_code": 200, "text": json.dumps({}), "headers": {}})
    world = maker.make(4_900_000, whole=True)
    assert "part of a statement" in wrong(answer, seen, 0.0, world)
