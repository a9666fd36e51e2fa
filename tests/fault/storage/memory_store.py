"""A store of objects in memory, which gives way before everything it does."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from starwhale.core.errors import NotFound
from starwhale.storage.objects.marker_gate import MarkerGate
from starwhale.storage.objects.ports import Data, Gate, ObjectStat

START = datetime(2026, 1, 1, tzinfo=UTC)


class MemoryObjects:
    """Implements `Objects` and `Markers` as an object store does: a request is one step, and nothing locked.

    Args:
        give_way: Called before each request.
    """

    concurrency = 1

    def __init__(self, give_way: Callable[[], None]) -> None:
        self._give_way = give_way
        self.held: dict[str, tuple[bytes, datetime, int]] = {}
        self.seconds = 0.0
        self.steps = 0
        self.gate: Gate = MarkerGate(self, clock=lambda: self.seconds, sleep=self.sleep)

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self._give_way()
        self.seconds += seconds

    def request(self) -> None:
        self._give_way()
        self.steps += 1
        self.seconds += 0.01

    def set(self, key: str, data: bytes) -> None:
        self.held[key] = (data, self.now, self.steps)

    def put(self, key: str, data: Data | Path) -> None:
        assert not isinstance(data, Path)
        self.request()
        self.set(key, bytes(data))

    def draft(self) -> MemoryDraft:
        return MemoryDraft(self)

    def get(self, key: str, start: int = 0, length: int = -1) -> bytes:
        self.request()
        if key not in self.held:
            raise NotFound(key)
        data = self.held[key][0][start:]
        return data if length < 0 else data[:length]

    def stat(self, key: str) -> ObjectStat | None:
        self.request()
        found = self.held.get(key)
        return ObjectStat(key=key, size=len(found[0]), modified=found[1]) if found else None

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        self.request()
        for key, (data, modified, _) in sorted(self.held.items()):
            if key.startswith(f"{prefix}/"):
                yield ObjectStat(key=key, size=len(data), modified=modified)

    def delete(self, key: str) -> None:
        self.request()
        self.held.pop(key, None)

    def touch(self, key: str) -> None:
        self.request()
        if key not in self.held:
            raise NotFound(key)
        self.set(key, self.held[key][0])

    def path(self, key: str) -> Path | None:
        return None

    def tidy(self, older_than: datetime) -> int:
        return 0

    def holds(self, key: str) -> bool:
        return self.stat(key) is not None

    def marker(self, name: str) -> tuple[bytes, str] | None:
        self.request()
        found = self.held.get(name)
        return (found[0], str(found[2])) if found else None

    def mark(self, name: str, token: bytes, *, replacing: str | None) -> bool:
        self.request()
        found = self.held.get(name)
        if (str(found[2]) if found else None) != replacing:
            return False
        self.set(name, token)
        return True

    def unmark(self, name: str) -> None:
        self.delete(name)


class MemoryDraft:
    """Implements `Draft`."""

    def __init__(self, objects: MemoryObjects) -> None:
        self._objects = objects
        self._data = io.BytesIO()

    def write(self, data: Data) -> None:
        self._data.write(data)

    def clone(self, source: int, start: int = 0, length: int | None = None) -> bool:
        return False

    def chunks(self) -> Iterator[bytes]:
        yield self._data.getvalue()

    def seal(self) -> None:
        """Nothing to sync."""

    def commit(self, key: str) -> None:
        self._objects.put(key, self._data.getvalue())

    def discard(self) -> None:
        """Nothing to forget."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.discard()


class OpenGate:
    """A gate that keeps nobody apart: what the tests must fail with."""

    def keep(self, key: str, act: Callable[[], bool]) -> bool:
        return act()

    @contextmanager
    def sweeping(self, prefix: str) -> Generator[OpenGate]:
        yield self

    def open(self) -> bool:
        return True
