"""What every request passes first: Host, Origin, size, form."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from tests.slice.server.accounts.world import make_app
from tests.stores import Stores

from starwhale.server.settings import ServerSettings

ClientOf = Callable[..., TestClient]
LOGIN = {"name": "ada", "password": "wrong"}


@pytest.fixture(scope="module")
def server_app(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """One for all of these, since they leave nothing behind."""
    made = make_app(stores, tmp_path_factory.mktemp("gate"))
    yield made
    made.state.services.close()


HOSTS_OF_OURS = [
    "localhost",
    "localhost:8082",
    "LOCALHOST",
    "127.0.0.1",
    "127.0.0.1:1",
    "[::1]:8082",
    "10.1.2.3",
]
HOSTS_OF_OTHERS = [
    "",
    "evil.example",
    "evil.example:8082",
    "localhost.evil.example",
    "evil-localhost",
    "localhost.",
    "localhost@evil.example",
    "evil.example@localhost",
    "localhost:8082@evil.example",
    "localhost/evil.example",
    "localhost\\evil.example",
    "localhost evil.example",
    "localhost,evil.example",
    "localhost#",
    "localhost?",
    "127.0.0.1.nip.io",
    "0x7f000001",
    "2130706433",
    "127.1",
    "0177.0.0.1",
    "[::1",
    "::1",
    "[::1]evil",
    "[::1%25eth0]",
    "[evil.example]",
    "localhost:",
    "localhost:abc",
    "localhost:-1",
    "localhost:999999",
    "localhost\t",
    "%6cocalhost",
    "localhost%00",
    "ｌocalhost".encode().decode("latin-1"),
    "a" * 300,
]


def test_a_name_of_ours_is_answered(client_of: ClientOf) -> None:
    client = client_of("")
    for host in HOSTS_OF_OURS:
        assert client.get("/healthz", headers={"Host": host}).status_code == 200, host


def test_a_name_that_a_stranger_can_point_here_is_not(client_of: ClientOf) -> None:
    client = client_of("")
    for host, method in product(HOSTS_OF_OTHERS, ("GET", "POST")):
        answer = client.request(method, "/healthz", headers=[(b"Host", host.encode("latin-1"))])
        assert (answer.status_code, answer.json()["code"]) == (421, "unknown_host"), host


def test_two_hosts_are_none(client_of: ClientOf) -> None:
    answer = client_of("").get("/healthz", headers=[("Host", "localhost"), ("Host", "localhost")])
    assert answer.status_code == 421


ORIGINS = [
    ({"Origin": "http://evil.example"}, False),
    ({"Origin": "null"}, False),
    ({"Origin": ""}, False),
    ({"Origin": "http://localhost.evil.example"}, False),
    ({"Origin": "http://localhost@evil.example"}, False),
    ({"Origin": "http://evil@localhost"}, False),
    ({"Origin": "http://localhost:8082"}, False),
    ({"Origin": "http://[::1"}, False),
    ({"Origin": "ftp://localhost"}, False),
    ({"Origin": "localhost"}, False),
    ({"Origin": "http://localhost/path"}, False),
    ({"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "same-site"}, False),
    ({"Sec-Fetch-Site": "anything"}, False),
    ({"Sec-Fetch-Site": "same-origin"}, True),
    ({"Sec-Fetch-Site": "none"}, True),
    ({"Origin": "http://localhost"}, True),
    ({"Origin": "HTTP://LOCALHOST"}, True),
    ({}, True),
]


def test_another_site_changes_nothing(client_of: ClientOf) -> None:
    client = client_of("")
    for method, (headers, let_in) in product(("POST", "PUT", "PATCH", "DELETE"), ORIGINS):
        answer = client.request(method, "/api/v1/nothing", headers=headers)
        assert answer.status_code == (404 if let_in else 403), headers
        assert let_in or answer.json()["code"] == "foreign_origin"


def test_another_site_may_not_even_read_the_answer(client_of: ClientOf) -> None:
    answer = client_of("").get("/api/v1/version", headers={"Origin": "http://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "DELETE"}
    assert client_of("").options("/api/v1/me/token", headers=asked).status_code == 405


def test_behind_a_proxy_with_https_the_plain_page_of_the_same_name_is_another_site(
    server_settings: ServerSettings,
) -> None:
    from starwhale.server.gate import Gate

    settings = server_settings.model_copy(update={"public_url": "https://sw.example.com"})
    client = TestClient(Gate(PlainTextResponse("in"), settings), base_url="https://sw.example.com")
    for origin, status in (("https://sw.example.com", 200), ("http://sw.example.com", 403)):
        assert client.post("/", headers={"Origin": origin}).status_code == status
    assert "strict-transport-security" in client.get("/").headers


def test_a_web_socket_of_another_site_is_not_opened(server_settings: ServerSettings) -> None:
    from starlette.websockets import WebSocket, WebSocketDisconnect

    from starwhale.server.gate import Gate

    async def app(scope, receive, send) -> None:
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        await socket.close()

    client = TestClient(Gate(app, server_settings), base_url="http://localhost")
    with client.websocket_connect("/", headers={"Host": "localhost", "Origin": "http://localhost"}):
        pass
    for headers in (
        {"Host": "localhost", "Origin": "http://evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Host": "localhost", "Origin": "null"},
    ):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/", headers=headers):
            pass


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "TEXT/PLAIN; charset=utf-8", "application/x-www-form-urlencoded", "multipart/form-data"],
)
def test_a_form_that_any_page_can_send_is_refused(client_of: ClientOf, kind: str) -> None:
    answer = client_of("").post("/api/v1/login", content=b'{"name":"a"}', headers={"Content-Type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "told", ["abc", "-1", "1e9", "", "0x10", "1 1", "٣".encode().decode("latin-1"), "9" * 30]
)
def test_a_length_that_is_none_is_refused(client_of: ClientOf, told: str) -> None:
    headers = [(b"Content-Length", told.encode("latin-1")), (b"Content-Type", b"application/json")]
    answer = client_of("").post("/api/v1/login", content=b"{}", headers=headers)
    assert answer.status_code in {400, 413}


def pieces(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b" " * (1 << 20)


@pytest.mark.parametrize(
    "kind", ["application/json", "", "application/octet-stream", "application/vnd.apache.arrow.stream"]
)
@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_that_is_too_large_is_refused_whatever_it_calls_itself(
    client_of: ClientOf, kind: str, chunked: bool
) -> None:
    headers = {"Content-Type": kind} if kind else {}
    content = pieces(17) if chunked else b" " * (17 << 20)
    answer = client_of("").post("/api/v1/login", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_route_that_reads_in_pieces_takes_more(client_of: ClientOf) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    answer = client_of("ada").put(f"/api/v1/builds/1/blobs/{'0' * 64}", content=pieces(17), headers=headers)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"name":' * 50_000, b"9" * 5000, b"\xff\xfe", b"NaN", b"{"]
)
def test_a_body_that_cannot_be_read_is_refused(client_of: ClientOf, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert client_of("").post("/api/v1/login", content=body, headers=headers).status_code in {400, 422}


@pytest.mark.parametrize(
    "given", ["short", "x" * 65, "line\nend-of-it", "<script>alert</script>", "a b c d e f"]
)
def test_an_id_of_a_request_that_could_do_harm_is_replaced(client_of: ClientOf, given: str) -> None:
    headers = {"X-Request-Id": given.replace("\n", "%0a")}
    assert client_of("").get("/healthz", headers=headers).headers["x-request-id"] != given


def test_an_id_of_a_request_comes_back_and_errors_have_one(client_of: ClientOf) -> None:
    answer = client_of("").get("/api/v1/nothing", headers={"X-Request-Id": "trace-0123456789"})
    assert answer.headers["x-request-id"] == "trace-0123456789"


def test_a_path_writes_no_lines_of_its_own_into_the_log(
    client_of: ClientOf, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="starwhale.access"):
        client_of("").get("/api/v1/x%0aGET%20/forged")
    assert caplog.records
    assert all("\n" not in record.getMessage() for record in caplog.records)


def test_only_a_proxy_that_is_known_says_where_somebody_calls_from(
    server_app: FastAPI, server_settings: ServerSettings
) -> None:
    from starwhale.server.gate import Gate

    seen: list[str] = []

    async def app(scope, receive, send) -> None:
        seen.append(scope["state"]["address"])
        await server_app(scope, receive, send)

    told = {"X-Forwarded-For": "6.6.6.6, 1.2.3.4"}
    for proxies in ((), ("testclient",)):
        settings = server_settings.model_copy(update={"proxies": proxies})
        TestClient(Gate(app, settings), base_url="http://localhost").get("/healthz", headers=told)
    assert seen == ["testclient", "1.2.3.4"]
