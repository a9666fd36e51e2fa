"""Templates of workers, seen from the scheduler: processes that fork workers, so that these start at once.

A template costs as much as the start of one worker, and some 45 MB. So the first two workers of a kind are
started as programs of their own, and the third need makes a template, for which nobody waits; once it is
ready, workers come from it. It is kept as long as this process lives. `SW_WORKER_TEMPLATE` in the
environment of workers: 0 for never, 1 for at the first need, which waits for it.

Only on Linux: elsewhere a process cannot be watched without being its parent.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Hashable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from starwhale.jobs.executors.bodies import Dress, pidfd_of
from starwhale.jobs.executors.template import Template
from starwhale.kit.leftovers import TREE

SWITCH = "SW_WORKER_TEMPLATE"
#: Workers of a kind that are started before there is a template.
ENOUGH = 2
#: Templates of one process; where more would be needed, those that were used last are kept.
MOST = 4
#: Kinds whose starts are counted.
MOST_KINDS = 64
#: Seconds to wait for a template that was demanded.
WARMING = 30.0
#: What an interpreter reads these for depends on the directory in which it starts, unless they are absolute.
PLACES = ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONPYCACHEPREFIX")
#: What a process hands on to its children, beside the environment.
STANDING = (
    b"Umask", b"Uid", b"Gid", b"Groups", b"SigBlk", b"SigIgn", b"CapInh", b"CapPrm", b"CapEff", b"CapBnd",
    b"CapAmb", b"NoNewPrivs", b"Seccomp", b"Cpus_allowed", b"Mems_allowed", b"THP_enabled",
)  # fmt: skip


class Templates:
    """The templates of one process, by what their workers have in common. Safe among threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._found: OrderedDict[Hashable, Template] = OrderedDict()
        self._starts: OrderedDict[Hashable, int] = OrderedDict()
        self._hooked = False

    def find(self, dress: Dress) -> Template | None:
        """The template that a worker can come from right now; None where it has to be started without."""
        switch = dress.environment.get(SWITCH, "")
        # Code that runs as another user could lay hands on a template of that user's, and so on later jobs.
        if switch == "0" or dress.identity.user or not supported():
            return None
        try:
            kind = _kind(dress)
        except OSError:
            return None
        with self._turn:
            template = self._found.get(kind)
            if template is not None and template.has_ended() and not template.is_unfit:
                template.close()
                del self._found[kind]
                template = None
            if template is None:
                template = self._make(kind, dress, demanded=switch == "1")
            if template is None:
                return None
            self._found.move_to_end(kind)
            return template if template.is_ready(WARMING if switch == "1" else 0.0) else None

    def _make(self, kind: Hashable, dress: Dress, *, demanded: bool) -> Template | None:
        starts = self._starts[kind] = self._starts.pop(kind, 0) + 1
        while len(self._starts) > MOST_KINDS:
            self._starts.popitem(last=False)
        if not demanded and starts <= ENOUGH:
            return None
        if len(self._found) >= MOST:
            spare = next((each for each, template in self._found.items() if not template.workers), None)
            if spare is None:
                return None
            self._found.pop(spare).close()
        if not self._hooked:
            self._hooked = True
            atexit.register(self.close)
            os.register_at_fork(after_in_child=self._be_another)
        try:
            made = Template(dress, "/" if _is_absolute(dress) else str(dress.workdir))
        except OSError:
            # Whatever is the matter, it is told of the worker that is started now.
            return None
        self._found[kind] = made
        return made

    def close(self) -> None:
        """End them all."""
        with self._turn:
            for template in self._found.values():
                template.close()
            self._found.clear()
            self._starts.clear()

    def _be_another(self) -> None:
        """In a child of this process: its parent's templates are not its own."""
        self._turn = threading.Lock()
        for template in self._found.values():
            template.forget()
        self._found.clear()
        self._starts.clear()


TEMPLATES = Templates()


@lru_cache(maxsize=1)
def supported() -> bool:
    """Whether there can be templates here."""
    if sys.platform != "linux":
        return False
    watch = pidfd_of(os.getpid())
    if watch is None:
        return False
    os.close(watch)
    return True


def _kind(dress: Dress) -> Hashable:
    """What must be equal for workers to come from the same template."""
    environment = tuple(sorted(item for item in dress.environment.items() if item[0] != TREE))
    place = "" if _is_absolute(dress) else str(dress.workdir)
    return dress.python, _file(dress.python), environment, place, _standing()


def _is_absolute(dress: Dress) -> bool:
    """Whether it makes no difference in which directory the interpreter starts."""
    read = [dress.environment[name] for name in PLACES if name in dress.environment]
    pieces = [dress.python, *(piece for each in read for piece in each.split(os.pathsep))]
    return all(piece.startswith(os.sep) for piece in pieces)


def _file(path: str) -> tuple[int, ...]:
    """Tells an interpreter from another one that is made in its place."""
    with suppress(OSError):
        found = os.lstat(path)
        return found.st_dev, found.st_ino, found.st_mtime_ns
    return ()


def _standing() -> Hashable:
    """Rights, limits, priority and the like: all that a child has from its parent when it is started."""
    status = Path("/proc/thread-self/status").read_bytes().splitlines()
    kept = tuple(line for line in status if line.partition(b":")[0] in STANDING)
    files = tuple(_content(f"/proc/self/{name}") for name in ("limits", "cgroup", "oom_score_adj"))
    return kept, files, os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0)


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""
