"""Metrics and log lines: who sees them, and that no secret is in them."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from starwhale.server.app import create_app
from starwhale.server.logbook import JsonLines, Redaction, TextLines, secrets_of
from starwhale.server.settings import ServerSettings

CANARIES = ("canary-env-1234", "canary-config-1234", "canary-header-1234", "canary-thrown-1234")


@pytest.fixture
def lines(server_settings: ServerSettings) -> Iterator[tuple[io.StringIO, ServerSettings]]:
    settings = server_settings.model_copy(
        update={"env": {"SOME_KEY": SecretStr(CANARIES[1])}, "metrics_token": SecretStr("scrape-1234")}
    )
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    known = secrets_of(settings, {"MY_SECRET": CANARIES[0], "PATH": "/usr/bin"})
    handler.setFormatter(JsonLines(Redaction(known)))
    logger = logging.getLogger("starwhale")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel("DEBUG")
    yield written, settings
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture
def app(lines: tuple[io.StringIO, ServerSettings]) -> Iterator[FastAPI]:
    made = create_app(lines[1])
    yield made
    made.state.services.close()


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


def test_figures_are_for_administrators_and_for_prometheus(client: TestClient) -> None:
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer scrape-1234"}).status_code == 200


def test_whoever_is_no_administrator_sees_no_figures(client_of, admin) -> None:
    assert client_of("ada").get("/metrics").status_code == 403
    assert admin.get("/metrics").status_code == 200


def test_routes_are_told_without_what_the_caller_filled_in(client: TestClient) -> None:
    client.get("/api/v1/projects/canary-name")
    client.get("/canary-nowhere")
    client.request("CANARY", "/healthz")
    text = client.get("/metrics", headers={"Authorization": "Bearer scrape-1234"}).text
    assert 'route="/api/v1/projects/{project}",status="401"' in text
    assert 'route="none",status="404"' in text
    assert "starwhale_catalog_up 1.0" in text
    assert "starwhale_outbox_lag_seconds 0.0" in text
    assert f'starwhale_python_blocks{{process="{os.getpid()}"}}' in text
    assert "canary" not in text.lower()


def test_a_line_has_the_request_and_its_route(client: TestClient, lines) -> None:
    client.get("/api/v1/projects", headers={"X-Request-Id": "request-number-1"})
    line = json.loads(lines[0].getvalue().splitlines()[-1])
    assert line["request"] == "request-number-1"
    assert (line["route"], line["status"], line["level"]) == ("/api/v1/projects", 200, "info")
    assert line["milliseconds"] > 0


def test_secrets_are_in_no_line_no_error_page_and_no_figure(app: FastAPI, client: TestClient, lines) -> None:
    def fails() -> None:
        logging.getLogger("starwhale.server").warning("the environment is %s", CANARIES[0])
        raise RuntimeError(f"config {CANARIES[1]} header {CANARIES[2]} password={CANARIES[3]}")

    from starwhale.server.routers import health

    app.dependency_overrides = {}
    route = next(each for each in health.routes.router.routes if getattr(each, "path", "") == "/healthz")
    assert route is not None
    app.add_api_route("/fails", fails)
    headers = {"Authorization": f"Bearer {CANARIES[2]}", "Cookie": f"starwhale_session={CANARIES[2]}"}
    answer = client.get("/fails", headers=headers)
    client.get("/api/v1/me", headers=headers)
    client.post("/api/v1/login", json={"name": "admin", "password": CANARIES[3]})
    client.post("/api/v1/login", json={"name": "admin", "password": [CANARIES[3]]})
    assert answer.status_code == 500
    written = lines[0].getvalue()
    assert "RuntimeError" in written
    figures = client.get("/metrics", headers={"Authorization": "Bearer scrape-1234"}).text
    for canary in CANARIES:
        assert canary not in written
        assert canary not in answer.text
        assert canary not in figures


def test_what_a_caller_sends_makes_no_second_line() -> None:
    record = logging.LogRecord("starwhale.x", logging.INFO, "", 0, "a\nERROR b\x1b[31m", None, None)
    assert TextLines(Redaction([])).format(record).count("\n") == 0
    assert "\x1b" not in TextLines(Redaction([])).format(record)


def test_no_line_turns_text_around_or_drives_a_terminal() -> None:
    controls = "\x80\x84\x86\x9b\x9f\u200e\u200f\u202a\u202e\u2066\u2069"
    record = logging.LogRecord("starwhale.x", logging.INFO, "", 0, f"é鲸{controls}", None, None)
    line = TextLines(Redaction([])).format(record)
    assert not set(controls) & set(line)
    assert line.endswith(r"é鲸\x80\x84\x86\x9b\x9f\u200e\u200f\u202a\u202e\u2066\u2069")


def test_the_text_of_an_error_makes_no_line_of_its_own() -> None:
    try:
        raise ValueError("x\n2030-01-01 00:00:00.000 INFO    starwhale.access GET /fake\r\x1b[2J\u202e")
    except ValueError:
        record = logging.LogRecord("starwhale.x", logging.ERROR, "", 0, "failed", None, sys.exc_info())
    first, *below = TextLines(Redaction([])).format(record).splitlines()
    assert first.endswith("ERROR   starwhale.x failed")
    assert below[0] == "  Traceback (most recent call last):"
    assert below[-2:] == [
        "  ValueError: x",
        r"  2030-01-01 00:00:00.000 INFO    starwhale.access GET /fake\r\x1b[2J\u202e",
    ]
    assert all(each.startswith("  ") for each in below)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefgh123456",
        "postgresql://sw:abcdefgh123456@db/sw failed",
        'sent {"password": "abcdefgh123456"}',
        "sw_" + "abcdefgh123456" * 4,
        "token=abcdefgh123456&x=1",
        "(sqlite3.Error) x [SQL: SELECT ?]\n[parameters: ('abcdefgh123456',)]",
        "[parameters: ('abcdefgh123456',)]\nand then [parameters: (1, ['abcdefgh123456', 2])] (see there)",
        f"{'my-' * 50}password : abcdefgh123456",
        "\u017fecret=abcdefgh123456",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    assert "abcdefgh123456" not in Redaction([])(text)


def test_what_is_left_of_a_line_is_as_it_was() -> None:
    text = "a [parameters: (1,)]\nb my_token=12, c [d] postgresql://sw:secret-word@db/sw"
    assert Redaction([])(text) == (
        "a [parameters: [hidden]]\nb my_token=[hidden], c [d] postgresql://sw:[hidden]@db/sw"
    )


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a-",
        "token",
        "token ",
        "token=",
        "'",
        "a://",
        "a://:",
        "bearer ",
        "[parameters: ",
        "]",
        "] ",
        "sw_",
    ],
)
def test_no_text_keeps_the_server_busy(piece: str) -> None:
    """In proportion to its square, a text of this length would take hours."""
    text = piece * (400_000 // len(piece))
    assert Redaction([])(text)
    assert Redaction([])(f"{text}\n")


@pytest.mark.parametrize("host", ["localhost", "elsewhere.example"])
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/shared/reports/{}",
        "/api/v1/shared/reports/{}/media",
        "/api/v1/shared/reports/{}/panels/1",
        "/reports/{}",
        "/api/v1/media/{}",
        "/api/v1/services/{}/",
        "/api/v1/services/{}/index.html",
        "/api/v1/logins/codes/{}",
    ],
)
def test_what_lets_in_whoever_has_it_is_in_no_line(client: TestClient, lines, path: str, host: str) -> None:
    client.get(path.format("canary-in-a-path"), headers={"Host": host})
    written = lines[0].getvalue()
    assert '"GET ' in written
    assert "canary" not in written


def test_a_long_path_is_cut(client: TestClient, lines) -> None:
    client.get("/" + "long" * 10_000)
    assert len(lines[0].getvalue()) < 2000


def test_a_server_that_stops_is_not_ready(app: FastAPI, client: TestClient) -> None:
    assert client.get("/readyz").status_code == 200
    app.state.life.drain()
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
