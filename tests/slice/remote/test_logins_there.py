"""Logging in where something else listens, with what is no token, and out of what is away."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.remote_server import served
from tests.terminal import Terminal

from starwhale.core.config import load_config
from starwhale.core.errors import Unauthorized, Unavailable, UsageError
from starwhale.core.settings import Settings
from starwhale.instance.logins import FIRST_ANSWER, FIRST_CONNECTION, Logins

MakeStore = Callable[[Path], Settings]


@pytest.fixture
def logins(tmp_path: Path) -> Logins:
    return Logins(tmp_path / "config.yaml")


@pytest.fixture(params=[b'{"hello": 1}', b"[]", b"<html>log in to the network</html>", b""])
def stranger(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of somebody else's server, which answers everything with 200."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Length", str(len(request.param)))
            self.end_headers()
            self.wfile.write(request.param)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_somebody_else_is_not_taken_for_a_server(logins: Logins, stranger: str) -> None:
    for login in (
        lambda: logins.by_token(stranger, "team", "sw_token"),
        lambda: logins.by_password(stranger, "team", "ada", "secret"),
        lambda: logins.by_browser(stranger, "team", print, open_page=print),
    ):
        with pytest.raises(Unavailable, match="not as a Starwhale server"):
            login()
    assert not logins.config_path.exists()


@pytest.mark.parametrize("token", ["sw_ü", "sw_a b", "sw_a\nb", ""])
def test_what_cannot_be_a_token_is_not_sent(logins: Logins, token: str) -> None:
    with pytest.raises(UsageError, match="characters that no token has") as told:
        logins.by_token("http://127.0.0.1:9", "team", token)
    assert token not in str(told.value) or not token


@pytest.fixture
def silent() -> Iterator[tuple[str, list[socket.socket]]]:
    """Address of what takes every connection and never says a word, and the connections."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            with suppress(OSError):
                while True:
                    taken.append(listening.accept()[0])

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", taken
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
    for each in taken:
        each.close()


def test_what_never_answers_is_asked_once_and_not_for_long(
    logins: Logins, silent: tuple[str, list[socket.socket]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert FIRST_CONNECTION + FIRST_ANSWER <= 15
    monkeypatch.setattr("starwhale.instance.logins.FIRST_ANSWER", 0.2)
    url, taken = silent
    for login in (
        lambda: logins.by_token(url, "team", "sw_token"),
        lambda: logins.by_password(url, "team", "ada", "secret"),
        lambda: logins.by_browser(url, "team", print, open_page=print),
    ):
        before = len(taken)
        with pytest.raises(Unavailable, match="team does not answer: timed out"):
            login()
        assert len(taken) == before + 1
    assert not logins.config_path.exists()


@pytest.mark.parametrize(("alias", "said"), [("", "is empty"), (" ", "is empty"), ("local", "this machine")])
def test_an_alias_that_none_can_have_is_told_before_anything_is_sent(
    terminal: Terminal, alias: str, said: str
) -> None:
    for words in (["--token", "sw_token"], ["--username", "ada", "--password", "x"]):
        ran = terminal("instance", "login", "http://127.0.0.1:9", "--alias", alias, *words)
        assert (ran.status, ran.out) == (2, "")
        assert said in ran.err
        assert "alias" in ran.err


def test_a_wrong_password_is_told_as_such(logins: Logins, make_store: MakeStore, tmp_path: Path) -> None:
    with (
        served(make_store(tmp_path / "server")) as server,
        pytest.raises(Unauthorized, match="name or password is wrong") as told,
    ):
        logins.by_password(server.url, "team", "ada", "wrong")
    assert "instance login" not in told.value.hint


def test_a_server_that_is_away_keeps_the_token(
    terminal: Terminal, make_store: MakeStore, tmp_path: Path
) -> None:
    config = terminal.home / ".config/starwhale/config.yaml"
    with served(make_store(tmp_path / "server")) as server:
        server.login(config)
        server.login(tmp_path / "other.yaml")
        ran = terminal("instance", "logout", "team", SW_CLI_CONFIG=str(tmp_path / "other.yaml"))
        assert (ran.status, ran.err) == (0, "")
    ran = terminal("instance", "logout", "team")
    assert (ran.status, ran.out) == (0, "logged out of team\n")
    assert "there the token counts until somebody revokes it" in ran.err
    assert "team" not in load_config(config).instances
