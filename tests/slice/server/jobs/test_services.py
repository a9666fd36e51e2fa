"""Services that tasks offer, behind the address of the server: a real HTTP server in a real job."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx2
import pytest
from httpx2.websockets import WebSocketDisconnect, WebSocketUpgradeError
from starlette.testclient import TestClient
from tests.slice.server.conftest import token_of, user_of
from tests.slice.server.jobs.conftest import Live, Server, until
from tests.slice.server.jobs.test_runs import JOBS, order
from tests.slice.server.jobs.test_shells import become
from tests.slice.server.jobs.test_swcli import Terminal

from starwhale.core.permissions import Role
from starwhale.kit.times import utc_now

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")

CODE = """
    import http.server, json, os, socketserver, subprocess, sys, time
    from starwhale import handler

    PORT = {port}

    class Answers(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.headers.get("transfer-encoding") == "chunked":
                while length := int(self.rfile.readline(), 16):
                    body += self.rfile.read(length)
                    self.rfile.readline()
                self.rfile.readline()
            if self.path == "/slow":
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                for number in range(1000):
                    piece = f"data: {{number}}\\n\\n".encode()
                    self.wfile.write(f"{{len(piece):x}}\\r\\n".encode() + piece + b"\\r\\n")
                    self.wfile.flush()
                    time.sleep(0.02)
                return
            if self.path.startswith("/away"):
                self.send_response(302)
                self.send_header("location", self.path[len("/away="):])
                self.send_header("content-length", "0")
                self.end_headers()
                return
            told = {{"method": self.command, "path": self.path, "headers": dict(self.headers)}}
            data = json.dumps({{**told, "body": body.decode()}}).encode()
            self.send_response(201)
            self.send_header("content-type", "text/html")
            self.send_header("set-cookie", "starwhale_session=evil; Path=/")
            self.send_header("clear-site-data", '"*"')
            self.send_header("content-security-policy", "default-src *")
            self.send_header("access-control-allow-origin", "https://evil.example")
            self.send_header("x-accel-redirect", "/etc/passwd")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer

        def log_message(self, *_):
            pass

    class Service(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True
        allow_reuse_port = True

    @handler(expose=PORT)
    def serve():
        Service(("127.0.0.1", PORT), Answers).serve_forever()

    @handler(expose=PORT)
    def talks():
        import uvicorn
        from starlette.applications import Starlette
        from starlette.routing import WebSocketRoute

        async def echo(socket):
            await socket.accept(subprotocol=(socket.scope["subprotocols"] or [None])[0])
            await socket.send_json({{"path": socket.url.path, "headers": dict(socket.headers)}})
            async for text in socket.iter_text():
                if text == "bye":
                    await socket.close(4001)
                    return
                await socket.send_text(text.upper())

        app = Starlette(routes=[WebSocketRoute("/echo", echo)])
        uvicorn.run(app, host="127.0.0.1", port=PORT, log_config=None)

    @handler(expose=PORT)
    def never():
        print("waiting", flush=True)
        time.sleep(600)

    @handler(expose=PORT)
    def polite():
        mine = int(os.environ["SW_SERVICE_PORT_" + str(PORT)])

        class Who(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                data = json.dumps({{"port": mine, "pid": os.getpid()}}).encode()
                self.send_response(201)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        http.server.HTTPServer(("127.0.0.1", mine), Who).serve_forever()

    @handler
    def nothing():
        time.sleep(600)
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def house(tmp_path: Path, server_settings: Any, port: int) -> Iterator[Live]:
    with Server(server_settings) as live:
        live.stock(tmp_path / "code", code=dedent(CODE.format(port=port)))
        yield live


def serving(live: Live, port: int, handler: str = "serve") -> tuple[TestClient, str, str]:
    """A client, a job that serves, and the address of its service."""
    client = live.client()
    job = order(client, handler)
    until(client, job, "RUNNING")
    path = f"{JOBS}/{job}/services/{port}/"
    waited_for = {"serve": {409, 502}, "talks": {409, 502}, "never": {409}}[handler]
    patience = time.monotonic() + 60
    while client.get(path).status_code in waited_for:
        assert time.monotonic() < patience, client.get(path).text
        time.sleep(0.1)
    return client, job, path


def test_requests_go_through_without_what_is_nobodys_business(house: Live, port: int) -> None:
    client, job, path = serving(house, port)
    assert client.get(f"{JOBS}/{job}").json()["services"] == [
        {"handler": "code_of_user:serve", "port": port, "path": path}
    ]
    assert client.get(JOBS).json()["items"][0]["services"][0]["path"] == path
    secrets = {
        "cookie": "starwhale_session=mine",
        "origin": "http://localhost",
        "referer": "http://localhost/x",
    }
    answer = client.post(
        f"{path}a%2Fb/c?x=1&y=%20",
        content=b"hello",
        headers={**secrets, "x-own": "kept", "x-real-ip": "1.2.3.4"},
    )
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["method"], told["path"], told["body"]) == ("POST", "/a%2Fb/c?x=1&y=%20", "hello")
    sent = {name.lower(): value for name, value in told["headers"].items()}
    assert sent.keys() & {"authorization", "cookie", "origin", "referer", "x-real-ip"} == set()
    assert (sent["host"], sent["x-own"]) == (f"127.0.0.1:{port}", "kept")
    assert sent["x-forwarded-prefix"] == path.rstrip("/")
    for name in ("set-cookie", "clear-site-data", "access-control-allow-origin", "x-accel-redirect"):
        assert name not in answer.headers
    assert answer.headers["content-security-policy"].startswith("sandbox allow-downloads")
    assert "allow-same-origin" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        assert client.request(method, path).json()["method"] == method
    form = client.post(path, data={"a": "b"})
    assert (form.status_code, form.json()["body"]) == (201, "a=b")


def test_nobody_is_sent_elsewhere(house: Live, port: int) -> None:
    client, _, path = serving(house, port)
    client.follow_redirects = False

    def led(target: str) -> tuple[int, str]:
        answer = client.get(f"{path}away={target}")
        return answer.status_code, answer.headers.get("location", "")

    assert led("/x?y=1") == (302, f"{path}x?y=1")
    assert led("x") == (302, "x")
    assert led(f"http://127.0.0.1:{port}/x") == (302, f"{path}x")
    assert led(f"http://localhost:{port}/x") == (302, f"{path}x")
    for target in (
        "https://evil.example/x",
        "//evil.example/x",
        "http://127.0.0.1:1/x",
        "javascript:alert(1)",
    ):
        assert led(target)[0] == 502


def test_a_service_that_is_not_there_yet_and_the_port_of_somebody_else(house: Live, port: int) -> None:
    client, job, path = serving(house, port, "never")
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (502, "unavailable")
    assert answer.json()["detail"] == f"nothing listens on port {port} yet"
    for address in ("127.0.0.1", "0.0.0.0", "::"):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as stranger:
            stranger.bind((address, port))
            stranger.listen()
            stranger.settimeout(0)
            answer = client.get(path)
            assert (answer.status_code, "another program" in answer.json()["detail"]) == (502, True)
            with pytest.raises(BlockingIOError):
                stranger.accept()
    assert client.get(f"{JOBS}/{job}/services/{port + 1 if port < 65535 else 1}/").status_code == 404
    client.post(f"{JOBS}/{job}/cancel", json={"force": True})
    until(client, job, "CANCELED")
    assert client.get(path).status_code == 409


def test_a_port_that_is_shared_with_a_stranger_is_nobodys(house: Live, port: int) -> None:
    client, _, path = serving(house, port)
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        answer = client.get(path)
        assert (answer.status_code, "another program" in answer.json()["detail"]) == (502, True)
    assert client.get(path).status_code == 201


def test_only_whoever_may_uses_a_service(house: Live, port: int) -> None:
    client, job, path = serving(house, port)
    become(house, "guest", Role.GUEST)
    user_of(house.services, "eve")
    nobody = TestClient(house.app, base_url="http://localhost")
    assert nobody.get(path).status_code == 401
    assert nobody.post(path).status_code == 401
    for name, status in (("guest", 403), ("eve", 404)):
        someone = house.client(name, admin=False)
        assert someone.get(path).status_code == status
        assert someone.post(f"{JOBS}/{job}/addresses/{port}").status_code == status
    become(house, "ada", Role.MAINTAINER)
    assert house.client("ada", admin=False).get(path).status_code == 201
    assert client.get(path, headers={"sec-fetch-dest": "script"}).status_code == 403
    assert client.get(path, headers={"sec-fetch-dest": "document"}).status_code == 201
    assert client.post(path, headers={"origin": "https://evil.example"}).status_code == 403


def test_both_ways_flow_while_they_are_made(house: Live, port: int) -> None:
    _, job, path = serving(house, port)
    headers = {"Authorization": f"Bearer {token_of(house.services, 'admin', True)}"}
    with (
        httpx2.Client(base_url=house.url, headers=headers, timeout=60) as client,
        client.stream("GET", f"{path}slow") as answer,
    ):
        pieces = answer.iter_raw()
        first = next(pieces)
        assert first.startswith(b"data: 0\n\n")
        assert b"data: 999" not in first
        client.post(f"{JOBS}/{job}/cancel", json={"force": True})
        # The job is gone; what it had begun to say breaks off and is not taken for the whole.
        with pytest.raises(httpx2.TransportError):
            list(pieces)


def test_a_body_of_unknown_length_goes_through(house: Live, port: int) -> None:
    _, _, path = serving(house, port)
    headers = {
        "Authorization": f"Bearer {token_of(house.services, 'admin', True)}",
        "Content-Type": "application/octet-stream",
    }
    with httpx2.Client(base_url=house.url, headers=headers, timeout=60) as client:
        told = client.put(f"{path}up", content=iter([b"one ", b"two"])).json()
    assert told["body"] == "one two"


def test_web_sockets_go_through_as_well(house: Live, port: int) -> None:
    client, job, path = serving(house, port, "talks")
    become(house, "guest", Role.GUEST)
    made = client.post(f"{JOBS}/{job}/addresses/{port}").json()["path"]

    def opened(where: str, **headers: str) -> Any:
        shown = httpx2.Client(base_url=house.url, headers=headers)
        return shown.websocket(f"{where}echo", subprotocols=["one", "two"])

    bearer = {"Authorization": f"Bearer {token_of(house.services, 'admin', True)}"}
    for where, headers in ((path, {**bearer, "cookie": "a=b"}), (made, {"origin": "null"})):
        with opened(where, **headers) as session:
            told = session.receive_json()
            assert told["path"] == "/echo"
            assert told["headers"].keys() & {"authorization", "cookie", "origin"} == set()
            assert session.subprotocol == "one"
            session.send_text("hello")
            assert session.receive_text() == "HELLO"
            session.send_text("bye")
            with pytest.raises(WebSocketDisconnect) as left:
                session.receive_text()
            assert left.value.code == 4001
    guest = {"Authorization": f"Bearer {token_of(house.services, 'guest')}"}
    for where, headers, status in (
        (path, guest, 403),
        (path, {}, 401),
        (f"{made[:-5]}/", bearer, 403),
        (f"{path}elsewhere/", bearer, 502),
        (f"{JOBS}/{job}/services/1/", bearer, 404),
    ):
        with pytest.raises(WebSocketUpgradeError) as refused, opened(where, **headers):
            pass
        assert refused.value.response.status_code == status


def test_an_address_lasts_no_longer_than_what_its_maker_came_with(house: Live, port: int) -> None:
    _, job, _ = serving(house, port)
    ends = (utc_now() + timedelta(seconds=90)).isoformat()
    made = house.client().post("/api/v1/me/tokens", json={"name": "short", "expires_at": ends}).json()
    short = TestClient(house.app, base_url="http://localhost")
    short.headers["Authorization"] = f"Bearer {made['token']}"
    answer = short.post(f"{JOBS}/{job}/addresses/{port}")
    assert answer.status_code == 200, answer.text
    assert 0 < answer.json()["seconds"] <= 90
    browser = TestClient(house.app, base_url="http://localhost")
    assert browser.get(answer.json()["path"]).status_code == 201


def test_an_address_lets_a_browser_in_for_what_its_maker_may_do(house: Live, port: int) -> None:
    _, job, _ = serving(house, port)
    become(house, "ada", Role.MAINTAINER)
    ada = house.client("ada", admin=False)
    made = ada.post(f"{JOBS}/{job}/addresses/{port}").json()
    path, browser = made["path"], TestClient(house.app, base_url="http://localhost")
    assert made["seconds"] == 8 * 3600
    answer = browser.post(
        f"{path}run?x=1", json={"a": 1}, headers={"origin": "null", "sec-fetch-site": "cross-site"}
    )
    assert (answer.status_code, answer.json()["path"]) == (201, "/run?x=1")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert browser.get(path, headers={"sec-fetch-dest": "script"}).status_code == 201
    asked = {"origin": "null", "access-control-request-method": "PUT"}
    assert browser.options(path, headers=asked).headers["access-control-allow-methods"].startswith("GET")
    assert browser.get(path.replace(".", ".x", 1)).status_code == 401  # nobody is logged in
    assert ada.get(path.replace(".", ".x", 1)).status_code == 403
    assert ada.post(f"{JOBS}/{job}/addresses/1").status_code == 404
    events = house.client().get("/api/v1/projects/self/events", params={"name": "job.service_addressed"})
    assert [(each["actor"], each["payload"]["port"]) for each in events.json()["items"]] == [("ada", port)]
    become(house, "ada", Role.GUEST)
    assert browser.get(path).status_code in {401, 403}


def test_swcli_tells_the_address(house: Live, port: int, tmp_path: Path) -> None:
    _, job, path = serving(house, port, "never")
    home = tmp_path / "home"
    home.mkdir()
    terminal = Terminal(home)
    token = token_of(house.services, "admin", True)
    terminal.run("instance", "login", house.url, "--alias", "srv", "--token", token)
    told = "".join(terminal.run("job", "info", f"cloud://srv/project/self/job/{job}").split())
    assert f"{house.url}{path}" in told


def test_two_jobs_that_expose_the_same_port_serve_at_the_same_time(house: Live, port: int) -> None:
    """Each where its variable says, behind the address with the port that both declare."""
    client = house.client()
    jobs = [order(client, "polite") for _ in range(2)]
    told: dict[str, dict[str, Any]] = {}
    for job in jobs:
        until(client, job, "RUNNING")
        patience = time.monotonic() + 60
        while (answer := client.get(f"{JOBS}/{job}/services/{port}/who")).status_code != 201:
            assert time.monotonic() < patience, (answer.text, client.get(f"{JOBS}/{job}/logs/0.0").text)
            time.sleep(0.1)
        told[job] = answer.json()
    assert len({each["port"] for each in told.values()}) == 2
    assert port in {each["port"] for each in told.values()}
    for job, each in told.items():
        again = client.get(f"{JOBS}/{job}/services/{port}/who").json()
        assert again["pid"] == each["pid"], "the address of a job is that of its own service"
        client.post(f"{JOBS}/{job}/cancel", json={"force": True})
