"""Which rows of two tables differ, found column by column where they lie, without making a value of each.

This works on tables that are folded into one layer of plain upserts, as those of ended evaluations are;
`Pair.of` says None of others, which are to be walked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa
from pyarrow import compute

from starwhale.storage.layers.format import KEY, OP, escape
from starwhale.storage.layers.memory import MEMORY
from starwhale.storage.layers.tags import Tag

if TYPE_CHECKING:
    from starwhale.storage.layers.file import LayerFile
    from starwhale.storage.layers.format import Key
    from starwhale.storage.tables.reader import TableReader

# Its functions are made when it is imported, where no type checker sees them.
pc: Any = compute
#: Rows that are compared at once; the first page is found without looking at more than it needs.
STEP = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One key that both tables do not tell the same about.

    Attributes:
        key: The key.
        base: Whether the first table has it.
        other: Whether the second has it.
    """

    key: Key
    base: bool
    other: bool


class Pair:
    """Two tables that can be compared column by column.

    Args:
        base: Files of the first.
        other: Files of the second.
        columns: What is compared; its types in each file are plain.
        name: Names both, for what is kept.
    """

    def __init__(
        self,
        base: Sequence[LayerFile],
        other: Sequence[LayerFile],
        columns: Sequence[str],
        name: tuple[Any, ...],
    ) -> None:
        self._base = base
        self._other = other
        self._columns = columns
        self._name = name
        self._keys = column_of(base, KEY)
        self._other_keys = column_of(other, KEY)

    @classmethod
    def of(cls, base: TableReader, other: TableReader, columns: Sequence[str]) -> Self | None:
        """Both tables; None where they must be walked."""
        one, two = files_of(base), files_of(other)
        if one is None or two is None or not one or not two:
            return None
        if isinstance(one[0].firsts[0], int) != isinstance(two[0].firsts[0], int):
            return None
        if not all(agree(files, name) for files in (one, two) for name in columns):
            return None
        return cls(one, two, columns, ("pair", base.state.manifest, other.state.manifest))

    def differences(self, after: Key | None = None) -> Iterator[Difference]:
        """Keys that differ, in order, behind `after`; found as they are asked for."""
        places = self._places()
        start = 0 if after is None else _behind(self._keys, after)
        changed = self._changed(places, start)
        only_other = self._only_other(places, after)
        yield from merge(changed, only_other, key=lambda found: found.key)

    def counts(self) -> tuple[int, int, int, int]:
        """Rows that are equal, that differ, that only the first has, that only the second has."""
        places = self._places()
        both = len(self._keys) if places is None else int(np.count_nonzero(places >= 0))
        different = sum(int(np.count_nonzero(mask)) for _start, mask in self._masks(places, 0))
        return (
            both - different,
            different,
            len(self._keys) - both,
            len(self._other_keys) - both,
        )

    def _places(self) -> np.ndarray[Any, Any] | None:
        """Row in the second table of each key of the first, -1 where it has none; None: the same rows."""
        if len(self._keys) == len(self._other_keys) and self._keys.equals(self._other_keys):
            return None
        found = MEMORY.once(
            self._name,
            lambda: pc.index_in(self._keys, value_set=self._other_keys).fill_null(-1).to_numpy(),
            lambda places: int(places.nbytes),
        )
        return np.asarray(found)

    def _masks(
        self, places: np.ndarray[Any, Any] | None, start: int
    ) -> Iterator[tuple[int, np.ndarray[Any, Any]]]:
        """For runs of rows of the first table, which of them the second has otherwise."""
        whole = [] if places is None else [values_of(self._other, name) for name in self._columns]
        for low in range(start, len(self._keys), STEP):
            many = min(STEP, len(self._keys) - low)
            mask = np.zeros(many, bool)
            there = None if places is None else places[low : low + many]
            for number, name in enumerate(self._columns):
                mine = values_of(self._base, name, low, many)
                if there is None:
                    theirs = values_of(self._other, name, low, many)
                else:
                    theirs = whole[number]
                    theirs = None if theirs is None else theirs.take(pa.array(np.maximum(there, 0)))
                mask |= unlike(mine, theirs, many)
            yield low, mask if there is None else mask & (there >= 0)

    def _changed(self, places: np.ndarray[Any, Any] | None, start: int) -> Iterator[Difference]:
        for low, mask in self._masks(places, start):
            lacking = np.zeros(len(mask), bool) if places is None else places[low : low + len(mask)] < 0
            for row in np.flatnonzero(mask | lacking):
                yield Difference(
                    key=self._keys[low + int(row)].as_py(), base=True, other=not bool(lacking[row])
                )

    def _only_other(self, places: np.ndarray[Any, Any] | None, after: Key | None) -> Iterator[Difference]:
        if places is None:
            return
        alone = np.ones(len(self._other_keys), bool)
        alone[places[places >= 0]] = False
        start = 0 if after is None else _behind(self._other_keys, after)
        for row in np.flatnonzero(alone[start:]):
            yield Difference(key=self._other_keys[start + int(row)].as_py(), base=False, other=True)


