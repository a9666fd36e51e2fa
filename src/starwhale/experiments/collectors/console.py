"""What a run prints, kept line by line while it is still printed."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable
from typing import Any, TextIO

LONGEST = 8192
"""Characters of a line; a longer one is kept as several."""

Keep = Callable[[str, str], None]
"""Takes ``stdout`` or ``stderr`` and a line."""


class Lines:
    """Cuts what is written into lines, in bounded memory.

    A line that is written over, as progress bars do, is kept as it was last.
    """

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, text: str) -> list[str]:
        """Take text in; the lines that are complete now."""
        pieces = (self._rest + text).split("\n")
        self._rest = pieces.pop()
        found = [part for piece in pieces for part in _parts(_last_state(piece))]
        if len(self._rest) > LONGEST:
            # A carriage return at the very end may belong to the line feed that comes next.
            self._rest = _last_state(self._rest[:-1]) + self._rest[-1]
            *whole, self._rest = _parts(self._rest)
            found += whole
        return found

    def end(self) -> list[str]:
        """What was not complete."""
        rest, self._rest = _last_state(self._rest), ""
        return _parts(rest) if rest else []


def _last_state(line: str) -> str:
    return line.removesuffix("\r").rpartition("\r")[2]


def _parts(line: str) -> list[str]:
    return [line[at : at + LONGEST] for at in range(0, len(line), LONGEST)] or [""]


class Tee(io.TextIOBase):
    """A stream that goes where it went before, and to whoever keeps its lines.

    Args:
        name: ``stdout`` or ``stderr``.
        stream: Where it went.
        keep: Takes the lines; whatever it raises ends the keeping, never the program.
    """

    def __init__(self, name: str, stream: TextIO, keep: Keep) -> None:
        self.name = name
        self.stream = stream
        self._keep: Keep | None = keep
        self._lines = Lines()
        self._lock = threading.Lock()
        self._inside = threading.local()

    def write(self, text: str, /) -> int:
        count = self.stream.write(text)
        # Whoever keeps a line may himself print, and that is no line of the run.
        if self._keep is not None and not getattr(self._inside, "busy", False):
            self._inside.busy = True
            try:
                with self._lock:
                    self._hand_over(self._lines.feed(text))
            finally:
                self._inside.busy = False
        return count

    def _hand_over(self, lines: list[str]) -> None:
        keep = self._keep
        try:
            for line in lines:
                if keep is not None:
                    keep(self.name, line)
        except Exception as error:  # noqa: BLE001 - the program must be able to print, whatever happens to the copy
            self._keep = None
            self.stream.write(f"what is printed is not kept any more: {error}\n")

    def finish(self) -> None:
        """Keep what was printed without a line feed, and nothing from now on."""
        with self._lock:
            self._hand_over(self._lines.end())
            self._keep = None

    def silence(self) -> None:
        """Keep nothing from now on, touching no lock."""
        self._keep = None

    def flush(self) -> None:
        if not self.stream.closed:
            self.stream.flush()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self.stream.isatty()

    def fileno(self) -> int:
        return self.stream.fileno()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    @property
    def encoding(self) -> str:  # type: ignore[override] - a stream names it, io.TextIOBase has it changed
        """As that of the old stream."""
        return self.stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override] - a stream names it, io.TextIOBase has it changed
        """As those of the old stream."""
        return self.stream.errors


class ConsoleCollector:
    """Puts a `Tee` before standard output and standard error of this process.

    What a library in C or a child process prints does not go through Python, and is not seen.

    Args:
        keep: Takes the lines.
    """

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._tees: list[Tee] = []

    def start(self) -> None:
        """Begin."""
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is not None:
                tee = Tee(name, stream, self._keep)
                setattr(sys, name, tee)
                self._tees.append(tee)

    def stop(self) -> None:
        """Give the streams back; one that somebody has wrapped meanwhile stays, and passes through."""
        for tee in self._tees:
            tee.finish()
            if getattr(sys, tee.name) is tee:
                setattr(sys, tee.name, tee.stream)
        self._tees.clear()

    def abandon(self) -> None:
        """In a forked child: keep nothing more, touching no lock."""
        for tee in self._tees:
            tee.silence()
