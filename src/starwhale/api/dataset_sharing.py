"""Sharing the rows of a dataset among processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from starwhale.api.dataset_loading import DatasetLoading
from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from starwhale.datasets.consumption_reading import Consumer


class DatasetSharing(DatasetLoading):
    """What lets many processes read one dataset together."""

    _consumer: Consumer | None = None

    def make_distributed_consumption(self, session_id: str, batch_size: int = 50) -> Self:
        """Iterate from now on over rows that no other process of the same session gets.

        All processes of a session together get every row of the version once. When one dies, its rows
        go to the others; only the row that it had in hand is handed out again. The iteration of each
        ends when all rows are consumed. A session is remembered for a week after its end.

        Args:
            session_id: What the session is called; the same in all processes.
            batch_size: Rows that are leased at a time.

        Returns:
            This very object.

        Raises:
            UsageError: a batch of no rows, no name, or a dataset with changes that are not committed.
            Conflict: the session reads another version.
        """
        from starwhale.datasets.consumption_reading import Consumer

        if batch_size < 1:
            raise UsageError(f"a batch cannot hold {batch_size} rows")
        if self.changed:
            raise UsageError("rows that are not committed cannot be shared", hint="commit() first")
        here, view = self._here, self.view()
        version = self._existing_version()
        number = here.consumption.join(here.actor, version.project, session_id, version, len(view.rows))
        self._consumer = Consumer(here.consumption, here.actor, number, batch_size, view.rows.positions)
        return self

    def _parts(self) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
        if self._consumer is None:
            yield from super()._parts()
            return
        for key, row in self._consumer.rows():
            yield [key], [self._transformed(row)]
