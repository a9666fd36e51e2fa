"""Talking to a terminal of this machine, as `client.shells` talks to one elsewhere."""

from __future__ import annotations

import os
import select
from contextlib import suppress

from starwhale.jobs.executors.surroundings import Surroundings
from starwhale.jobs.executors.terminal import Ended, Terminal

PIECE = 16 << 10
#: Milliseconds for which the last words of a program are waited for while others hold its terminal.
LAST_WORDS = 500
LAST_MOMENTS = 5000


class LocalTerminal:
    """One terminal. `send` and `resize` are for one thread, `receive` for another.

    Args:
        terminal: The program.
        place: The worker, with which it ends.
    """

    def __init__(self, terminal: Terminal, place: Surroundings) -> None:
        self._terminal = terminal
        self._place = place
        self._poll = select.poll()
        for each in (terminal.fd, terminal.watch, place.handle):
            self._poll.register(each, select.POLLIN)

    def send(self, data: bytes) -> None:
        """Type something."""
        fd = self._terminal.fd
        with suppress(OSError):  # whoever receives is told
            while data:
                try:
                    data = data[os.write(fd, data) :]
                except BlockingIOError:
                    select.select([], [fd], [], 1.0)

    def resize(self, rows: int, columns: int) -> None:
        """Tell of another size of the screen."""
        self._terminal.resize(rows, columns)

    def receive(self) -> bytes | Ended:
        """Wait for what is printed, or for the end."""
        terminal = self._terminal
        while True:
            ready = {fd for fd, _ in self._poll.poll()}
            if terminal.watch in ready:
                ready |= {fd for fd, _ in _wait(terminal.fd, LAST_WORDS)}
            if terminal.fd in ready:
                try:
                    return os.read(terminal.fd, PIECE)
                except BlockingIOError:
                    continue
                except OSError:
                    _wait(terminal.watch, LAST_MOMENTS)
                    if not self._place.has_ended:
                        return Ended(status=terminal.status(), cause="it has let go of its terminal")
            if self._place.has_ended:
                return Ended(status=None, cause="the worker of the task has ended")
            if terminal.watch in ready:
                return Ended(status=terminal.status())


def _wait(fd: int, milliseconds: int) -> list[tuple[int, int]]:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return poll.poll(milliseconds)
