"""Logging in where something else listens, with what is no token, and out of what is away."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.remote_server import ROOT, Served, served
from tests.terminal import Terminal

from starwhale.client.http import Http
from starwhale.core.actor import Actor
from starwhale.core.config import load_config
from starwhale.core.errors import StarwhaleError, Unauthorized, Unavailable, UsageError
from starwhale.core.settings import Settings
from starwhale.instance.logins import FIRST_ANSWER, FIRST_CONNECTION, Logins
from starwhale.instance.servers import open_server

MakeStore = Callable[[Path], Settings]


@pytest.fixture
def logins(tmp_path: Path) -> Logins:
    return Logins(tmp_path / "config.yaml")


@pytest.fixture(
    params=[
        b'{"hello": 1}',
        b'{"items": 1, "total": 1, "next": null}',
        b"[]",
        b"<html>log in to the network</html>",
        b"",
    ]
)
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


def test_its_answers_are_no_fault_of_ours(terminal: Terminal, stranger: str) -> None:
    for words in (
        ["project", "list", "-i", stranger],
        ["dataset", "info", f"{stranger}/project/a/dataset/b"],
    ):
        ran = terminal(*words)
        assert ran.status == Unavailable.exit_status
        assert "answers with status 200, and not as a Starwhale server" in ran.err


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


PASSWORD = "a whole sentence of words"


@pytest.fixture
def server(make_store: MakeStore, tmp_path: Path) -> Iterator[Served]:
    """A server on which ada has an account."""
    with served(make_store(tmp_path / "server")) as server:
        server.services.users.add(ROOT, "ada", password=PASSWORD)
        yield server


def ada_of(server: Served) -> Actor:
    return Actor(name="ada", user=server.services.users.list(ROOT, None, "ada").items[0].id)


def counts(server: Served, token: str) -> bool:
    with Http(server.url, token) as http:
        try:
            http.get("/me")
        except Unauthorized:
            return False
        return True


def test_another_login_takes_the_place_of_the_one_before(server: Served, logins: Logins) -> None:
    made = [logins.by_password(server.url, "team", "ada", PASSWORD).sw_token for _ in range(3)]
    assert [counts(server, each) for each in made] == [False, False, True]
    logins.by_password(server.url, "other", "ada", PASSWORD)
    assert len(server.services.tokens.list(ada_of(server))) == 2
    assert counts(server, made[-1])
    assert logins.logout("team")[1]
    assert logins.logout("other")[1]
    assert server.services.tokens.list(ada_of(server)) == []


def test_a_login_by_browser_takes_the_place_of_one_by_password(server: Served, logins: Logins) -> None:
    before = logins.by_password(server.url, "team", "ada", PASSWORD).sw_token

    def let_in(page: str) -> None:
        with Http(server.url) as http:
            http.post("/login", {"name": "ada", "password": PASSWORD})
            http.post(f"/logins/codes/{page.partition('#')[2]}/allow")

    now = logins.by_browser(
        server.url, "team", lambda *_: None, open_page=let_in, pause=lambda _: None
    ).sw_token
    assert (counts(server, before), counts(server, now)) == (False, True)


def test_a_token_that_the_user_brought_is_left_to_him(server: Served, logins: Logins) -> None:
    brought = server.token()
    logins.by_token(server.url, "team", brought)
    made = logins.by_password(server.url, "team", "ada", PASSWORD).sw_token
    logins.by_token(server.url, "twin", made)
    logins.by_token(server.url, "team", brought)
    # The other alias shows it still.
    assert (counts(server, brought), counts(server, made)) == (True, True)


def test_whoever_is_at_work_goes_on_with_the_token_of_a_new_login(
    server: Served, logins: Logins, tmp_path: Path
) -> None:
    logins.by_password(server.url, "team", "ada", PASSWORD)
    at_work = open_server(replace(Settings.at(tmp_path), config_path=logins.config_path), "team")
    assert at_work is not None
    with at_work:
        at_work.http.post("/projects", {"name": "before"})
        logins.by_password(server.url, "team", "ada", PASSWORD)
        at_work.http.post("/projects", {"name": "after"})
        known = {each["name"] for each in at_work.http.get("/projects")["items"]}
        assert known >= {"before", "after"}
        logins.logout("team")
        with pytest.raises(Unauthorized):
            at_work.http.post("/projects", {"name": "never"})


def test_somebody_elses_login_is_not_taken_for_ones_own(
    server: Served, logins: Logins, tmp_path: Path
) -> None:
    server.services.users.add(ROOT, "bob", password=PASSWORD)
    logins.by_password(server.url, "team", "ada", PASSWORD)
    at_work = open_server(replace(Settings.at(tmp_path), config_path=logins.config_path), "team")
    assert at_work is not None
    with at_work:
        assert at_work.http.get("/me")["name"] == "ada"
        logins.by_password(server.url, "team", "bob", PASSWORD)
        with pytest.raises(Unauthorized):
            at_work.http.get("/me")


def test_a_login_that_cannot_be_written_down_leaves_no_token(server: Served, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        Logins(tmp_path / "file" / "config.yaml").by_password(server.url, "team", "ada", PASSWORD)
    assert server.services.tokens.list(ada_of(server)) == []


def test_a_login_beyond_the_limit_says_so_and_leaves_no_session(
    server: Served, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starwhale.accounts.tokens.MOST", 2)
    words = ["instance", "login", server.url, "--username", "ada", "--password", PASSWORD, "--alias"]
    # The new one is made before the one that it replaces goes.
    for alias in ("team", "team", "team", "more"):
        assert terminal(*words, alias).status == 0
    refused = terminal(*words, "most")
    assert (refused.status, refused.out) == (4, "")
    assert "has 2 tokens" in refused.err
    assert "/account/tokens" in refused.err
    assert server.services.doors.sessions(ada_of(server)) == []


def test_of_an_earlier_server_that_is_away_it_is_said_what_is_left_there(
    server: Served, terminal: Terminal, make_store: MakeStore, tmp_path: Path
) -> None:
    words = ["--username", "ada", "--password", PASSWORD, "--alias", "team"]
    with served(make_store(tmp_path / "earlier")) as earlier:
        earlier.services.users.add(ROOT, "ada", password=PASSWORD)
        assert terminal("instance", "login", earlier.url, *words).status == 0
    ran = terminal("instance", "login", server.url, *words)
    assert (ran.status, "until somebody revokes it" in " ".join(ran.err.split())) == (0, True), ran.err


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


def test_a_login_begins_in_a_project_of_ones_own_or_in_none(server: Served, logins: Logins) -> None:
    server.services.users.add(ROOT, "bob", password=PASSWORD)
    entry = logins.by_password(server.url, "theirs", "bob", PASSWORD)
    with Http(server.url, entry.sw_token) as http:
        http.post("/projects", {"name": "a-public-one"})
        http.send("PATCH", "/projects/a-public-one", json={"public": True})
    assert logins.by_password(server.url, "team", "ada", PASSWORD).current_project == ""
    with Http(server.url, logins.by_password(server.url, "team", "ada", PASSWORD).sw_token) as http:
        assert [each["name"] for each in http.get("/projects")["items"]] == ["a-public-one"]
        http.post("/projects", {"name": "mine"})
    assert logins.by_password(server.url, "team", "ada", PASSWORD).current_project == "mine"


def test_a_value_that_is_refused_is_named_without_the_request_that_carried_it(server: Served) -> None:
    with Http(server.url, server.token()) as http, pytest.raises(StarwhaleError) as told:
        http.post("/projects", {"name": 7})
    assert told.value.message == "name: must be text"
