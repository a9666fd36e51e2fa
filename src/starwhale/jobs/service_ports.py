"""Ports of this machine for the services of jobs, so that two that expose the same one can serve at once.

A service listens on the port that `port_of` tells: the one that it declares, as long as no other job of this
machine has that, and else one that the server has chosen. The address behind the server is the same.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager

#: With the declared port behind it: variable of a worker that names the port to listen on.
PREFIX = "SW_SERVICE_PORT_"
_HOST = "127.0.0.1"
_TRIES = 100


def port_of(declared: int, environ: Mapping[str, str] | None = None) -> int:
    """The port that a service of a job listens on.

    Args:
        declared: The one that its handler exposes.
        environ: Variables of the worker; those of this process by default.
    """
    told = (os.environ if environ is None else environ).get(f"{PREFIX}{declared}", "")
    return int(told) if told.isdecimal() and 0 < int(told) < 1 << 16 else declared


class Ports:
    """The ports that this process has given to jobs. Safe among threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._taken: set[int] = set()

    @contextmanager
    def own(self, declared: Iterable[int]) -> Generator[dict[str, str]]:
        """Ports for the services of a job, for as long as the block lasts.

        Args:
            declared: Those that its steps expose.

        Yields:
            Variables that tell its workers.
        """
        given: dict[int, int] = {}
        with self._turn:
            for port in dict.fromkeys(declared):
                given[port] = self._choose(port)
                self._taken.add(given[port])
        try:
            yield {f"{PREFIX}{port}": str(chosen) for port, chosen in given.items()}
        finally:
            with self._turn:
                self._taken -= set(given.values())

    def _choose(self, declared: int) -> int:
        if declared not in self._taken and _is_free(declared):
            return declared
        for _ in range(_TRIES):
            with socket.socket() as found:
                found.bind((_HOST, 0))
                port = found.getsockname()[1]
            if port not in self._taken:
                return port
        return declared


PORTS = Ports()


def _is_free(port: int) -> bool:
    """Whether nobody listens there; also where this process may not, for a job might."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((_HOST, port))
        except PermissionError:
            return True
        except OSError:
            return False
    return True
