"""Traces: what a collector is sent, and that no secret is in it."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from tests.slice.server.conftest import token_of, user_of
from tests.slice.server.operations.conftest import listening

from starwhale.server.app import create_app
from starwhale.server.settings import ServerSettings
from starwhale.serving.running import bind, url_of

wire = pytest.importorskip(
    "opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="the extra `otel` is not installed"
)
pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra `otel` is not installed")

CANARY = "canary-5f1e7c"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector:
    """Takes OTLP over HTTP, as any collector does, and keeps what it was sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.paths: set[str] = set()
        self.headers: list[str] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                assert self.headers["Content-Type"] == "application/x-protobuf"
                collector.bodies.append(body)
                collector.paths.add(self.path)
                collector.headers += [str(value) for value in self.headers.values()]
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def resources(self) -> list[Any]:
        found: list[Any] = []
        for body in self.bodies:
            asked = wire.ExportTraceServiceRequest()
            asked.ParseFromString(body)
            found += asked.resource_spans
        return found

    @property
    def spans(self) -> list[Any]:
        return [span for each in self.resources for scope in each.scope_spans for span in scope.spans]


def attributes(told: Any) -> dict[str, Any]:
    """Attributes of a span or a resource."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in told.attributes}


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


@pytest.fixture
def traced(collector: Collector, server_settings: ServerSettings) -> FastAPI:
    """An application that sends traces."""
    return create_app(server_settings.model_copy(update={"telemetry": collector.url}))


def test_a_request_is_a_span_with_its_route_and_its_id(traced: FastAPI, collector: Collector) -> None:
    with listening(traced) as url, httpx2.Client(base_url=url, trust_env=False) as client:
        token = token_of(traced.state.services, "ada")
        client.headers["Authorization"] = f"Bearer {token}"
        made = client.post("/api/v1/projects", json={"name": "vision"})
        calling = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
        read = client.get("/api/v1/projects/vision", headers=calling)
        client.get("/api/v1/projects/nothing")
        client.get("/nowhere")
    # Whatever was not sent before is sent when the server stops.
    found = {attributes(span)["starwhale.request"]: span for span in collector.spans}
    assert len(found) == 4
    first, second = found[made.headers["x-request-id"]], found[read.headers["x-request-id"]]
    assert (first.name, second.name) == ("POST /api/v1/projects", "GET /api/v1/projects/{project}")
    assert attributes(second) == {
        "http.request.method": "GET",
        "http.route": "/api/v1/projects/{project}",
        "http.response.status_code": 200,
        "starwhale.request": read.headers["x-request-id"],
    }
    assert second.kind == 2  # of a server
    assert (second.trace_id.hex(), second.parent_span_id.hex()) == (TRACE, PARENT)
    assert first.trace_id != second.trace_id
    assert not first.parent_span_id
    assert 0 < first.end_time_unix_nano - first.start_time_unix_nano < 60e9
    assert {attributes(each)["http.response.status_code"] for each in found.values()} == {200, 201, 404}
    assert "GET none" in {span.name for span in found.values()}
    (resource, *_) = collector.resources
    assert attributes(resource.resource)["service.name"] == "starwhale"
    assert collector.paths == {"/v1/traces"}


def test_no_secret_is_in_a_trace_whatever_is_sent_and_fails(
    server_settings: ServerSettings, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_SECRET", CANARY)
    app = create_app(server_settings.model_copy(update={"telemetry": collector.url}))

    def fails() -> None:
        raise RuntimeError(f"the password is {CANARY}")

    app.add_api_route("/fails", fails)
    with listening(app) as url, httpx2.Client(base_url=url, trust_env=False) as client:
        secret = {"Authorization": f"Bearer {CANARY}", "Cookie": f"a={CANARY}", "tracestate": "a=b"}
        # A connection on which something failed is closed.
        assert client.get("/fails", headers={**secret, "Connection": "close"}).status_code == 500
        client.post("/api/v1/login", json={"name": CANARY, "password": CANARY})
        client.get(f"/api/v1/projects/{CANARY}?search={CANARY}", headers=secret)
        client.get(f"/{CANARY}", headers={"User-Agent": CANARY, "traceparent": CANARY})
        client.request("PROPFIND", "/healthz")
        token = token_of(app.state.services, "ada")
        client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert len(collector.spans) == 6
    failed = next(span for span in collector.spans if span.name == "GET /fails")
    assert attributes(failed)["http.response.status_code"] == 500
    assert (failed.status.code, failed.status.message) == (2, "")
    everything = b"".join(collector.bodies) + " ".join(collector.headers).encode()
    assert CANARY.encode() not in everything
    assert token.encode() not in everything
    assert "_OTHER" in {attributes(span)["http.request.method"] for span in collector.spans}


def test_a_collector_that_is_away_harms_nobody(server_settings: ServerSettings) -> None:
    socket = bind("127.0.0.1", 0)
    nowhere = url_of(socket)
    socket.close()
    app = create_app(server_settings.model_copy(update={"telemetry": nowhere}))
    user_of(app.state.services, "ada")
    with listening(app) as url, httpx2.Client(base_url=url, trust_env=False) as client:
        for _ in range(5):
            assert client.get("/healthz").status_code == 200
        began = time.monotonic()
    # It stops without waiting for what cannot be sent any more.
    assert time.monotonic() - began < 12


def test_without_a_collector_nothing_is_traced(server_app: FastAPI) -> None:
    assert not hasattr(server_app.state, "tracing")
