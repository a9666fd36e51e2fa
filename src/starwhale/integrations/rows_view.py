"""What frameworks read: the rows of a dataset in an order, one share of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from starwhale.datasets.loading.order import BUFFER, Order
from starwhale.datasets.loading.reading import Loader, Rows, read

if TYPE_CHECKING:
    from starwhale.instance.stored_rows import StoredRows


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsView:
    """Rows, the order in which they are read, and how.

    Attributes:
        rows: All rows.
        order: Which of them, and in what order.
        loader: How they are read.
    """

    rows: StoredRows
    order: Order
    loader: Loader = field(default_factory=Loader)

    def __len__(self) -> int:
        return len(self.order)

    def shuffled(self, seed: int, buffer: int = BUFFER) -> RowsView:
        """The same rows in another order."""
        return replace(self, order=replace(self.order, seed=seed, buffer=buffer))

    def at_epoch(self, epoch: int) -> RowsView:
        """The order of another epoch."""
        return replace(self, order=replace(self.order, epoch=epoch))

    def share(self, index: int, total: int) -> RowsView:
        """One of `total` shares, which neither overlap nor leave a gap.

        Raises:
            UsageError: there is no such share.
        """
        return replace(self, order=self.order.share(index, total))

    def read(self, start: int = 0) -> Iterator[Rows]:
        """Keys and rows, some at a time.

        Args:
            start: How many to pass over.
        """
        return read(self.rows.positions, self.order, self.loader, start)
