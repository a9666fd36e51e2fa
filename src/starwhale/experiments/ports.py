"""What runs need of tables, wherever those lie: in the store of this machine, or on a server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol


class Reader(Protocol):
    """One table; see `TableReader`."""

    def get(self, key: str) -> dict[str, Any] | None:
        """The row of a key, or None."""
        ...

    def scan(self, start: str | None = None, end: str | None = None) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Rows in key order from `start` up to, not including, `end`."""
        ...


class Sink(Protocol):
    """Takes rows; see `TableWriter`."""

    def put(self, path: str, key: str, values: Mapping[str, Any]) -> None:
        """Upsert a row."""
        ...

    def flush(self, path: str | None = None) -> None:
        """Make what was put durable, of one table or of all."""
        ...


class Writer(Sink, Protocol):
    """Writes tables; see `TableWriter`."""

    def close(self) -> None:
        """Let go of what was not flushed."""
        ...


class Tables(Protocol):
    """All tables; see `TableStore`."""

    def writer(self) -> Writer:
        """A writer of its own for the caller."""
        ...

    def reader(self, path: str) -> Reader:
        """A table as it is now.

        Raises:
            NotFound: there is no such table.
        """
        ...

    def fold(self, path: str) -> bool:
        """Bring a table into a form that is quick to read; whether anything was to be done here."""
        ...
