"""Lists are read in pages; nothing hands out an unbounded one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST = 1_000

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Which part of a list is wanted.

    Attributes:
        number: Page, counted from 1.
        size: Items of a page, 1 to 1,000.

    Raises:
        UsageError: a number is out of its range.
    """

    number: int = 1
    size: int = 20

    def __post_init__(self) -> None:
        if self.number < 1:
            raise UsageError(f"page {self.number} does not exist", hint="pages are counted from 1")
        if not 1 <= self.size <= LARGEST:
            raise UsageError(f"a page of {self.size} items is not possible", hint=f"1 to {LARGEST:,} are")

    @property
    def offset(self) -> int:
        """How many items lie before this page."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One part of a list.

    Attributes:
        items: What lies on this page; fewer than `size` on the last one, none behind it.
        total: Items of the whole list when it was read.
        number: Page, counted from 1.
        size: Items of a full page.
    """

    items: tuple[T, ...]
    total: int
    number: int = 1
    size: int = 20

    @property
    def pages(self) -> int:
        """How many pages the list has; 0 when it is empty."""
        return -(-self.total // self.size)

    @property
    def has_next(self) -> bool:
        """Whether another page follows."""
        return self.number < self.pages

    def map(self, change: Callable[[T], U]) -> Page[U]:
        """The same page of other items."""
        items = tuple(change(item) for item in self.items)
        return Page(items=items, total=self.total, number=self.number, size=self.size)
