"""Pages: no list is ever read whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Which part of a list is wanted.

    Attributes:
        number: Counted from 1.
        size: Items on a page, 1 to 1000.
        after: Where the page before ended, as its `next` said, in place of a number: what comes or goes on
            pages before this one does not move it.

    Raises:
        UsageError: one of them is out of range.
    """

    number: int = 1
    size: int = 20
    after: str = ""

    def __post_init__(self) -> None:
        if self.number < 1:
            raise UsageError(f"there is no page {self.number}", hint="pages are counted from 1")
        if not 1 <= self.size <= LARGEST:
            raise UsageError(f"a page cannot hold {self.size} items", hint=f"1 to {LARGEST}")

    @property
    def offset(self) -> int:
        """Items on the pages before this one."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        items: What is on it, in the list's order.
        total: Items on all pages together.
        request: Which page it is.
        next: Where the next page begins, for `PageRequest.after`; None on the last.
    """

    items: tuple[T, ...]
    total: int
    request: PageRequest
    next: str | None = None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def pages(self) -> int:
        """How many pages there are; none when the list is empty."""
        return -(-self.total // self.request.size)