def files_of(reader: TableReader) -> list[LayerFile] | None:
    """The files of a table that is one layer of plain upserts; None of any other."""
    layers = [layer for kind in (int, str) for layer in reader.base.layers(kind)]
    if reader.state.tail or len(layers) != 1 or any(ref.ops for ref in layers[0].refs):
        return None
    files = [layers[0].file(place) for place in range(len(layers[0].refs))]
    return None if any(OP in file.schema.names for file in files) else files


def _tags(files: Sequence[LayerFile], name: str) -> set[Tag]:
    return {file.tags.get(name, "null") for file in files} - {"null"}


def agree(files: Sequence[LayerFile], name: str) -> bool:
    """Whether a column has one plain type in all files."""
    tags = _tags(files, name)
    return tags <= {"int", "float"} or (len(tags) == 1 and tags <= set(_TYPES))


def column_of(files: Sequence[LayerFile], name: str) -> pa.ChunkedArray:
    """A column over all files, as it lies there."""
    return pa.chunked_array([chunk for file in files for chunk in file.columns({name}).column(name).chunks])


def values_of(
    files: Sequence[LayerFile], name: str, start: int = 0, many: int | None = None
) -> pa.ChunkedArray | None:
    """A run of a column over all files; None where no file has it. Files outside the run are not touched."""
    tags = _tags(files, name)
    if not tags:
        return None
    # Integers and floats are one kind where files disagree.
    wanted = pa.float64() if len(tags) > 1 else _TYPES[next(iter(tags))]
    stop = sum(file.rows for file in files) if many is None else start + many
    chunks: list[pa.Array] = []
    at = 0
    for file in files:
        low, high = max(start, at), min(stop, at + file.rows)
        if low < high:
            chunks += [_as(chunk, wanted) for chunk in _part(file, name, wanted, low - at, high - low)]
        at += file.rows
    return pa.chunked_array(chunks, wanted)


def _part(file: LayerFile, name: str, wanted: pa.DataType, start: int, many: int) -> list[pa.Array]:
    arrow = escape(name)
    if arrow not in file.schema.names:
        return [pa.nulls(many, wanted)]
    return file.columns({arrow}).column(arrow).slice(start, many).chunks


def _as(chunk: pa.Array, wanted: pa.DataType) -> pa.Array:
    return chunk if chunk.type == wanted else chunk.cast(wanted, safe=False)


_TYPES: dict[Tag, pa.DataType] = {
    "int": pa.int64(),
    "float": pa.float64(),
    "str": pa.string(),
    "bool": pa.bool_(),
}
_NUMBERS = (pa.int64(), pa.float64(), pa.bool_())


def unlike(one: pa.ChunkedArray | None, two: pa.ChunkedArray | None, many: int) -> np.ndarray[Any, Any]:
    """In which rows two columns have different values; null is the same as nothing, NaN as NaN."""
    if one is None:
        return np.zeros(many, bool) if two is None else _flags(pc.is_valid(two))
    if two is None:
        return _flags(pc.is_valid(one))
    kinds = {one.type, two.type}
    if len(kinds) > 1 and not kinds <= set(_NUMBERS):
        return _flags(pc.or_(pc.is_valid(one), pc.is_valid(two)))
    left, right = ((each.cast(pa.float64(), safe=False) if len(kinds) > 1 else each) for each in (one, two))
    found = pc.not_equal(left, right)
    if found.null_count:
        found = pc.coalesce(found, pc.xor(pc.is_valid(left), pc.is_valid(right)))
    if left.type == pa.float64():
        found = pc.and_not(found, pc.and_(_nan(left), _nan(right)))
    return _flags(found)


def _nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(pc.is_nan(column), False)


def _flags(column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    return np.asarray(column.to_numpy(), dtype=bool)


def _behind(keys: pa.ChunkedArray, key: Key) -> int:
    """Number of the first row behind `key`."""
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) // 2
        if keys[middle].as_py() <= key:
            low = middle + 1
        else:
            high = middle
    return low
