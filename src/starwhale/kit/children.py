"""Child processes that answer through a pipe and never outlive the one that asked.

The child gets two descriptors: one to write its answers to, and its standard input, which only ever
ends: when it does, the parent is gone.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

GRACE = 3.0
"""Seconds a child has to end after it was asked to, before it is killed."""
_BEAT = 1.0


def ask(command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Generator[bytes, None, int]:
    """Start a child and give its answers, a line each; its exit status in the end.

    Closing the generator, or an error raised into it, ends the child and all it has started.

    Args:
        command: Program and arguments; ``{answers}`` in an argument is replaced by the descriptor.
        cwd: Working directory of the child.
        env: Its whole environment.
    """
    answers, answer = os.pipe()
    words = [word.replace("{answers}", str(answer)) for word in command]
    try:
        child = subprocess.Popen(
            words, cwd=cwd, env=dict(env), pass_fds=[answer], stdin=subprocess.PIPE, start_new_session=True
        )
    except BaseException:
        os.close(answers)
        raise
    finally:
        os.close(answer)
    try:
        with os.fdopen(answers, "rb") as pipe:
            yield from pipe
        return child.wait()
    finally:
        end(child)


def end(child: subprocess.Popen[bytes]) -> None:
    """End a child that leads a session of its own, with everything in it."""
    if child.stdin is not None:
        child.stdin.close()
    if child.poll() is None:
        _signal(child.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)
    # Also when the child is gone: what it has started may not be.
    _signal(child.pid, signal.SIGKILL)
    child.wait()


def _signal(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


class Answers:
    """In the child: what it says to the one that asked, a JSON document a line.

    Args:
        descriptor: The one that it was given for that; what it starts itself does not have it.
    """

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._pipe = os.fdopen(descriptor, "wb", buffering=0)
        self._lock = threading.Lock()

    def say(self, **told: Any) -> None:
        """Say something."""
        with self._lock:
            self._pipe.write(json.dumps(told, default=str).encode() + b"\n")

    def beat(self) -> None:
        """Say now and then that the work goes on, so that whoever listens notices when he is alone."""

        def go_on() -> None:
            while True:
                time.sleep(_BEAT)
                self.say(beat=True)

        threading.Thread(target=go_on, name="beat", daemon=True).start()


def die_with_parent() -> None:
    """Called in the child: when standard input ends, kill the whole session."""

    def watch() -> None:
        while os.read(0, 4096):
            continue
        os.killpg(os.getpgid(0), signal.SIGKILL)

    threading.Thread(target=watch, name="die-with-parent", daemon=True).start()
