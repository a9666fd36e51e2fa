"""What live tables need from outside: an order of commits, and logs that keep bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A committed frame.

    Attributes:
        writer: Whose log holds it.
        offset: Where in that log.
        length: Bytes.
        rows: Changes in it.
        refs: Digests of the blobs that its values lie in, where they are too large for a log.
    """

    writer: str
    offset: int
    length: int
    rows: int
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableState:
    """A table at one revision.

    Attributes:
        path: Its name.
        revision: Commits so far.
        manifest: Digest of the snapshot that holds the folded commits, or None.
        folded: Revision up to which commits are in that snapshot.
        tail: Commits after it, in order.
    """

    path: str
    revision: int
    manifest: str | None
    folded: int
    tail: tuple[Extent, ...]


Guard = Callable[[Any], None]
"""Called with the open transaction before a commit counts; raises to refuse it."""


Kept = Callable[[str], Iterable[tuple[int, int]]]
"""Called with the name of a writer; offset and length of all of its frames that are committed somewhere."""


class Revisions(Protocol):
    """Orders the commits of all writers; what it has not recorded was never written."""

    def commit(self, entries: Sequence[tuple[str, Extent]], guard: Guard | None) -> None:
        """Record (table path, extent) pairs in one transaction with `guard`."""
        ...

    def commit_within(self, session: Any, entries: Sequence[tuple[str, Extent]]) -> None:
        """Record (table path, extent) pairs in a transaction that is open."""
        ...

    def forget(self, writer: str) -> None:
        """`writer` is about to commit no more: what is remembered of it, so as to be quicker, may go."""
        ...

    def state(self, path: str, revision: int | None = None) -> TableState | None:
        """The table now or at a revision; None where there is no such table."""
        ...

    def fold(self, path: str, expected: str | None, folded: int, manifest: str) -> bool:
        """Point the table at a snapshot of its first `folded` revisions.

        Returns:
            False where somebody else folded since `expected` was read; nothing is changed then.
        """
        ...

    def paths(self, prefix: str) -> list[str]:
        """Names of the tables that begin with `prefix`."""
        ...


class Logs(Protocol):
    """Bytes appended by writers."""

    @property
    def concurrency(self) -> int:
        """How many calls at once pay off; one at a time where it is 1."""
        ...

    def append(self, writer: str, offset: int, frames: Sequence[bytes]) -> None:
        """Put `frames` one behind the other at `offset`, the end of the log of `writer`.

        Durable when it returns.
        """
        ...

    def read(self, writer: str, offset: int, length: int) -> bytes:
        """Bytes of a committed extent."""
        ...

    def holds(self, writer: str) -> bool:
        """Whether there is anything of `writer`."""
        ...

    def close(self, writer: str) -> None:
        """`writer` will append no more."""
        ...

    def sweep(self, kept: Kept, older_than: datetime, *, dry_run: bool = False) -> Iterator[int]:
        """Delete what of the logs nothing refers to; a writer that may still append loses nothing.

        Args:
            kept: Asked for what is referred to, when nobody can append any more who has not done so yet.
            older_than: What was appended since then stays: it may just be about to be committed.
            dry_run: Only find out how much would go.

        Returns:
            Bytes that went, for each log of which some did.
        """
        ...
