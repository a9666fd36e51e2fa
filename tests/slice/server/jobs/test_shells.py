"""Terminals in tasks that a server runs: a real program on a real terminal beside a real worker."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect
from tests.slice.server.accounts.world import ROOT
from tests.slice.server.conftest import token_of, user_of
from tests.slice.server.jobs.conftest import Live, until
from tests.slice.server.jobs.test_runs import JOBS, log_of, order

from starwhale.catalog.tables.jobs import JobRow
from starwhale.client.http import Http
from starwhale.client.shells import RemoteTerminal, open_terminal
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, Forbidden, NotFound, StarwhaleError, Unauthorized
from starwhale.core.permissions import Role
from starwhale.core.uri import JobUri
from starwhale.jobs.executors.terminal import Ended, Screen
from starwhale.server.access import SOCKET, declared

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")

PLAIN = Screen(plain=True)
PATIENCE = 60.0
SOCKETS = f"ws://localhost{JOBS}"
Opened = Callable[..., RemoteTerminal]


def await_that(holds: Callable[[], Any], told: Callable[[], Any] = lambda: None) -> None:
    patience = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < patience, told()
        time.sleep(0.05)


@pytest.fixture
def opened(live: Live) -> Iterator[Opened]:
    """Opens terminals as somebody."""
    with ExitStack() as stack:

        def make(
            job: str, *command: str, task: str = "0.0", screen: Screen = PLAIN, token: str | None = None
        ) -> RemoteTerminal:
            shown = token_of(live.services, "admin", True) if token is None else token
            http = stack.enter_context(Http(live.url, shown))
            uri = JobUri(instance="local", project="self", job=job)
            return stack.enter_context(open_terminal(http, uri, task, command, screen))

        yield make


def all_of(terminal: RemoteTerminal) -> tuple[bytes, Ended]:
    printed = b""
    while not isinstance(told := terminal.receive(), Ended):
        printed += told
    return printed, told


def up_to(terminal: RemoteTerminal, word: bytes) -> bytes:
    printed = b""
    while word not in printed:
        told = terminal.receive()
        assert not isinstance(told, Ended), (printed, told)
        printed += told
    return printed


def running(client: TestClient, handler: str = "wait", **more: Any) -> str:
    job = order(client, handler, **{"debug": True, **more})
    until(client, job, "RUNNING")
    await_that(lambda: task_of(client, job)["state"] == "RUNNING", lambda: task_of(client, job))
    return job


def task_of(client: TestClient, job: str) -> dict[str, Any]:
    return client.get(f"{JOBS}/{job}").json()["steps"][0]["tasks"][0]


def audited(live: Live, name: str) -> list[dict[str, Any]]:
    return live.client().get("/api/v1/projects/self/events", params={"name": name}).json()["items"]


def become(live: Live, name: str, role: Role) -> None:
    """Have somebody be a member of the project, which has an owner already."""
    for each, its in (("admin", Role.OWNER), (name, role)):
        user_of(live.services, each)
        live.services.members.put(ROOT, "self", each, its)


def lives(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_code_that_a_job_runs_for_days_stays_while_others_are_cleared_up(live: Live, opened: Opened) -> None:
    client = live.client()
    job = running(client)
    (mine,) = (live.settings.store.run / "code").iterdir()
    left = mine.with_name("left")
    left.mkdir()
    days_ago = time.time() - 3 * 86_400
    for copy in (mine, left):
        os.utime(copy, (days_ago, days_ago))
    live.services.collection.tidy()
    assert not left.exists()
    printed, ended = all_of(opened(job, "ls"))
    assert (ended, b"code_of_user.py" in printed) == (Ended(status=0), True)
    client.post(f"{JOBS}/{job}/cancel", json={"force": True})
    await_that(lambda: not mine.exists())


def test_a_command_runs_where_the_worker_is_and_is_audited(
    live: Live, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    client = live.client()
    job = running(client)
    printed, ended = all_of(opened(job, "sh", "-c", "pwd; tty; ls; env; ulimit -c; exit 3"))
    assert ended == Ended(status=3)
    text = printed.decode()
    assert str(live.settings.store.run / "code") in text
    assert "/dev/pts/" in text
    assert "code_of_user.py" in text
    assert f"HOME={live.settings.store.root}/run/{job}/home" in text
    assert "hush" not in text
    assert "TERM=xterm-256color" in text
    begun, closed = audited(live, "shell.opened"), audited(live, "shell.closed")
    assert [each["actor"] for each in (*begun, *closed)] == ["admin", "admin"]
    for each in (begun[0], closed[0]):
        assert (each["payload"]["job"], each["payload"]["task"]) == (job, "0.0")
        assert each["payload"]["command"].startswith("sh -c pwd")
    assert closed[0]["payload"]["status"] == 3
    assert closed[0]["payload"]["seconds"] > 0


def test_a_shell_is_a_terminal_with_a_size_and_with_job_control(live: Live, opened: Opened) -> None:
    job = running(live.client())
    shell = opened(job, "sh", screen=Screen(rows=30, columns=100))
    shell.send(b"stty size; echo on $((40 + 2))\n")
    assert b"30 100" in up_to(shell, b"on 42")
    shell.resize(50, 132)
    shell.send(b"stty size; echo re$((1))sized\n")
    assert b"50 132" in up_to(shell, b"re1sized")
    shell.send(b"exit 7\n")
    assert all_of(shell)[1] == Ended(status=7)


def test_keys_that_interrupt_do_so(live: Live, opened: Opened) -> None:
    job = running(live.client())
    waiting = "trap 'echo caught; exit 9' INT; echo waiting; while :; do sleep 0.05; done"
    terminal = opened(job, "sh", "-c", waiting)
    up_to(terminal, b"waiting")
    terminal.send(b"\x03")
    printed, ended = all_of(terminal)
    assert (b"caught" in printed, ended.status) == (True, 9)


def test_no_signal_is_ignored_because_the_server_ignores_it(live: Live, opened: Opened) -> None:
    job = running(live.client())
    # As `sh` does with what it starts in the background.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        printed, ended = all_of(opened(job, "grep", "SigIgn", "/proc/self/status"))
    finally:
        signal.signal(signal.SIGINT, before)
    ignored = int(printed.split()[1], 16)
    # Those of the C library's own are nobody's to set.
    settable = [each for each in signal.valid_signals() if ignored >> (each - 1) & 1]
    assert (settable, ended.status) == ([], 0)


def test_what_cannot_be_run_is_said_as_shells_say_it(live: Live, opened: Opened) -> None:
    job = running(live.client())
    printed, ended = all_of(opened(job, "no-such-program"))
    assert (ended.status, b"no-such-program: No such file" in printed) == (127, True)
    assert all_of(opened(job, "/etc"))[1].status == 126
    assert all_of(opened(job, "sh", "-c", "kill -9 $$"))[1].status == 137


def test_only_whoever_may_comes_in(live: Live, opened: Opened) -> None:
    client, services = live.client(), live.services
    job = running(client)
    become(live, "guest", Role.GUEST)
    become(live, "member", Role.MAINTAINER)
    user_of(services, "eve")

    def refusal(token: str, which: str = job, task: str = "0.0") -> type[StarwhaleError]:
        with pytest.raises(StarwhaleError) as found:
            opened(which, "true", token=token, task=task)
        return type(found.value)

    assert refusal("") is Unauthorized
    assert refusal("sw_" + "0" * 40) is Unauthorized
    assert refusal(token_of(services, "guest")) is Forbidden
    assert refusal(token_of(services, "eve")) is NotFound
    assert all_of(opened(job, "true", token=token_of(services, "member")))[1].status == 0
    user = services.users.get(ROOT, "member")
    me = Actor(name="member", user=user.id)
    for scopes, comes_in in (
        (["job:write", "run:write", "*:read"], False),
        (["*:write", "*:read"], False),
        (["shell:write", "*:read"], True),
    ):
        limited = services.tokens.create(me, "limited", scopes=scopes, project="", expires_at=None)[1]
        if comes_in:
            assert all_of(opened(job, "true", token=limited))[1].status == 0
        else:
            assert refusal(limited) is Forbidden
    admin = token_of(services, "admin", True)
    assert refusal(admin, "a" * 40) is NotFound
    assert refusal(admin, job, "7.7") is NotFound
    # The job's own token does not open terminals in its project.
    printed, _ = all_of(opened(job, "sh", "-c", "echo $SW_WORK_TOKEN"))
    assert refusal(printed.decode().strip()) is Forbidden


def test_jobs_that_are_not_to_be_looked_into_say_so(live: Live, opened: Opened) -> None:
    client = live.client()
    job = running(client, debug=False)
    with pytest.raises(Conflict, match="not in debug mode"):
        opened(job)
    client.post(f"{JOBS}/{job}/cancel", json={"force": True})
    ended = order(client, "secrets", debug=True)
    until(client, ended, "SUCCESS")
    with pytest.raises(Conflict, match="is SUCCESS, so that none of its tasks runs"):
        opened(ended)


def test_a_task_that_failed_in_debug_mode_waits_to_be_looked_into(live: Live, opened: Opened) -> None:
    client = live.client()
    job = order(client, "fail", debug=True)
    await_that(lambda: "waits to be looked into" in log_of(client, job), lambda: log_of(client, job))
    assert "ValueError: no good" in log_of(client, job)
    assert client.get(f"{JOBS}/{job}").json()["state"] == "RUNNING"
    assert b"code_of_user" in all_of(opened(job, "ls"))[0]
    client.post(f"{JOBS}/{job}/cancel", json={})
    assert "canceled by admin" in until(client, job, "CANCELED")["cause"]
    assert "no good" in task_of(client, job)["cause"]


def test_it_waits_no_longer_than_it_may_run_and_fails_for_its_own_reason(live: Live) -> None:
    client = live.client()
    job = order(client, "fail", debug=True, deadline=3)
    assert "no good" in until(client, job, "FAIL")["cause"]


def test_a_task_that_waits_to_be_looked_into_ends_with_the_time_of_its_job(live: Live) -> None:
    client = live.client()
    job = order(client, "fail", debug=True, auto_release_time=3)
    assert until(client, job, "FAIL", "CANCELED")["cause"] == "its auto-release time of 3 s is over"
    assert "no good" in task_of(client, job)["cause"]


def test_a_terminal_ends_with_the_job_and_so_does_all_that_it_started(live: Live, opened: Opened) -> None:
    client = live.client()
    job = running(client)
    shell = opened(job, "sh", "-c", "setsid nohup sleep 600 & echo pids $! $$ .; cat")
    pids = list(map(int, up_to(shell, b" .").split()[1:3]))
    client.post(f"{JOBS}/{job}/cancel", json={"force": True})
    _, ended = all_of(shell)
    assert (ended.status, ended.cause) == (None, "the worker of the task has ended")
    until(client, job, "CANCELED")
    await_that(lambda: not any(map(lives, pids)))
    assert audited(live, "shell.closed")[0]["payload"]["cause"] == "the worker of the task has ended"


def test_whoever_hangs_up_leaves_nothing_behind_but_the_job(live: Live, opened: Opened) -> None:
    client = live.client()
    job = running(client)
    shell = opened(job, "sh", "-c", "trap '' HUP; setsid nohup sleep 600 & echo pids $! $$ .; sleep 600")
    pids = list(map(int, up_to(shell, b" .").split()[1:3]))
    shell._socket.stream.close()
    await_that(lambda: not any(map(lives, pids)))
    await_that(lambda: audited(live, "shell.closed"))
    assert audited(live, "shell.closed")[0]["payload"]["cause"] == "whoever opened it has left"
    assert task_of(client, job)["state"] == "RUNNING"


def test_whoever_hangs_up_while_a_program_prints_has_left_too(live: Live, opened: Opened) -> None:
    client = live.client()
    job = running(client)
    shell = opened(job, "sh", "-c", "while :; do echo on and on; done")
    up_to(shell, b"on and on")
    shell._socket.stream.close()
    await_that(lambda: audited(live, "shell.closed"))
    assert audited(live, "shell.closed")[0]["payload"]["cause"] == "whoever opened it has left"


def test_a_terminal_ends_with_the_right_to_it(live: Live, opened: Opened) -> None:
    services = live.services
    job = running(live.client())
    become(live, "member", Role.MAINTAINER)
    shell = opened(job, "sh", "-c", "echo in; cat", token=token_of(services, "member"))
    up_to(shell, b"in")
    become(live, "member", Role.GUEST)
    _, ended = all_of(shell)
    assert (ended.status, "may not do shell:write" in ended.cause) == (None, True)


def test_a_terminal_that_nobody_uses_is_closed(live: Live, opened: Opened) -> None:
    live.app.state.shells.idle = 0.5
    job = running(live.client())
    assert all_of(opened(job, "cat"))[1] == Ended(status=None, cause="nothing was typed or printed for 0.5 s")


def test_nobody_remembers_anything_for_a_slow_reader(live: Live, opened: Opened, tmp_path: Path) -> None:
    job, note = running(live.client()), tmp_path / "note"
    line, times = "x" * 1023 + "\n", 200_000
    program = (
        "import sys\n"
        f"for number in range({times}):\n"
        f"    sys.stdout.write({line!r})\n"
        "    if number % 1000 == 0:\n"
        "        sys.stdout.flush()\n"
        f"        open({str(note)!r}, 'w').write(str(number))\n"
    )
    terminal = opened(job, "python3", "-c", program)
    await_that(note.exists)
    before = -1
    while (now := int(note.read_text() or 0)) != before:
        before = now
        time.sleep(1.0)
    assert now < times / 4
    taken, told = 0, terminal.receive()
    while not isinstance(told, Ended):
        taken += len(told)
        told = terminal.receive()
    assert (taken, told.status) == (times * len(line), 0)


@pytest.mark.parametrize(
    "first",
    [
        "hello",
        "[]",
        '{"command": "ls"}',
        '{"command": ["a\\u0000b"]}',
        '{"command": [], "rows": 0}',
        '{"kind": "a b"}',
        '{"user": "root"}',
    ],
)
def test_a_first_word_that_makes_no_sense_runs_nothing(live: Live, first: str) -> None:
    client = live.client()
    job = running(client)
    with client.websocket_connect(f"{SOCKETS}/{job}/tasks/0.0/exec") as socket:
        socket.send_text(first)
        assert json.loads(socket.receive_text())["cause"] == "nobody said what to run, as JSON"
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()
    assert audited(live, "shell.opened") == []


def test_what_is_no_size_ends_the_terminal(live: Live) -> None:
    client = live.client()
    job = running(client)
    with client.websocket_connect(f"{SOCKETS}/{job}/tasks/0.0/exec") as socket:
        socket.send_text('{"command": ["cat"], "plain": true}')
        socket.send_bytes(b"here\n")
        assert socket.receive_bytes() == b"here\n"
        socket.send_text('{"rows": 5000, "columns": 1}')
        assert json.loads(socket.receive_text()) == {
            "status": None,
            "cause": "what came was no size of a screen",
        }


def test_another_site_opens_no_terminal(live: Live) -> None:
    client = live.client()
    job = running(client)
    with pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)):
        client.websocket_connect(
            f"{SOCKETS}/{job}/tasks/0.0/exec", headers={"origin": "https://evil.example"}
        ).__enter__()
    for path in (f"{job}/tasks/../exec", f"{job}/tasks/x/exec", "UPPER/tasks/0.0/exec"):
        with pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)):
            client.websocket_connect(f"{SOCKETS}/{path}").__enter__()


def test_a_job_of_another_machine_is_told_of_in_one_sentence(live: Live, opened: Opened) -> None:
    client = live.client()
    job = running(client)
    with live.services.catalog.begin() as session:
        session.execute(update(JobRow).where(JobRow.id == job).values(owner_host="box-7/boot/1"))
    with pytest.raises(Conflict, match="runs on the machine 'box-7', which this is not"):
        opened(job)


def test_every_web_socket_says_what_it_asks_for(live: Live) -> None:
    found = {each.path.removeprefix("/api/v1"): each for each in declared(live.app) if each.method == SOCKET}
    job = "/projects/{project}/jobs/{job}"
    assert {path: each.access for path, each in found.items()} == {
        f"{job}/tasks/{{task}}/exec": "shell:write",
        f"{job}/services/{{port}}/{{path:path}}": "run:write",
        "/services/{address}/{path:path}": "anybody",
    }
