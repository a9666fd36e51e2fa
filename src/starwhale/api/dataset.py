"""`dataset()` and `Dataset`: rows by key, versions, tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, overload

from starwhale.api.dataset_exports import DatasetExports
from starwhale.api.dataset_lookup import change_mode, locate
from starwhale.api.dataset_parts import unpack_item
from starwhale.api.dataset_sharing import DatasetSharing
from starwhale.api.dataset_sources import DatasetSources
from starwhale.core.errors import Conflict, NotFound, UsageError
from starwhale.datasets.rows import DataRow
from starwhale.datasets.writer import checked_key

if TYPE_CHECKING:
    from types import TracebackType

    from starwhale.api.place import Resource

Key = int | str


class Dataset(DatasetSources, DatasetExports, DatasetSharing):
    """One version of a dataset, and the changes one makes to it until they are committed.

    Made by `dataset`. Rows come in the order of their keys, integers before text.

    Example:
        ```python
        from starwhale import dataset

        with dataset("numbers", create="auto") as ds:
            ds.append({"value": 1, "name": "one"})
            ds[7] = {"value": 7, "name": "seven"}
            ds.commit(tags=["first"])
        ```
    """

    @overload
    def __getitem__(self, item: Key) -> DataRow: ...
    @overload
    def __getitem__(self, item: slice) -> list[DataRow]: ...
    def __getitem__(self, item: Key | slice) -> DataRow | list[DataRow]:
        """The row of a key, or the rows from one key up to, not including, another.

        Raises:
            KeyError: no row has that key.
            UsageError: the key is neither text nor an integer, or a step is not positive.
        """
        make = self._features()
        if isinstance(item, slice):
            step = 1 if item.step is None else item.step
            if type(step) is not int or step < 1:
                raise UsageError(
                    f"rows are taken in the order of their keys, so step {step!r} makes no sense"
                )
            rows = self._rows().scan(
                None if item.start is None else checked_key(item.start),
                None if item.stop is None else checked_key(item.stop),
            )
            return [
                DataRow.trusted(key, make(key, self._transformed(row)))
                for key, row in islice(rows, 0, None, step)
            ]
        key = item if type(item) is int or type(item) is str else checked_key(item)
        row = self._writer.get(key) if self._writer is not None else self._rows().get(key)
        if row is None:
            raise KeyError(key)
        return DataRow.trusted(key, make(key, self._transformed(row)))

    def __contains__(self, key: object) -> bool:
        if isinstance(key, bool) or not isinstance(key, (int, str)):
            return False
        return (self._writer.get(key) if self._writer is not None else self._rows().get(key)) is not None

    def __len__(self) -> int:
        return len(self._rows())

    def __bool__(self) -> bool:
        return True

    def head(self, n: int = 5) -> list[DataRow]:
        """The first `n` rows."""
        return list(islice(self, max(0, n)))

    def scan(self, limit: int | None = None) -> Iterator[DataRow]:
        """Rows in the order of their keys, at most `limit` of them."""
        return islice(self, limit)

    def fetch_one(self) -> DataRow:
        """The first row.

        Raises:
            NotFound: there is none.
        """
        for row in self:
            return row
        raise NotFound(f"dataset {self._uri.name!r} has no rows")

    @property
    def approximate_size(self) -> int:
        """Number of rows, uncommitted changes left out where counting them would mean to write them."""
        return self._base_rows() if self._writer is None or not self._writer.pending else len(self)

    def __setitem__(self, key: Key | slice, value: Any) -> None:
        """Set features of a row; those not mentioned keep their values.

        Raises:
            Forbidden: the dataset is read-only.
            UnsupportedValue: a value has no stored form; column and value are named, nothing is set.
        """
        if isinstance(key, slice):
            raise UsageError("rows are set one by one, by key")
        _, features = unpack_item(value)
        self._changes().put(key, features)
        self._view = None

    def __delitem__(self, key: Key | slice) -> None:
        """Remove the row of a key, or all from one key up to another; a missing one is no error."""
        changes = self._changes()
        if isinstance(key, slice):
            for row in self[key]:
                changes.delete(row.index)
        else:
            changes.delete(key)
        self._view = None

    def append(self, item: Any) -> None:
        """Add a row: features, ``(key, features)`` or a `DataRow`.

        Without a key it gets the next integer that was never used.
        """
        key, features = unpack_item(item)
        if key is None:
            self._changes().append(features)
        else:
            self._changes().put(key, features)
        self._view = None

    def extend(self, items: Iterable[Any]) -> None:
        """`append` each of `items`."""
        for item in items:
            self.append(item)

    def flush(self, artifacts_flush: bool = False) -> str:
        """Write buffered changes into the store, still visible only here; the version they begin from."""
        if self._writer is not None:
            self._writer.flush()
        return self.loading_version

    def commit(
        self,
        tags: Sequence[str] | None = None,
        message: str = "",
        force_add_tags: bool = False,
        ignore_add_tags_errors: bool = False,
    ) -> str:
        """Publish the changes as a version; where nothing changed only the tags move.

        Args:
            tags: Tags to put on it besides ``latest`` and the next ``v<N>``.
            message: What changed, for the history.
            force_add_tags: Take tags away from other versions.
            ignore_add_tags_errors: Publish although a tag could not be put on.

        Returns:
            Id of the version.

        Raises:
            Forbidden: the dataset is read-only.
            Conflict: it was committed through this object already, a tag is taken, or somebody else
                changed the same row meanwhile.
        """
        if self._committed is not None:
            raise Conflict("this dataset was committed already", hint="open it again with dataset(...)")
        changes = self._changes()
        wanted = list(tags or [])
        try:
            self._committed = changes.commit(tags=wanted, message=message, force_tags=force_add_tags)
        except (UsageError, Conflict):
            if not (ignore_add_tags_errors and wanted):
                raise
            self._committed = changes.commit(message=message)
            for tag in wanted:
                with suppress(UsageError, Conflict):
                    self._here.artifacts.add_tags(
                        self._here.actor, self._committed_uri, [tag], force=force_add_tags
                    )
        self._writer = None
        self._view = None
        self._base = self._committed
        return self._committed.version

    def close(self) -> None:
        """Give up what was not committed."""
        self._closed = True
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._view = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @classmethod
    def from_dict_items(
        cls,
        records: Iterable[Any],
        name: str | Resource,
        volume_size: int | str = 0,  # noqa: ARG003 - kept from 0.6, where blobs lay in volumes
        alignment_size: int | str = 0,  # noqa: ARG003 - as above
        mode: str = "patch",
        tags: Sequence[str] | None = None,
    ) -> Dataset:
        """Build a dataset of dicts or ``(key, dict)`` pairs and commit it.

        Args:
            records: The rows.
            name: Its name or address.
            volume_size: Without effect.
            alignment_size: Without effect.
            mode: ``patch`` keeps the rows that are not mentioned, ``overwrite`` drops them.
            tags: Tags to put on the version.
        """
        address, base = locate(name)
        made = cls(address, base, create_empty=change_mode(mode) == "overwrite", readonly=False)
        made.extend(records)
        made.commit(tags=tags)
        return made

    def __repr__(self) -> str:
        return f"<Dataset {self.uri}>"

    def _base_rows(self) -> int:
        return int(self._base.meta.get("rows", 0)) if self._base is not None else 0


def dataset(uri: str | Resource, create: str = "auto", readonly: bool = False) -> Dataset:
    """Open a dataset, or make it.

    Args:
        uri: Its name, with a version or tag where not the latest is meant, or its full address.
        create: ``auto`` makes it where it is missing, ``empty`` insists on making it, ``forbid`` on its
            being there.
        readonly: Refuse changes.

    Raises:
        NotFound: it is not there and may not be made; the hint names the nearest.
        Conflict: it is there, and `create` is ``empty``.
        UsageError: the arguments contradict each other.
    """
    address, base = locate(uri, create, readonly=readonly)
    return Dataset(address, base, create_empty=False, readonly=readonly)
