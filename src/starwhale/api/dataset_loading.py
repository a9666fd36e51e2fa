"""Reading the rows of a dataset: in key order or shuffled, whole or in shares, for people and frameworks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from starwhale.api.dataset_versions import DatasetVersions
from starwhale.core.errors import UsageError
from starwhale.datasets.loading.order import BUFFER, Order
from starwhale.datasets.rows import DataRow, Features

if TYPE_CHECKING:
    from starwhale.datasets.loading.reading import Loader
    from starwhale.integrations.rows_view import RowsView

Key = int | str


class DatasetLoading(DatasetVersions):
    """What a `Dataset` can do with its rows one after the other."""

    _order: Order | None = None
    _loader: Loader | None = None

    def __iter__(self) -> Iterator[DataRow]:
        make, trusted = self._features(), DataRow.trusted
        for keys, rows in self._parts():
            for key, row in zip(keys, rows, strict=True):
                yield trusted(key, make(key, row))

    def _parts(self) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
        if self._order is None and self._loader is None:
            return self._rows().chunks()
        return self.view().read()

    def batch_iter(self, batch_size: int = 1, drop_not_full: bool = False) -> Iterator[list[DataRow]]:
        """Rows in lists of `batch_size`; the last may be shorter, or is left out with `drop_not_full`.

        Raises:
            UsageError: `batch_size` is not positive.
        """
        if batch_size < 1:
            raise UsageError(f"a batch cannot hold {batch_size} rows")
        rows = iter(self)
        while batch := list(islice(rows, batch_size)):
            if len(batch) == batch_size or not drop_not_full:
                yield batch

    def with_loader_config(
        self,
        num_workers: int | None = None,
        cache_size: int | None = None,
        field_transformer: Mapping[str, str] | None = None,
    ) -> Self:
        """Say how rows are read from now on; this very object is handed back.

        Args:
            num_workers: Threads that read ahead; 0, the default, reads when a row is asked for, which is
                quickest for rows on this machine.
            cache_size: Rows that may wait to be taken; 1,024 by default.
            field_transformer: Further features: the path of a value in a row, such as ``a.b[0].c``, to
                the name that it gets.

        Raises:
            UsageError: a number is too small, or a path is none.
        """
        from starwhale.datasets.loading.fields import field_transform
        from starwhale.datasets.loading.reading import Loader

        if num_workers is not None and num_workers < 0:
            raise UsageError(f"there cannot be {num_workers} workers")
        if cache_size is not None and cache_size < 1:
            raise UsageError(f"a cache cannot hold {cache_size} rows")
        known = self._loader or Loader()
        self._loader = Loader(
            workers=known.workers if num_workers is None else num_workers,
            cache=known.cache if cache_size is None else cache_size,
            transform=known.transform if field_transformer is None else field_transform(field_transformer),
        )
        return self

    def with_builder_blob_config(
        self,
        volume_size: int | str | None = None,
        alignment_size: int | str | None = None,
    ) -> Self:
        """This very object; without effect, since there is nothing left to lay out."""
        return self

    def shuffle(self, seed: int = 0, buffer_size: int = BUFFER, epoch: int = 0) -> Self:
        """The same dataset, read in an order that the seed tells; the same on every machine.

        Args:
            seed: Any number.
            buffer_size: Rows that are mixed with one another; rows that lie further apart are mixed by
                runs of neighbours. More takes more memory.
            epoch: Each has an order of its own.

        Raises:
            UsageError: the buffer holds no row.
        """
        known = self._ordered()
        return self._read_as(
            Order(
                count=known.count,
                seed=seed,
                buffer=buffer_size,
                epoch=epoch,
                index=known.index,
                total=known.total,
            )
        )

    def shard(self, index: int, total: int) -> Self:
        """One of `total` shares of the rows: together they have every row once.

        Args:
            index: Which, from 0.
            total: How many there are.

        Raises:
            UsageError: there is no such share.
        """
        return self._read_as(self._ordered().share(index, total))

    def to_pytorch(
        self,
        transform: Callable[[Any], Any] | None = None,
        drop_index: bool = True,
        skip_default_transform: bool = False,
        map_style: bool = False,
    ) -> Any:
        """The rows as a dataset of PyTorch, for a ``DataLoader``.

        Args:
            transform: Makes of the features of a row what the model takes; by default images, sound and
                boxes become tensors.
            drop_index: Yield features alone, not the key as well.
            skip_default_transform: Leave features as they are where no `transform` is given.
            map_style: Index rows by position, for samplers, instead of iterating.

        Returns:
            A `TorchIterableDataset`, or a `TorchMapDataset` with `map_style`.

        Raises:
            MissingDependency: PyTorch is not installed.
        """
        from starwhale.integrations.pytorch import TorchIterableDataset, TorchMapDataset

        make = TorchMapDataset if map_style else TorchIterableDataset
        return make(self.view(), transform, drop_index, skip_default_transform)

    def to_tensorflow(self, drop_index: bool = True) -> Any:
        """The rows as a ``tf.data.Dataset``.

        Args:
            drop_index: Yield features alone, not the key as well.

        Raises:
            MissingDependency: TensorFlow is not installed.
            NotFound: there are no rows to tell the types by.
        """
        from starwhale.integrations.tensorflow import to_tf_dataset

        return to_tf_dataset(self.view(), drop_index)

    def view(self) -> RowsView:
        """The rows as bridges to frameworks read them."""
        from starwhale.datasets.loading.reading import Loader
        from starwhale.instance.stored_rows import StoredRows
        from starwhale.integrations.rows_view import RowsView

        committed = self._base is not None and not self.changed
        manifest = self._base.manifest if committed and self._base else None
        rows = StoredRows(self._rows(), self._here.settings, manifest, self._uri.instance)
        return RowsView(rows=rows, order=self._ordered(), loader=self._loader or Loader())

    def _ordered(self) -> Order:
        if self._order is not None:
            return self._order
        return Order(count=len(self._rows()))

    def _read_as(self, order: Order) -> Self:
        other = copy(self)
        vars(other)["_order"] = order
        return other

    def _transformed(self, row: dict[str, Any]) -> dict[str, Any]:
        transform = self._loader.transform if self._loader is not None else None
        return row if transform is None else transform(row)

    def _features(self) -> Any:
        if self._readonly or self._committed is not None:
            return lambda _key, row: Features(row)
        return lambda key, row: Features.bound(row, key, self._write_through)

    def _write_through(self, key: Key, values: Mapping[str, Any]) -> None:
        self._changes().put(key, values)
