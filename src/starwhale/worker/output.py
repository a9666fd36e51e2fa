"""Where what user code prints goes: the log of its task, whether Python prints it or a library in C."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def open_log(path: Path) -> Generator[TextIO]:
    """A log to append to, each line as it is written; one to which nothing was written leaves no file."""
    try:
        log = _appending(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        log = _appending(path)
    with log:
        yield log
        log.flush()
        if os.fstat(log.fileno()).st_size == 0:
            path.unlink(missing_ok=True)


def _appending(path: Path) -> TextIO:
    return path.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)


@contextmanager
def process_output(log: TextIO) -> Generator[None]:
    """Send all that this process and its children print to `log`."""
    flush_streams()
    before = [os.dup(descriptor) for descriptor in (1, 2)]
    try:
        for descriptor in (1, 2):
            os.dup2(log.fileno(), descriptor)
        yield
    finally:
        flush_streams()
        for descriptor, saved in zip((1, 2), before, strict=True):
            os.dup2(saved, descriptor)
            os.close(saved)


class ThreadOutput(io.TextIOBase):
    """Standard output of a process whose threads each have a log; threads without one use the old output."""

    def __init__(self, other: TextIO) -> None:
        self._other = other
        self._own = threading.local()

    @property
    def encoding(self) -> str:  # type: ignore[override] - it cannot be set, whatever io.TextIOBase says
        """As that of the old output."""
        return self._other.encoding

    @contextmanager
    def to(self, log: TextIO) -> Generator[None]:
        """Send what this thread prints to `log`."""
        self._own.log = log
        try:
            yield
        finally:
            del self._own.log

    def _log(self) -> TextIO:
        return getattr(self._own, "log", self._other)

    def write(self, text: str, /) -> int:
        return self._log().write(text)

    def flush(self) -> None:
        self._log().flush()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._log().fileno()


@contextmanager
def thread_output(log: TextIO) -> Generator[None]:
    """Send what this thread prints from Python to `log`; libraries in C print to the worker's log."""
    flush_streams()
    with _installed("stdout").to(log), _installed("stderr").to(log):
        yield


_installing = threading.Lock()


def _installed(name: str) -> ThreadOutput:
    with _installing:
        stream = getattr(sys, name)
        if not isinstance(stream, ThreadOutput):
            stream = ThreadOutput(stream)
            setattr(sys, name, stream)
        return stream


def flush_streams() -> None:
    """Write out what Python has not yet, into new streams where user code has closed or spoilt the old ones.

    Raises:
        OSError: it cannot be written.
    """
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        try:
            getattr(sys, name).flush()
        except OSError:
            raise
        except Exception:  # noqa: BLE001 - None may stand there, or something that only looks like a file
            fresh = open(  # noqa: SIM115 - it lives as long as the process
                descriptor, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
            )
            setattr(sys, name, fresh)
