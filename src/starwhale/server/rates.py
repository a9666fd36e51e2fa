"""How often somebody may ask: generous, so that only who runs wild meets it."""

from __future__ import annotations

import math
import mmap
import struct
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import Lock
from typing import Protocol

from starwhale.core.errors import TooMany
from starwhale.kit.networks import network_of

#: Seconds of the rate that may come at once.
BURST = 10
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests there may be: `burst` at once, and `each_second` on end; 0 for any number."""

    each_second: float
    burst: float


class Levels(Protocol):
    """How full buckets are that fill with requests and leak with time."""

    def fill(self, key: str, rate: Rate, now: float) -> float:
        """Put one request into a bucket, if it fits; by how much it does not."""
        ...


class OwnLevels:
    """Buckets of this process. Safe to share among threads."""

    def __init__(self) -> None:
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def fill(self, key: str, rate: Rate, now: float) -> float:
        """See `Levels.fill`."""
        with self._lock:
            before, at = self._levels.get(key, (0.0, now))
            level, stored = _filled(before, at, rate, now)
            self._levels[key] = stored
            self._levels.move_to_end(key)
            # By then all that was in a bucket has leaked out.
            while len(self._levels) > 1 and self._is_over(now):
                self._levels.popitem(last=False)
        return max(0.0, level - rate.burst)

    def _is_over(self, now: float) -> bool:
        """Whether the bucket that was used longest ago is to go."""
        _level, at = next(iter(self._levels.values()))
        return len(self._levels) > _MOST or at < now - BURST


class SharedLevels:
    """Buckets that this process shares with those it forks from now on.

    Nobody waits for anybody: a request that is counted in the very moment of another one for the same bucket
    may be lost, which at worst lets a few more in. Where more callers come than there is room for, those who
    were not heard of for the longest are forgotten.

    Args:
        many: For how many there is room.
    """

    _SLOT = struct.Struct("<Qdd")
    _NEAR = 8

    def __init__(self, many: int = 1 << 16) -> None:
        self._many = many
        self._memory = mmap.mmap(-1, many * self._SLOT.size)

    def fill(self, key: str, rate: Rate, now: float) -> float:
        """See `Levels.fill`."""
        mark = int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) | 1
        place, before, at = self._find(mark, now)
        level, stored = _filled(before, at, rate, now)
        self._SLOT.pack_into(self._memory, place, mark, *stored)
        return max(0.0, level - rate.burst)

    def _find(self, mark: int, now: float) -> tuple[int, float, float]:
        """Where the bucket of a caller is, or may be: offset, level, time."""
        oldest, since = 0, math.inf
        for step in range(self._NEAR):
            place = (mark + step) % self._many * self._SLOT.size
            found, level, at = self._SLOT.unpack_from(self._memory, place)
            if found == mark:
                return place, level, at
            if at < since:
                oldest, since = place, at
        return oldest, 0.0, now


def _filled(before: float, at: float, rate: Rate, now: float) -> tuple[float, tuple[float, float]]:
    """The level of a bucket with one request more, and what is kept of that: level and time."""
    level = max(0.0, before - (now - at) * rate.each_second) + 1
    return level, (before, at) if level > rate.burst else (level, now)


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts requests.

    Args:
        anonymous: For one address, as long as nobody says who he is.
        user: For one account.
        levels: Where they are counted.
        clock: Seconds that only go forward, the same for all that count together.
    """

    anonymous: Rate
    user: Rate
    levels: Levels = field(default_factory=OwnLevels)
    clock: Callable[[], float] = time.monotonic

    def count(self, user: int | None, address: str) -> None:
        """Count one request.

        Raises:
            TooMany: the bucket is full; the hint says how long to wait.
        """
        rate = self.anonymous if user is None else self.user
        if rate.each_second <= 0:
            return
        key = f"address:{network_of(address)}" if user is None else f"user:{user}"
        excess = self.levels.fill(key, rate, self.clock())
        if excess > 0:
            wait = max(1, math.ceil(excess / rate.each_second))
            raise TooMany("too many requests", hint=f"try again in {wait} seconds")
