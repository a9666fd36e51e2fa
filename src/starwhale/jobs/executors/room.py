"""What a machine has left for tasks, shared by all executors of a process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from starwhale.jobs.capacity import Ask, Capacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a worker has to itself.

    Attributes:
        gpus: Which devices.
    """

    ask: Ask
    gpus: tuple[str, ...]


class Room:
    """Counts what is taken. May be used from any thread.

    Whoever waits for something is not overtaken by those who came later and ask for the same.

    Args:
        capacity: What there is.
    """

    def __init__(self, capacity: Capacity) -> None:
        self.capacity = capacity
        self._lock = threading.Lock()
        self._millicores, self._memory = capacity.millicores, capacity.memory
        self._gpus = list(capacity.gpus)
        self._waiting: dict[object, tuple[Ask, Callable[[], object]]] = {}

    def take(self, who: object, ask: Ask, wake: Callable[[], object]) -> Grant | None:
        """Take something, or wait in line for it.

        Args:
            who: Who asks; whoever asks again keeps his place.
            ask: For what.
            wake: Called, from any thread, when it is worth while to ask again; it must not use the room.

        Returns:
            None where he is to wait.
        """
        with self._lock:
            if self._short_of(ask) or self._is_others(who, ask):
                self._waiting[who] = (ask, wake)
                return None
            self._waiting.pop(who, None)
            self._millicores -= ask.millicores
            self._memory -= ask.memory
            given, self._gpus = self._gpus[: ask.gpus], self._gpus[ask.gpus :]
            return Grant(ask=ask, gpus=tuple(given))

    def give_back(self, grant: Grant) -> None:
        """Have others take it."""
        with self._lock:
            self._millicores += grant.ask.millicores
            self._memory += grant.ask.memory
            # In the order of the machine, so that the first ones are used where there are enough.
            self._gpus = [each for each in self.capacity.gpus if each in {*self._gpus, *grant.gpus}]
        self._wake_all()

    def forget(self, who: object) -> None:
        """He waits no more."""
        with self._lock:
            gone = self._waiting.pop(who, None)
        if gone is not None:
            self._wake_all()

    def _wake_all(self) -> None:
        with self._lock:
            # Whoever was forgotten is not woken any more, so he may be gone.
            for _, wake in self._waiting.values():
                wake()

    def _short_of(self, ask: Ask) -> set[str]:
        short = (
            ask.millicores > self._millicores,
            ask.memory > self._memory,
            ask.gpus > len(self._gpus),
        )
        return {name for name, lacks in zip(_NAMES, short, strict=True) if lacks}

    def _is_others(self, who: object, ask: Ask) -> bool:
        """Whether somebody waits for it who came before."""
        for other, (wanted, _) in self._waiting.items():
            if other is who:
                return False
            if (self._short_of(wanted) or _used(wanted)) & _used(ask):
                return True
        return False


_NAMES = ("cores", "memory", "gpus")


def _used(ask: Ask) -> set[str]:
    asked = (ask.millicores, ask.memory, ask.gpus)
    return {name for name, amount in zip(_NAMES, asked, strict=True) if amount}
