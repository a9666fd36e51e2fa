"""Datasets for PyTorch: one that is iterated, one that is indexed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from starwhale.core.errors import MissingDependency, UsageError
from starwhale.core.types.binary import Binary
from starwhale.core.types.media import BaseArtifact
from starwhale.core.types.plain import Geometry
from starwhale.core.types.text import Text
from starwhale.core.types.video import Video

try:
    import torch
    from torch.utils.data import Dataset as TorchDataset
    from torch.utils.data import IterableDataset, get_worker_info
except ImportError as exc:
    raise MissingDependency("this needs PyTorch", hint="see https://pytorch.org/get-started") from exc

if TYPE_CHECKING:
    from starwhale.integrations.rows_view import RowsView

__all__ = [
    "TorchIterableDataset",
    "TorchMapDataset",
    "convert_list_to_tensor",
    "convert_numpy_to_tensor",
    "default_transform",
]

Transform = Callable[[Any], Any]
_ITSELF = frozenset({int, float, str, bytes, bool, type(None)})


def default_transform(data: Any) -> Any:
    """A value in the form that models take, containers item by item.

    Images, sound and boxes become tensors, text is text, film and other bytes are bytes, numbers stay.
    """
    kind = type(data)
    if kind in _ITSELF:
        return data
    if isinstance(data, (Binary, Video)):
        return data.to_bytes()
    if isinstance(data, Text):
        return data.to_str()
    if isinstance(data, (BaseArtifact, Geometry)):
        return data.to_tensor()
    if isinstance(data, Mapping):
        return {name: default_transform(value) for name, value in cast("Mapping[Any, Any]", data).items()}
    if isinstance(data, (list, tuple)):
        items = [default_transform(item) for item in cast("Sequence[Any]", data)]
        return tuple(items) if isinstance(data, tuple) else items
    return data


def _same(data: Any) -> Any:
    return data


class TorchIterableDataset(IterableDataset[Any]):
    """Rows one after the other, for a `DataLoader`.

    Each worker of a loader and each rank of a distributed run reads a share of its own: over all of
    them every row comes once an epoch, whatever their numbers. The rank is that of
    ``torch.distributed`` where it runs, else what ``RANK`` and ``WORLD_SIZE`` say.

    A run is taken up where it broke off with `state_dict` and `load_state_dict`, by hand without
    workers, through torchdata's ``StatefulDataLoader`` with them: it asks every worker.

    Args:
        view: The rows.
        transform: Makes of the features of a row what the model takes; `default_transform` by default.
        drop_index: Yield features alone, not the key as well.
        skip_default_transform: Leave features as they are where no `transform` is given.
    """

    def __init__(
        self,
        view: RowsView,
        transform: Transform | None = None,
        drop_index: bool = True,
        skip_default_transform: bool = False,
    ) -> None:
        super().__init__()
        self.view = view
        self.transform = transform or (_same if skip_default_transform else default_transform)
        self.drop_index = drop_index
        self._epoch = view.order.epoch
        self._start = 0
        self._done = 0

    def __iter__(self) -> Iterator[Any]:
        share = self._share(self.view.at_epoch(self._epoch))
        start, self._start = self._start, 0
        self._done = start
        plain = self.transform is _same and self.drop_index
        for keys, rows in share.read(start):
            # Looked at once a batch, for rows that are handed on as they are cost next to nothing else.
            made = iter(rows) if plain else map(self._made, keys, rows)
            for place, item in enumerate(made, start=self._done + 1):
                self._done = place
                yield item
        self._done = 0

    def _made(self, key: Any, row: dict[str, Any]) -> Any:
        transform = self.transform
        return transform(row) if self.drop_index else (transform(key), transform(row))

    def __len__(self) -> int:
        """Rows of this rank, over all workers of its loader."""
        index, total = _rank()
        return len(self.view.share(index, total))

    def set_epoch(self, epoch: int) -> None:
        """Have the next pass read in the order of another epoch; without a shuffle it is the same."""
        self._epoch = epoch

    def state_dict(self) -> dict[str, int]:
        """Where this worker is: the epoch, and how many rows of its share were handed out."""
        return {"epoch": self._epoch, "rows": self._done, **self._shares()}

    def load_state_dict(self, state: Mapping[str, int]) -> None:
        """Go on where `state_dict` was taken.

        Raises:
            UsageError: it was taken with other numbers of ranks or workers, whose shares are others.
        """
        shares = self._shares()
        if any(state[name] != shares[name] for name in shares):
            raise UsageError(
                "the state was taken by another number of ranks or workers",
                hint="go on with as many as before",
            )
        self._epoch, self._start, self._done = state["epoch"], state["rows"], state["rows"]

    def _share(self, view: RowsView) -> RowsView:
        index, total = _rank()
        view = view.share(index, total)
        worker = get_worker_info()
        return view if worker is None else view.share(worker.id, worker.num_workers)

    def _shares(self) -> dict[str, int]:
        worker = get_worker_info()
        _, ranks = _rank()
        return {"ranks": ranks, "workers": 1 if worker is None else worker.num_workers}

    def __repr__(self) -> str:
        return f"<TorchIterableDataset of {len(self)} rows>"


class TorchMapDataset(TorchDataset[Any]):
    """Rows by position, for samplers; a loader fetches each batch in one go.

    Args:
        view: The rows.
        transform: As for `TorchIterableDataset`.
        drop_index: As for `TorchIterableDataset`.
        skip_default_transform: As for `TorchIterableDataset`.
    """

    def __init__(
        self,
        view: RowsView,
        transform: Transform | None = None,
        drop_index: bool = True,
        skip_default_transform: bool = False,
    ) -> None:
        self.view = view
        self.transform = transform or (_same if skip_default_transform else default_transform)
        self.drop_index = drop_index

    def __len__(self) -> int:
        return len(self.view.rows)

    def __getitem__(self, index: int) -> Any:
        """The row at a position, in key order; negative ones count from the end."""
        length = len(self)
        key, row = self.view.rows.positions.row(index + length if index < 0 else index)
        return self._made(key, row)

    def __getitems__(self, indices: list[int]) -> list[Any]:
        """The rows at some positions."""
        return [self._made(key, row) for key, row in self.view.rows.positions.take(indices)]

    def _made(self, key: Any, row: dict[str, Any]) -> Any:
        if self.view.loader.transform is not None:
            row = self.view.loader.transform(row)
        made = self.transform(row)
        return made if self.drop_index else (self.transform(key), made)

    def __repr__(self) -> str:
        return f"<TorchMapDataset of {len(self)} rows>"


def _rank() -> tuple[int, int]:
    """Rank of this process and how many there are."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    rank, size = os.environ.get("RANK", ""), os.environ.get("WORLD_SIZE", "")
    if rank.isdigit() and size.isdigit() and int(rank) < int(size):
        return int(rank), int(size)
    return 0, 1


def convert_list_to_tensor(data: list[Any]) -> torch.Tensor:
    """A list of numbers as a tensor."""
    return torch.tensor(data)


def convert_numpy_to_tensor(data: Any) -> torch.Tensor:
    """An array as a tensor; of types that PyTorch has not, the next wider one."""
    import numpy as np

    wider = {np.dtype("uint16"): "int32", np.dtype("uint32"): "int64"}
    array = data.astype(wider[data.dtype]) if data.dtype in wider else data
    return torch.from_numpy(np.ascontiguousarray(array))
