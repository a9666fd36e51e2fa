"""Processes are found by the mark that they inherited, and by nothing less."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from starwhale.kit import leftovers
from starwhale.kit.leftovers import kill_marked

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="needs /proc to find processes"
)

NAME = "SW_TEST_TREE"
Sleep = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def sleep() -> Iterator[Sleep]:
    """Starts programs that sleep, in sessions of their own."""
    started: list[subprocess.Popen[bytes]] = []

    def start(
        mark: str | None, name: str = NAME, words: tuple[str, ...] = ("sleep", "300"), user: str | None = None
    ):
        environ = {**os.environ, name: mark} if mark is not None else dict(os.environ)
        started.append(subprocess.Popen(words, env=environ, start_new_session=True, user=user))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()


@pytest.mark.parametrize("handles", [True, False], ids=["by handle", "by number"])
def test_only_what_carries_the_very_mark_is_killed(
    sleep: Sleep, handles: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not handles:

        def refuse(_: int) -> int:
            raise PermissionError

        monkeypatch.setattr(os, "pidfd_open", refuse)
    mark, other = token_hex(16), token_hex(16)
    ours = [sleep(mark), sleep(mark)]
    theirs = [sleep(None), sleep(other), sleep(mark, "X" + NAME), sleep(mark + "0"), sleep(mark[:-1])]
    assert kill_marked(NAME, {mark}) == 2
    assert [each.wait(5) for each in ours] == [-signal.SIGKILL] * 2
    assert [each.poll() for each in theirs] == [None] * 5
    assert kill_marked(NAME, {mark, token_hex(16)}) == 0
    assert kill_marked(NAME, ()) == 0


def test_what_starts_further_ones_while_it_is_killed_is_outrun(sleep: Sleep) -> None:
    code = (
        "import os, time\n"
        "for _ in range(1000):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        time.sleep(60)\n"
        "        os._exit(0)\n"
        "    time.sleep(0.01)\n"
    )
    mark = token_hex(16)
    runner = sleep(mark, words=(sys.executable, "-S", "-c", code))
    while len(_marked(mark)) < 10:
        assert runner.poll() is None
    assert kill_marked(NAME, {mark}) >= 10
    assert _marked(mark) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root to start something as somebody else")
def test_root_finds_what_was_started_as_another_user(sleep: Sleep) -> None:
    mark = token_hex(16)
    theirs = sleep(mark, user="nobody")
    assert Path(f"/proc/{theirs.pid}").stat().st_uid != 0
    assert kill_marked(NAME, {mark}) == 1
    assert theirs.wait(5) == -signal.SIGKILL


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root to start something as somebody else")
def test_others_leave_what_is_not_theirs(sleep: Sleep, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = token_hex(16)
    theirs = sleep(mark)
    monkeypatch.setattr(leftovers.os, "geteuid", lambda: 12345)
    assert kill_marked(NAME, {mark}) == 0
    assert theirs.poll() is None


def test_a_number_that_was_given_anew_is_let_alone(sleep: Sleep, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = token_hex(16)
    gone, stranger = sleep(mark), sleep(None)
    real = os.pidfd_open

    def reuse(pid: int) -> int:
        # As if the process had ended since it was looked at, and its number meant another.
        assert pid == gone.pid
        gone.kill()
        gone.wait()
        return real(stranger.pid)

    monkeypatch.setattr(leftovers.os, "pidfd_open", reuse)
    assert kill_marked(NAME, {mark}) == 0
    assert stranger.poll() is None


def _marked(mark: str) -> list[int]:
    found: list[int] = []
    for place in Path("/proc").iterdir():
        if place.name.isdecimal():
            try:
                if mark.encode() in (place / "environ").read_bytes():
                    found.append(int(place.name))
            except OSError:
                continue
    return found
