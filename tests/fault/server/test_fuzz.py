"""Whatever somebody sends, the server has an answer: the whole API, by its own description (FAULTS 44)."""

from __future__ import annotations

import itertools
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from starlette.testclient import TestClient
from tests.slice.server.accounts.ways import ENDLESS
from tests.slice.server.accounts.world import account

from starwhale.core.settings import Settings
from starwhale.server.app import create_app
from starwhale.server.settings import ServerSettings

schemathesis: Any = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

pytestmark = pytest.mark.fault
# In all, or SW_FUZZ_CASES, and of each operation in each round.
CASES = 100_000
EXAMPLES = 20
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
    """Send what was generated, as it is."""
    headers = {
        str(name): str(value)
        for name, value in (case.headers or {}).items()
        if str(value).isascii() and str(value).isprintable()
    }
    headers = {**headers, "Host": "localhost", "Authorization": f"Bearer {token}"}
    body: dict[str, Any] = {}
    if isinstance(case.body, bytes):
        body = {"content": case.body}
    elif type(case.body).__name__ != "NotSet":
        body = {"json": case.body}
    if case.media_type and "content" in body:
        headers["Content-Type"] = case.media_type
    query = {name: value for name, value in (case.query or {}).items() if value is not None}
    return client.request(case.method, case.formatted_path, params=query, headers=headers, **body)


class Described:
    """What the description of the API says of answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        resource = Resource(contents=document, specification=DRAFT202012)
        self._registry = Registry().with_resource("urn:api", resource)

    def drift(self, path: str, method: str, answer: Any) -> str:
        """How an answer differs from what is said of it; empty where it does not."""
        known = self._document["paths"][path][method.lower()]["responses"]
        status = str(answer.status_code)
        found = next((each for each in (status, f"{status[0]}XX", "default") if each in known), None)
        if found is None:
            return f"{status} is not described"
        kind = answer.headers.get("content-type", "").partition(";")[0]
        steps = ["paths", path, method.lower(), "responses", found]
        if "$ref" in known[found]:
            steps = known[found]["$ref"].split("/")[1:]
        content = reduce(getitem, steps, self._document).get("content", {})
        if not answer.content:
            return ""
        if kind not in content:
            return f"{status} is not described as {kind}"
        if kind not in {"application/json", "application/problem+json"}:
            return ""
        steps += ["content", kind, "schema"]
        pointer = "/".join(each.replace("~", "~0").replace("/", "~1") for each in steps)
        schema = {"$ref": "urn:api#/" + quote(pointer, safe="/~")}
        fault = best_match(Draft202012Validator(schema, registry=self._registry).iter_errors(answer.json()))
        return "" if fault is None else f"{status} {fault.json_path}: {fault.message:.200}"


def operations(app: FastAPI) -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(app.openapi())
    for each in schema.get_all_operations():
        operation = each.ok()
        name = operation.definition.raw.get("operationId", "")
        if name not in SPARED and not operation.path.endswith("/stream"):
            yield operation


@dataclass(frozen=True, slots=True)
class Fuzz:
    """Asks operations what is generated for them.

    Attributes:
        sent: How often each was asked.
        faults: What the server had no answer to, once for each operation.
    """

    app: FastAPI
    client: TestClient
    described: Described
    sent: Counter[str] = field(default_factory=Counter[str])
    faults: dict[str, str] = field(default_factory=dict[str, str])

    def ask(self, operation: Any, examples: int, number: int) -> None:
        """Ask one so many times; `number` tells what."""
        services = self.app.state.services
        boss = account(services, "boss", admin=True)
        token = services.tokens.create(boss, "fresh")[1]

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
            self.sent[operation.label] += 1
            answer = sent(self.client, case, token)
            wrong = self.described.drift(operation.path, case.method, answer)
            if answer.status_code >= 500 and answer.status_code != 501:
                wrong = str(answer.status_code)
            if wrong:
                told = f"{case.formatted_path} {case.query} {case.body!r:.300}"
                self.faults[operation.label] = f"{operation.label}: {wrong} {told}"

        one()


def fuzz(app: FastAPI, examples: int, cases: int, number: int) -> int:
    """Ask every operation some times, and all of them again until so many requests were sent; their count."""
    every = list(operations(app))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        made = Fuzz(app, client, Described(app.openapi()))
        for turn in itertools.count(number):
            for operation in every:
                made.ask(operation, examples, turn)
            if made.sent.total() >= cases:
                break
    assert not made.faults, "\n" + "\n".join(made.faults.values())
    assert len(every) > 200
    assert {each.label for each in every} == set(made.sent)
    return made.sent.total()


def test_nothing_that_is_sent_makes_the_server_fail(app: FastAPI) -> None:
    fuzz(app, examples=2, cases=400, number=7)


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_nothing_of_much_that_is_sent_makes_the_server_fail(app: FastAPI) -> None:
    cases = int(os.environ.get("SW_FUZZ_CASES", CASES))
    number = int(os.environ.get("SW_FUZZ_SEED", time.time()))
    began = time.monotonic()
    count = fuzz(app, examples=EXAMPLES, cases=cases, number=number)
    print(f"{count} requests with seed {number} in {time.monotonic() - began:.0f} s")
    assert count >= cases
