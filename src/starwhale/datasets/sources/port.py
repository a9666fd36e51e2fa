"""What every way into a dataset gives: rows, and what is wrong with those that are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

Key = int | str


class SourceRow(NamedTuple):
    """A row as it was read.

    Attributes:
        number: Place in its file, counted from 1.
        features: Feature name to value.
        key: Its key; None has it numbered in the order of reading, from 0.
        file: Name of the file it stands in, where there are several.
    """

    number: int
    features: Mapping[str, Any]
    key: Key | None = None
    file: str = ""


class BadRow(NamedTuple):
    """A row that cannot be used; reading goes on behind it.

    Attributes:
        number: Place in its file, counted from 1.
        reason: What is wrong, with the field where one is to blame.
        file: Name of the file it stands in, where there are several.
    """

    number: int
    reason: str
    file: str = ""


class Source(Protocol):
    """Something that rows are read from, once."""

    @property
    def name(self) -> str:
        """What to call it in a message: a path, an address, a handler."""
        ...

    def rows(self) -> Iterator[SourceRow | BadRow]:
        """Rows one after the other, in an order that is the same each time.

        Raises:
            StarwhaleError: the source as a whole cannot be read any further.
        """
        ...

    def info(self) -> dict[str, Any]:
        """What it says about itself beside its rows, as JSON; asked for when all rows are read."""
        ...
