"""The seat of a server: its data directory, in which only one server may sit at a time."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shlex
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from starwhale.core.errors import Conflict
from starwhale.core.release import __version__
from starwhale.kit.files import atomic_write, make_dirs
from starwhale.kit.process import ProcessId, is_alive, this_process
from starwhale.kit.times import utc_now

LOCK = "server.lock"
RECORD = "server.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """A server that sits, or has sat, in a data directory.

    Attributes:
        process: Its process; the one that looks after the others where there are several.
        url: Where it answers; empty until it does.
        since: When it was started, as ISO text.
        key: What whoever may read this shows the server, to be told its figures.
    """

    process: ProcessId
    url: str
    version: str
    since: str
    workers: int
    catalog: str
    objects: str
    key: str

    @property
    def runs(self) -> bool:
        """Whether it still runs, as far as this machine can see."""
        return is_alive(self.process) is True

    @property
    def uptime(self) -> float:
        """Seconds since it was started."""
        return (utc_now() - datetime.fromisoformat(self.since)).total_seconds()


def find_sitting(root: Path) -> Sitting | None:
    """Who sits in a data directory, or sat there last and did not say good-bye; None for nobody."""
    try:
        plain: dict[str, Any] = json.loads((root / RECORD).read_text("utf-8"))
        return Sitting(process=ProcessId(**plain.pop("process")), **plain)
    except (OSError, ValueError, TypeError, KeyError):
        return None


class Seat:
    """Sits in a data directory; a context.

    Args:
        root: The directory; it is made where it is missing.

    Raises:
        Conflict: another server sits there.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.key = secrets.token_urlsafe(32)
        make_dirs(root, mode=0o700)
        self._lock = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            os.close(self._lock)
            raise _taken(root) from exc

    def tell(self, *, url: str, workers: int, catalog: str, objects: str) -> None:
        """Leave word of who sits here, for `swcli server status` and `stop`."""
        sitting = Sitting(
            process=this_process(),
            url=url,
            version=__version__,
            since=utc_now().isoformat(),
            workers=workers,
            catalog=catalog,
            objects=objects,
            key=self.key,
        )
        atomic_write(self._root / RECORD, json.dumps(asdict(sitting)).encode(), mode=0o600)

    def let_go(self) -> None:
        """In a child: leave the seat to the parent alone."""
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        (self._root / RECORD).unlink(missing_ok=True)
        os.close(self._lock)


def is_free(root: Path) -> bool:
    """Whether no server sits in a data directory."""
    try:
        descriptor = os.open(root / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _taken(root: Path) -> Conflict:
    sitting = find_sitting(root)
    who = f" ({sitting.url or 'starting'}, process {sitting.process.pid})" if sitting is not None else ""
    return Conflict(
        f"a server runs on {root} already{who}",
        hint=f"`swcli server stop --data {shlex.quote(str(root))}` ends it",
    )
