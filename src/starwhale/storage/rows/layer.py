"""A layer: disjoint files in key order that count as one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from starwhale.storage.layers.batch import Batch
from starwhale.storage.layers.file import LayerFile
from starwhale.storage.layers.format import Key
from starwhale.storage.rows.manifest import FileRef


class Layer:
    """Reads the files of one layer.

    Args:
        refs: Its files, disjoint, in key order, all of one kind of key.
        open_file: Opens a file by digest.
    """

    def __init__(self, refs: Sequence[FileRef], open_file: Callable[[str], LayerFile]) -> None:
        self.refs = refs
        self._open = open_file
        self._firsts: list[Any] = [ref.first for ref in refs]
        self._lasts: list[Any] = [ref.last for ref in refs]

    def file(self, place: int) -> LayerFile:
        """One of its files."""
        return self._open(self.refs[place].blob)

    def find(self, key: Key) -> tuple[Batch, int] | None:
        """Batch and row number of `key`, or None."""
        place = bisect_right(self._firsts, key) - 1
        if place < 0 or self._lasts[place] < cast("Any", key):
            return None
        return self._open(self.refs[place].blob).find(key)

    def batches(self, start: Key | None, end: Key | None) -> Iterator[Batch]:
        """Non-empty batches from key `start` up to, not including, `end`."""
        first_file = 0 if start is None else bisect_left(self._lasts, start)
        for ref in self.refs[first_file:]:
            if end is not None and cast("Any", ref.first) >= end:
                return
            yield from _file_batches(self._open(ref.blob), start, end)


def _file_batches(file: LayerFile, start: Key | None, end: Key | None) -> Iterator[Batch]:
    place = 0 if start is None else file.first_batch_reaching(start)
    while place < file.batches:
        if end is not None and cast("Any", file.firsts[place]) >= end:
            return
        batch = file.scanned(place)
        low = 0 if start is None else bisect_left(cast("Any", batch.keys), start)
        high = batch.rows if end is None else bisect_left(cast("Any", batch.keys), end)
        if low < high:
            yield batch.slice(low, high)
        place += 1


def layers_of(refs: Sequence[FileRef], kind: type, open_file: Callable[[str], LayerFile]) -> list[Layer]:
    """The layers among `refs` whose keys are of `kind`, oldest first."""
    groups: dict[int, list[FileRef]] = {}
    for ref in refs:
        if isinstance(ref.first, kind):
            groups.setdefault(ref.layer, []).append(ref)
    return [
        Layer(sorted(groups[age], key=lambda ref: cast("Any", ref.first)), open_file)
        for age in sorted(groups)
    ]
