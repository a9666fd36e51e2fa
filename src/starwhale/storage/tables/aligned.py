"""Tables beside each other, all rows of them at once: which differ, by how much, and in which order.

Like `alike`, on which it builds, it works on tables that are folded into one layer of plain upserts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa
from pyarrow import compute

from starwhale.storage.layers.format import KEY
from starwhale.storage.layers.memory import MEMORY
from starwhale.storage.tables.alike import agree, column_of, files_of, unlike, values_of

if TYPE_CHECKING:
    from starwhale.storage.layers.file import LayerFile
    from starwhale.storage.layers.format import Key
    from starwhale.storage.tables.reader import TableReader

pc: Any = compute
Places = np.ndarray[Any, Any]
Column = pa.ChunkedArray | None
_NUMBERS = (pa.int64(), pa.float64(), pa.bool_())


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which rows are wanted, and in which order.

    Attributes:
        deciding: Facts in which rows may differ.
        only_different: Only rows in which a table differs from the first, or lacks one.
        largest: Fact by which rows are ordered, those first in which it lies farthest apart; None: by key.
    """

    deciding: tuple[str, ...] = ()
    only_different: bool = False
    largest: str | None = None


class Aligned:
    """Tables of which each key stands in one line.

    Args:
        files: Files of each table, the base first.
        names: Manifests of them, for what is kept.
        equals: What stands between two columns in a fact that says whether both agree.
    """

    def __init__(self, files: Sequence[Sequence[LayerFile]], names: tuple[Any, ...], equals: str) -> None:
        self._files = files
        self._names = names
        self._equals = equals
        own = [column_of(each, KEY) for each in files]
        if all(each.equals(own[0]) for each in own[1:]):
            self.keys: pa.ChunkedArray = own[0]
            self._places: Sequence[Places | None] = [None] * len(own)
        else:
            self.keys, self._places = MEMORY.once(("aligned", names), lambda: _united(own), _size)

    @classmethod
    def of(cls, readers: Sequence[TableReader], equals: str) -> Self | None:
        """The tables; None where their rows can only be gone through."""
        found: list[list[LayerFile]] = []
        for reader in readers:
            files = files_of(reader)
            if not files:
                return None
            found.append(files)
        if len({isinstance(files[0].firsts[0], int) for files in found}) > 1:
            return None
        return cls(found, tuple(reader.state.manifest for reader in readers), equals)

    def tells(self, facts: Sequence[str]) -> bool:
        """Whether all facts can be told apart at a glance: numbers, texts and truths."""
        columns = {name for fact in facts for name in self._columns(fact)}
        return all(agree(files, name) for files in self._files for name in columns)

    def listed(self, wanted: Listing) -> Places | None:
        """Lines of the rows that are wanted, in their order; None for all of them in the order of keys."""
        if not wanted.only_different and wanted.largest is None:
            return None
        return self._once(("listed", wanted), lambda: self._listed(wanted))

    def counts(self, deciding: tuple[str, ...]) -> list[tuple[int, int, int, int]]:
        """For each table but the first: rows that are equal, that differ, only the first has, only it has."""
        found: list[tuple[int, int, int, int]] = []
        mine = self._lacks(0)
        for other in range(1, len(self._files)):
            theirs = self._lacks(other)
            both = ~(mine | theirs)
            masks = (self._differs(other, deciding) & both, theirs & ~mine, mine & ~theirs)
            differ, only_base, only_other = (int(np.count_nonzero(mask)) for mask in masks)
            found.append((int(np.count_nonzero(both)) - differ, differ, only_base, only_other))
        return found

    def key(self, line: int) -> Key:
        """The key of a line."""
        return self.keys[line].as_py()

    def place(self, key: Key, lines: Places | None) -> int | None:
        """Number of a key among some lines, or all of them; None where it is not there."""
        line = self._line(key)
        if line is None or lines is None:
            return line
        found = np.flatnonzero(lines == line)
        return int(found[0]) if found.size else None

    def _line(self, key: Key) -> int | None:
        if isinstance(key, int) != pa.types.is_integer(self.keys.type):
            return None
        if isinstance(key, int) and not -(2**63) <= key < 2**63:
            return None
        found = pc.index(self.keys, pa.scalar(key, self.keys.type)).as_py()
        return None if found < 0 else int(found)

    def _listed(self, wanted: Listing) -> Places:
        lines = np.arange(len(self.keys), dtype=np.int32)
        if wanted.only_different:
            mask = self._lacks(0)
            for other in range(1, len(self._files)):
                mask = mask | self._lacks(other) | self._differs(other, wanted.deciding)
            lines = lines[mask]
        if wanted.largest is not None:
            apart = self._apart(wanted.largest)[lines]
            lines = lines[np.argsort(-apart, kind="stable")]
        return lines

    def _apart(self, fact: str) -> np.ndarray[Any, Any]:
        """How far a fact of some table lies from that of the first; -1 where that cannot be said."""
        base = self._fact(0, fact)
        most = np.full(len(self.keys), -1.0)
        for other in range(1, len(self._files)):
            most = np.fmax(most, self._distance(base, self._fact(other, fact)))
        return most

    def _distance(self, one: Column, two: Column) -> np.ndarray[Any, Any]:
        if one is None or two is None:
            return np.full(len(self.keys), -1.0)
        if one.type in _NUMBERS and two.type in _NUMBERS:
            return np.abs(_floats(one) - _floats(two))
        there = np.asarray(pc.and_(pc.is_valid(one), pc.is_valid(two)).to_numpy(), dtype=bool)
        return np.where(there, unlike(one, two, len(self.keys)).astype(np.float64), -1.0)

    def _differs(self, other: int, deciding: tuple[str, ...]) -> np.ndarray[Any, Any]:
        def find() -> np.ndarray[Any, Any]:
            mask = np.zeros(len(self.keys), bool)
            for fact in deciding:
                mask |= unlike(self._fact(0, fact), self._fact(other, fact), len(self.keys))
            return mask

        return self._once(("differs", other, deciding), find)

    def _lacks(self, table: int) -> np.ndarray[Any, Any]:
        places = self._places[table]
        return np.zeros(len(self.keys), bool) if places is None else places < 0

    def _columns(self, fact: str) -> tuple[str, ...]:
        one, sign, other = fact.partition(self._equals)
        if not sign or any(fact in file.tags for files in self._files for file in files):
            return (fact,)
        return one.strip(), other.strip()

    def _fact(self, table: int, fact: str) -> Column:
        columns = [self._values(table, name) for name in self._columns(fact)]
        if len(columns) == 1:
            return columns[0]
        return pa.chunked_array([pa.array(~unlike(columns[0], columns[1], len(self.keys)))])

    def _values(self, table: int, name: str) -> Column:
        found, places = values_of(self._files[table], name), self._places[table]
        if found is None or places is None:
            return found
        return found.take(pa.array(places, mask=places < 0))

    def _once(self, name: tuple[Any, ...], make: Callable[[], Places]) -> Places:
        return MEMORY.once(("aligned", self._names, *name), make, lambda made: int(made.nbytes))


def _floats(column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    return np.asarray(column.cast(pa.float64(), safe=False).to_numpy())


def _united(own: Sequence[pa.ChunkedArray]) -> tuple[pa.ChunkedArray, list[Places | None]]:
    """All keys in order, and for each table in which of its rows they lie, -1 where in none."""
    every = pa.chunked_array([chunk for keys in own for chunk in keys.chunks])
    united = pc.unique(every)
    united = pa.chunked_array([united.take(pc.sort_indices(united))])
    places = [pc.fill_null(pc.index_in(united, value_set=keys), -1) for keys in own]
    return united, [np.asarray(each.to_numpy(), dtype=np.int32) for each in places]


def _size(made: tuple[pa.ChunkedArray, list[Places | None]]) -> int:
    keys, places = made
    return int(keys.nbytes) + sum(int(each.nbytes) for each in places if each is not None)
