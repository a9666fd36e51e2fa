"""How often somebody may ask: generous, so that only who runs wild meets it."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from threading import Lock

from starwhale.core.errors import TooMany

#: Seconds of the rate that may come at once.
BURST = 10
_MOST = 100_000
# Whoever has an IPv6 address commonly has the whole network of 2^64 around it.
_NETWORK = 64


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests there may be: `burst` at once, and `each_second` on end; 0 for any number."""

    each_second: float
    burst: float


@dataclass(slots=True)
class Rates:
    """Buckets of this process that fill with requests and leak with time.

    Args:
        anonymous: For one address, as long as nobody says who he is.
        user: For one account.
        clock: Seconds that only go forward.
    """

    anonymous: Rate
    user: Rate
    clock: Callable[[], float] = time.monotonic
    _levels: OrderedDict[str, tuple[float, float]] = field(
        default_factory=OrderedDict[str, tuple[float, float]]
    )
    _lock: Lock = field(default_factory=Lock)

    def count(self, user: int | None, address: str) -> None:
        """Count one request.

        Raises:
            TooMany: the bucket is full; the hint says how long to wait.
        """
        rate = self.anonymous if user is None else self.user
        if rate.each_second <= 0:
            return
        key = f"address:{network_of(address)}" if user is None else f"user:{user}"
        now = self.clock()
        with self._lock:
            before, at = self._levels.get(key, (0.0, now))
            level = max(0.0, before - (now - at) * rate.each_second) + 1
            full = level > rate.burst
            self._levels[key] = (before if full else level, at if full else now)
            self._levels.move_to_end(key)
            # By then all that was in a bucket has leaked out.
            while len(self._levels) > 1 and self._is_over(now):
                self._levels.popitem(last=False)
        if full:
            wait = max(1, math.ceil((level - rate.burst) / rate.each_second))
            raise TooMany("too many requests", hint=f"try again in {wait} seconds")

    def _is_over(self, now: float) -> bool:
        """Whether the bucket that was used longest ago is to go."""
        _level, at = next(iter(self._levels.values()))
        return len(self._levels) > _MOST or at < now - BURST


def network_of(address: str) -> str:
    """What counts as one caller: an address of IPv4, or a network of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else f"{int(found) >> _NETWORK:x}::"
    return str(found)
