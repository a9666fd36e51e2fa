"""As whom a worker runs: a user of this machine, and a group that nobody but the workers of its job has.

Linux lets a process look into another one (its environment, its memory, what it has open) when user *and*
group are the same. So jobs that run as one user, each with a group of its own, cannot take each other's
tokens; nor can they read files that are for that group alone. Programs that they start have the same group.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

#: Numbers that no directory of users gives out: groups of jobs are taken from among them.
FIRST, MANY = 1 << 30, 1 << 29
#: Where this machine, or the container that stands for it, has no such numbers: least that is enough.
ENOUGH = 4096
_MAP = Path("/proc/self/gid_map")
_NOBODY = range(65_530, 65_536)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """As whom a process runs.

    Attributes:
        user: Name of the user, or the number of one who has no name; empty for the one that runs us.
        group: Number of a group in place of that user's own, which it has beside it; 0 for none.
    """

    user: str | int = ""
    group: int = 0

    @property
    def number(self) -> int:
        """Number of a user who is not the one that runs us.

        Raises:
            KeyError: there is no such user.
        """
        import pwd

        return self.user if isinstance(self.user, int) else pwd.getpwnam(self.user).pw_uid

    def options(self) -> dict[str, Any]:
        """What `subprocess` has to know of it.

        Raises:
            KeyError: there is no such user.
        """
        if not self.user:
            return {}
        if isinstance(self.user, int):
            return {"user": self.user, "group": self.group or self.user, "extra_groups": []}
        import pwd

        found = pwd.getpwnam(self.user)
        if not self.group:
            return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
        # Devices may be open to the group of the user.
        return {"user": found.pw_uid, "group": self.group, "extra_groups": [found.pw_gid]}


#: The user that runs us.
ANYBODY = Identity()


class Groups:
    """The groups that this process has given to jobs. Safe among threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._taken: set[int] = set()

    @contextmanager
    def own(self, job: str) -> Generator[int]:
        """A group for a job, for as long as the block lasts.

        Args:
            job: Its id, by which servers beside this one hardly ever choose the same.
        """
        first, many = numbers()
        start = int.from_bytes(sha256(job.encode()).digest()[:8])
        with self._turn:
            tried = (first + (start + more) % many for more in range(many))
            group = next(each for each in tried if each not in self._taken and not _is_known(each))
            self._taken.add(group)
        try:
            yield group
        finally:
            with self._turn:
                self._taken.discard(group)


GROUPS = Groups()


def numbers() -> tuple[int, int]:
    """The first number of a group that may be given to a job, and how many there are from there on."""
    first, many = max(_mapped(), key=lambda each: each[1])
    if first <= FIRST and first + many >= FIRST + MANY:
        return FIRST, MANY
    # A container: its own groups have the lowest numbers.
    half = many // 2
    return (first + half, many - half) if half >= ENOUGH else (FIRST, MANY)


def _mapped() -> list[tuple[int, int]]:
    """Which numbers of groups there are here, and how many from each on."""
    try:
        lines = _MAP.read_text("ascii").splitlines() if sys.platform == "linux" else []
    except OSError:
        lines = []
    found = [(int(first), int(many)) for first, _, many in map(str.split, lines)]
    return found or [(0, 2**32 - 1)]


def _is_known(group: int) -> bool:
    """Whether the number belongs to somebody already."""
    import grp

    if group in _NOBODY:
        return True
    try:
        grp.getgrgid(group)
    except KeyError:
        return False
    return True
