"""Whatever somebody sends, the server has an answer: the whole API, by its own description (FAULTS 44)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from starlette.testclient import TestClient
from tests.slice.server.accounts.world import ENDLESS, account

from starwhale.core.settings import Settings
from starwhale.server.app import create_app
from starwhale.server.settings import ServerSettings

schemathesis: Any = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

pytestmark = pytest.mark.fault
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


def operations(app: FastAPI) -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(app.openapi())
    for each in schema.get_all_operations():
        operation = each.ok()
        name = operation.definition.raw.get("operationId", "")
        if name not in SPARED and not operation.path.endswith("/stream"):
            yield operation


def fuzz(app: FastAPI, examples: int, seconds: float, number: int) -> tuple[int, list[str]]:
    """How many requests were sent, and which of them the server had no answer to."""
    faults, counts = dict[str, str](), list[int]()
    until = time.monotonic() + seconds
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        for operation in operations(app):
            if time.monotonic() > until:
                break
            counts.append(_ask(app, client, operation, (examples, until, number), faults))
    return sum(counts), list(faults.values())


def _ask(
    app: FastAPI, client: TestClient, operation: Any, limits: tuple[int, float, int], faults: dict[str, str]
) -> int:
    services, (examples, until, number), count = app.state.services, limits, 0
    boss = account(services, "boss", admin=True)
    token = services.tokens.create(boss, "fresh")[1]

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        nonlocal count
        if time.monotonic() > until:
            return
        count += 1
        answer = sent(client, case, token)
        if answer.status_code >= 500 and answer.status_code != 501:
            told = f"{case.formatted_path} {case.query} {case.body!r:.300}"
            faults[operation.label] = f"{operation.label}: {answer.status_code} {told}"

    ask()
    return count


def test_nothing_that_is_sent_makes_the_server_fail(app: FastAPI) -> None:
    count, faults = fuzz(app, examples=4, seconds=30, number=7)
    assert not faults, "\n" + "\n".join(faults)
    assert count > 200


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_of_much_that_is_sent_makes_the_server_fail(app: FastAPI) -> None:
    count, faults = fuzz(app, examples=300, seconds=1500, number=int(time.time()))
    assert not faults, "\n" + "\n".join(faults)
    assert count > 5000
