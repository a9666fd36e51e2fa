"""How a program ends that tracks a run: by itself, by an error, in a forked child."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from starwhale.api.track_exits import leaving, watch_exits
from starwhale.core.errors import StarwhaleError


class Ending(Protocol):
    """A run, as far as its end goes."""

    def end(self, error: BaseException | None = None) -> None:
        """End it here, as failed where there is an error."""
        ...

    def become_child(self) -> None:
        """This process is a fork of the one that had begun it."""
        ...


Current = Callable[[], Ending | None]
"""Gives the run of this process; None while there is none."""


def program() -> str:
    """Name of the program that runs, for runs that nobody has named."""
    stem = Path(sys.argv[0]).stem if sys.argv and sys.argv[0] else ""
    return stem if stem and stem.isprintable() and stem != "-c" else "run"


def code_directory() -> Path:
    """Where the code of the program lies; where it was started when that cannot be told."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(file).resolve().parent if file else Path.cwd()


@lru_cache(maxsize=1)
def watch(current: Current) -> None:
    """See to it that the run is ended with the program; once for all runs of a process."""
    atexit.register(_end, current)
    os.register_at_fork(after_in_child=lambda: _forked(current))
    _watch_errors(current)
    watch_exits()
    watch_multiprocessing(current)


def _end(current: Current, error: BaseException | None = None) -> None:
    """End the run; nobody is left who could be told by an exception."""
    run = current()
    if run is None:
        return
    try:
        run.end(error or leaving())
    except StarwhaleError as problem:
        sys.stderr.write(f"{run!r} could not be ended; what was logged is kept: {problem}\n")


def _forked(current: Current) -> None:
    run = current()
    if run is not None:
        run.become_child()


def _watch_errors(current: Current) -> None:
    before = sys.excepthook

    def excepthook(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        # First, so that the traceback is among the lines that the run has printed.
        before(kind, error, trace)
        _end(current, error)

    sys.excepthook = excepthook


def watch_multiprocessing(current: Current, *, forked: bool = False) -> None:
    """End the run with a process of `multiprocessing`, since such a process ends without `atexit`.

    Args:
        current: Gives the run.
        forked: This process is a forked child, that has joined the run just now.
    """
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing is None or not (forked or multiprocessing.parent_process() is not None):
        return
    from multiprocessing.util import Finalize

    Finalize(None, _end, args=(current,), exitpriority=100)
