"""Runs that the code of a task begins and leaves open: they end with the task, as with a program."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from starwhale.core.errors import StarwhaleError

_TRACK = "starwhale.api.track"


@contextmanager
def runs_end(*, alone: bool) -> Generator[None]:
    """End the run that is begun within the block and still open behind it.

    One that was open before belongs to the modules of the user, which serve further tasks.

    Args:
        alone: No other task runs in this process meanwhile, to which it may belong.

    Raises:
        Unavailable: it is kept on a server that does not answer.
    """
    if not alone:
        yield
        return
    before = _open_run()
    try:
        yield
    except BaseException as error:
        try:
            _end(before, error)
        except StarwhaleError as problem:
            sys.stderr.write(f"starwhale: what was tracked could not be kept: {problem}\n")
        raise
    _end(before, None)


def _open_run() -> object | None:
    track = sys.modules.get(_TRACK)
    return None if track is None else track.current()


def _end(before: object | None, error: BaseException | None) -> None:
    if _open_run() is None:
        return
    from starwhale.api.track import current

    run = current()
    if run is not None and run is before:
        run.flush()
    elif run is not None:
        run.end(error)
