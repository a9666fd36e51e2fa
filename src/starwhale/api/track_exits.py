"""Which `SystemExit` ends the program: `sys.excepthook` is told of every other error, but not of that one."""

from __future__ import annotations

import sys
import threading
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

EXITS = __file__
"""In a traceback, lines of this file say nothing to a user."""

_left: list[SystemExit] = []


def failure(error: BaseException | None) -> BaseException | None:
    """The error, unless it is how a program ends that went well: `sys.exit()` or `sys.exit(0)`."""
    return None if isinstance(error, SystemExit) and not error.code else error


def leaving() -> BaseException | None:
    """What ends this program: an error on its way out of it, or the exit that has left it."""
    return sys.exception() or (_left[-1] if _left else None)


def watch_exits() -> None:
    """Remember from now on the exit that leaves the program; one that somebody catches is none."""
    if sys.version_info < (3, 12) or not _watch_frames():
        _watch_calls()


def _watch_frames() -> bool:
    """Look at every frame that an error leaves; False where debuggers and profilers have taken all places."""
    if sys.version_info < (3, 12):
        return False
    monitoring = sys.monitoring
    tool = next((each for each in (4, 3) if monitoring.get_tool(each) is None), None)
    if tool is None:
        return False

    def unwound(_code: object, _offset: int, error: BaseException) -> None:
        if isinstance(error, SystemExit) and _is_last(sys._getframe(1)) and _in_main_thread():  # noqa: SLF001 - frames are nowhere else to be had
            _left.append(error)

    monitoring.use_tool_id(tool, "starwhale.track")
    monitoring.register_callback(tool, monitoring.events.PY_UNWIND, unwound)
    monitoring.set_events(tool, monitoring.events.PY_UNWIND)
    return True


class _Exit(SystemExit):
    """What `sys.exit` raises; the interpreter itself, below which no frame is, reads its code at the end."""

    def __getattribute__(self, name: str) -> Any:
        if name == "code" and _is_last(sys._getframe()):  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above
            _left.append(self)
        return super().__getattribute__(name)


# as it would stand in a traceback
_Exit.__name__ = _Exit.__qualname__ = SystemExit.__name__
_Exit.__module__ = SystemExit.__module__


def _watch_calls() -> None:
    before = sys.exit

    @wraps(before)
    def leave(status: Any = None, /) -> None:
        # a thread that raises anything but SystemExit itself is taken for one that failed
        if not _in_main_thread():
            before(status)
        raise _Exit(status)

    sys.exit = leave


def _is_last(frame: FrameType) -> bool:
    return frame.f_back is None


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
