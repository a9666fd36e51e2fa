"""Who listens on a port of this machine, as Linux tells it: a certain worker, or what it has started?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from starwhale.core.errors import Unavailable
from starwhale.jobs.executors.surroundings import Surroundings
from starwhale.kit.leftovers import PROCESSES

_TABLES = ("self/net/tcp", "self/net/tcp6")
_LISTENS = "0A"
#: How the system writes the addresses on which a connection to 127.0.0.1 arrives, without the port.
_OURS = frozenset({"0100007F", "00000000", "0" * 32, "0000000000000000FFFF00000100007F"})


class Unreached(Unavailable):
    """A service of a job that cannot be reached through the server now."""

    http_status = 502


def check_listener(port: int, places: Sequence[Surroundings]) -> frozenset[str]:
    """Make sure that whoever listens on a port belongs to one of some workers, and nobody else does as well.

    Args:
        port: Of 127.0.0.1.
        places: The workers.

    Returns:
        Numbers of the sockets on which they listen.

    Raises:
        Unreached: nobody listens there, or somebody else.
    """
    found = listening(port)
    if not found:
        raise Unreached(f"nothing listens on port {port} yet", hint="the log of the task tells how far it is")
    pids = {pid for place in places if not place.has_ended for pid in place.processes()}
    if not found <= sockets_of(pids):
        raise Unreached(
            f"port {port} of that machine belongs to another program than this job",
            hint=f"let the service listen on the port that the variable SW_SERVICE_PORT_{port} names",
        )
    return found


def listening(port: int) -> frozenset[str]:
    """Numbers of the sockets on which a connection to a port of 127.0.0.1 could arrive."""
    found: set[str] = set()
    for table in _TABLES:
        try:
            lines = (PROCESSES / table).read_text("ascii").splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            address, _, number = fields[1].rpartition(":")
            if fields[3] == _LISTENS and address in _OURS and int(number, 16) == port:
                found.add(fields[9])
    return frozenset(found)


def sockets_of(pids: Iterable[int]) -> frozenset[str]:
    """Numbers of all sockets that some processes hold."""
    found: set[str] = set()
    for pid in pids:
        try:
            names = [_target(each) for each in (PROCESSES / str(pid) / "fd").iterdir()]
        except OSError:
            continue
        found |= {name[len("socket:[") : -1] for name in names if name.startswith("socket:[")}
    return frozenset(found)


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""
