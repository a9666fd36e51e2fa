"""A server in the background: started from a terminal that it outlives, and stopped from another one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from starwhale.core.errors import StarwhaleError, Unavailable, error_of
from starwhale.kit.files import make_dirs
from starwhale.server.seat import Sitting, is_free

LOG = "server.log"
_TICK = 0.05
_TAIL = 2000


def start_detached(
    words: Sequence[str], said: Mapping[str, Any], root: Path, env: dict[str, str]
) -> tuple[str, str | None]:
    """Start a server in a session of its own, and return once it answers.

    Args:
        words: What follows ``swcli``; everybody on the machine may read it for as long as the server runs.
        said: Further flags, passwords among them, which only the server gets to see; see `hear`.
        root: Its data directory, where ``server.log`` takes what it says.
        env: Its environment.

    Returns:
        Its address, and the password of the first administrator where one was made just now.

    Raises:
        StarwhaleError: what it could not start for.
    """
    make_dirs(root, mode=0o700)
    reading, writing = os.pipe()
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    log = os.open(root / LOG, flags, 0o600)
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "starwhale.cli", *words, "--tell", str(writing)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=root,
            env=env,
            pass_fds=[writing],
            start_new_session=True,
        )
    finally:
        os.close(writing)
        os.close(log)
    if process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin as flags_pipe:
            flags_pipe.write(json.dumps(dict(said)).encode())
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.readline()  # children may hold the other end open, so its end is not waited for
    # It is to outlive this process, which waits for it no more.
    process.returncode = 0
    return _understood(answer, root)


def _understood(answer: bytes, root: Path) -> tuple[str, str | None]:
    try:
        told: dict[str, Any] = json.loads(answer)
    except ValueError:
        tail = (root / LOG).read_text("utf-8", "replace")[-_TAIL:].strip().rpartition("\n")[2]
        raise Unavailable("the server ended before it answered", hint=f"its log says: {tail}") from None
    if "code" in told:
        raise error_of(told["code"], told["message"], told["hint"])
    return told["url"], told["password"]


def hear() -> dict[str, Any]:
    """What else a server was `start_detached` with, from its standard input; lists in the place of tuples."""
    with open(0, "rb", closefd=False) as pipe:
        said: dict[str, Any] = json.loads(pipe.read())
    return said


def say(descriptor: int, told: dict[str, Any]) -> None:
    """Tell whoever has started this process how it went, once."""
    with suppress(OSError), os.fdopen(descriptor, "wb") as pipe:
        pipe.write(json.dumps(told).encode() + b"\n")


def say_failure(descriptor: int, error: StarwhaleError) -> None:
    """Tell him that it went wrong."""
    say(descriptor, {"code": error.code, "message": error.message, "hint": error.hint})


def stop(sitting: Sitting, root: Path, patience: float, waiting: Callable[[float], None]) -> bool:
    """Have a server finish what is under way and end.

    Args:
        sitting: The server.
        root: Its data directory.
        patience: Seconds to wait for it; then it is ended.
        waiting: Told after each second how long it has been.

    Returns:
        Whether it ended by itself.
    """
    began, told = time.monotonic(), 0
    _signal(sitting, signal.SIGTERM)
    while sitting.runs or not is_free(root):
        passed = time.monotonic() - began
        if passed > patience:
            _signal(sitting, signal.SIGKILL)
            _wait(lambda: is_free(root) and not sitting.runs, 30.0)
            return False
        if int(passed) > told:
            told = int(passed)
            waiting(passed)
        time.sleep(_TICK)
    return True


def _signal(sitting: Sitting, number: signal.Signals) -> None:
    if sitting.runs:
        with suppress(ProcessLookupError):
            os.kill(sitting.process.pid, number)


def _wait(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(_TICK)
