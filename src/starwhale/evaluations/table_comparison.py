"""Tables side by side by key: pages of rows with what differs marked, and tables merged into one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import UsageError
from starwhale.evaluations.comparison import INPUT, NOTES
from starwhale.evaluations.comparison import Pair as Counts
from starwhale.evaluations.comparison_intervals import EQUALS
from starwhale.evaluations.comparison_values import same
from starwhale.evaluations.comparison_walk import walk
from starwhale.evaluations.table_questions import column_name, cursor_of, digest_of_question, place_of
from starwhale.evaluations.table_schemas import (
    Cells,
    ComparedPage,
    Comparing,
    MergedPage,
    Merging,
    SideBySide,
)
from starwhale.storage.layers.packed import pack
from starwhale.storage.tables.query import Place, Query

if TYPE_CHECKING:
    from starwhale.core.actor import Actor
    from starwhale.evaluations.tables import TableService
    from starwhale.storage.layers.format import Key
    from starwhale.storage.tables.aligned import Aligned
    from starwhale.storage.tables.alike import Pair
    from starwhale.storage.tables.reader import TableReader

#: Rows that one request looks at where differences cannot be found column by column.
MOST_LOOKED_AT = 200_000


@dataclass(frozen=True, slots=True)
class TableComparison:
    """Lays tables of a project side by side."""

    rows: TableService

    def compare(self, actor: Actor, project: str, asked: Comparing) -> ComparedPage:
        """One page of rows side by side.

        Raises:
            NotFound: there is no such table.
            UsageError: the page makes no sense.
        """
        readers = self.rows.access.readers(actor, project, asked.tables)
        columns = _compared(readers, asked)
        deciding = columns if asked.by is None else asked.by
        numbered = self._numbered(readers, asked, columns, deciding)
        if numbered is not None:
            return numbered
        question = digest_of_question(project, asked.tables, columns, deciding, asked.only_different)
        after = _after(asked.cursor, question)
        keys = _differing if asked.only_different else _all_keys
        found = list(islice(keys(readers, deciding, after, asked.size), asked.size + 1))
        shown = [key for key in found[: asked.size] if not isinstance(key, _More)]
        more = len(found) > asked.size or (bool(found) and isinstance(found[-1], _More))
        last = next((_key(each) for each in reversed(found[: asked.size])), None)
        return ComparedPage(
            columns=columns,
            rows=tuple(_side_by_side(key, readers, columns) for key in shown),
            next=cursor_of(Place((), last), question) if more and last is not None else None,
            counts=_counts(readers, deciding) if asked.counts else None,
        )

    def _numbered(
        self,
        readers: Sequence[TableReader],
        asked: Comparing,
        columns: tuple[str, ...],
        deciding: tuple[str, ...],
    ) -> ComparedPage | None:
        """A page of rows by their numbers; None where none is asked for, or rows can only be gone through.

        Raises:
            UsageError: rows are to be ordered that can only be gone through.
        """
        if asked.offset is None and asked.largest is None:
            return None
        if asked.cursor:
            raise UsageError("rows begin at a number or at a cursor", hint="leave out one of both")
        from starwhale.storage.tables.aligned import Aligned, Listing

        # What decides nothing need not be comparable at a glance.
        needed = tuple(deciding) if asked.only_different else ()
        largest = () if asked.largest is None else (asked.largest,)
        aligned = Aligned.of(readers, EQUALS)
        if aligned is None or not aligned.tells((*needed, *largest)):
            if asked.largest is not None:
                raise UsageError(
                    f"rows cannot be ordered by the difference in {asked.largest[:80]!r}",
                    hint="that takes numbers, texts or truths, and evaluations that have ended",
                )
            if asked.offset:
                raise UsageError("these rows can only be gone through in turn", hint="go on by `cursor`")
            return None
        wanted = Listing(deciding=needed, only_different=asked.only_different, largest=asked.largest)
        lines, offset = aligned.listed(wanted), asked.offset or 0
        total = len(aligned.keys) if lines is None else len(lines)
        numbers = range(offset, min(total, offset + asked.size))
        keys = [aligned.key(number if lines is None else int(lines[number])) for number in numbers]
        return ComparedPage(
            columns=columns,
            rows=tuple(_side_by_side(key, readers, columns) for key in keys),
            next=None,
            counts=_counted(aligned, readers, deciding) if asked.counts else None,
            total=total,
            place=None if asked.find is None else aligned.place(asked.find, lines),
        )

    def merge(self, actor: Actor, project: str, asked: Merging) -> MergedPage:
        """One page of tables merged by key.

        Raises:
            NotFound: there is no such table.
            UsageError: two of them would give columns the same names, or the page makes no sense.
        """
        prefixes = [prefix for _, prefix in asked.tables]
        if len(set(prefixes)) < len(prefixes):
            raise UsageError("two of the tables would have the same columns", hint="give each its own prefix")
        readers = self.rows.access.readers(actor, project, [path for path, _ in asked.tables])
        question = digest_of_question(project, asked.tables, asked.inner)
        rows: list[tuple[Key, Cells]] = []
        last, seen = _after(asked.cursor, question), 0
        wanted = None if asked.columns is None else frozenset(map(column_name, asked.columns))
        keys = _all_keys(readers, (), last, asked.size)
        more = False
        for key in keys:
            if len(rows) == asked.size or seen >= MOST_LOOKED_AT:
                more = True
                break
            last, seen = key, seen + 1
            cells = [reader.cells(key, wanted) for reader in readers]
            if asked.inner and None in cells:
                continue
            rows.append((key, _merged(prefixes, cells)))
        return MergedPage(
            rows=tuple(rows),
            next=cursor_of(Place((), last), question) if more and last is not None else None,
            revisions=tuple(reader.state.revision for reader in readers),
        )


def _merged(prefixes: Sequence[str], cells: Sequence[Cells | None]) -> Cells:
    return {
        prefix + name: cell
        for prefix, found in zip(prefixes, cells, strict=True)
        for name, cell in (found or {}).items()
    }


@dataclass(frozen=True, slots=True)
class _More:
    """So far was looked, and there may be more behind it."""

    key: Key


def _key(found: Key | _More) -> Key:
    return found.key if isinstance(found, _More) else found


def _after(cursor: str, question: str) -> Key | None:
    return place_of(cursor, question, 0).key if cursor else None


def _compared(readers: Sequence[TableReader], asked: Comparing) -> tuple[str, ...]:
    if asked.columns is not None:
        return tuple(map(column_name, asked.columns))
    names = dict.fromkeys(name for reader in readers for name in reader.columns())
    return tuple(name for name in names if name not in NOTES and (asked.inputs or not name.startswith(INPUT)))


def _order(key: Key) -> tuple[bool, Any]:
    return (isinstance(key, str), key)


def _unique(keys: Iterator[Key]) -> Iterator[Key]:
    return (key for key, _ in groupby(keys))


def _all_keys(
    readers: Sequence[TableReader], _columns: Sequence[str], after: Key | None, size: int
) -> Iterator[Key]:
    """Keys that some table has, in order, behind `after`."""
    return _unique(merge(*(_keys(reader, after, size + 1) for reader in readers), key=_order))


def _keys(reader: TableReader, after: Key | None, size: int) -> Iterator[Key]:
    from starwhale.storage.tables import engine

    place = None if after is None else Place((), after)
    while True:
        found = engine.find_keys([reader], Query(limit=size, after=place))
        yield from found.keys
        if len(found.keys) < size:
            return
        place, size = found.places[-1], min(10_000, size * 4)


def _pair(one: TableReader, other: TableReader, columns: Sequence[str]) -> Pair | None:
    """Both as they are told apart column by column; None where their rows must be walked."""
    from starwhale.storage.tables.alike import Pair

    return None if any(EQUALS in name for name in columns) else Pair.of(one, other, columns)


def _differing(
    readers: Sequence[TableReader], columns: Sequence[str], after: Key | None, _size: int
) -> Iterator[Key | _More]:
    """Keys of rows in which some table differs from the first, in order, behind `after`."""
    pairs = [_pair(readers[0], other, columns) for other in readers[1:]]
    quick = [pair for pair in pairs if pair is not None]
    if len(quick) == len(pairs):
        found = [(each.key for each in pair.differences(after)) for pair in quick]
        return _unique(merge(*found, key=_order))
    return _walked(readers, columns, after)


def _walked(
    readers: Sequence[TableReader], columns: Sequence[str], after: Key | None
) -> Iterator[Key | _More]:
    looked_at, last = 0, after
    for key, rows in _walk(readers, after):
        if looked_at >= MOST_LOOKED_AT and last is not None:
            yield _More(last)
            return
        looked_at, last = looked_at + 1, key
        if None in rows or any(_different(rows[0], row, columns) for row in rows[1:]):
            yield key


def _walk(readers: Sequence[TableReader], after: Key | None) -> Iterator[tuple[Key, list[Any]]]:
    scans = [reader.scan_cells(after) for reader in readers]
    return (each for each in walk(scans) if each[0] != after)


def _different(one: Cells | None, other: Cells | None, columns: Sequence[str]) -> tuple[str, ...]:
    if one is None or other is None:
        return ()
    return tuple(name for name in columns if not same(_fact(one, name), _fact(other, name)))


def _fact(cells: Cells, name: str) -> Any:
    """What a row says: the value of a column, or whether two columns agree."""
    if name in cells:
        return _packed(cells, name)
    column, sign, equals = name.partition(EQUALS)
    return same(_packed(cells, column.strip()), _packed(cells, equals.strip())) if sign else None


def _packed(cells: Cells, name: str) -> Any:
    return pack(*cells[name]) if name in cells else None


def _side_by_side(key: Key, readers: Sequence[TableReader], columns: Sequence[str]) -> SideBySide:
    wanted = frozenset(columns)
    cells = tuple(reader.cells(key, wanted) for reader in readers)
    return SideBySide(
        key=key, cells=cells, different=((), *(_different(cells[0], row, columns) for row in cells[1:]))
    )


def _counted(
    aligned: Aligned, readers: Sequence[TableReader], deciding: tuple[str, ...]
) -> tuple[Counts, ...] | None:
    if not aligned.tells(deciding):
        return _counts(readers, deciding)
    names = ("equal", "different", "only_base", "only_other")
    return tuple(Counts(**dict(zip(names, each, strict=True))) for each in aligned.counts(deciding))


def _counts(readers: Sequence[TableReader], columns: Sequence[str]) -> tuple[Counts, ...] | None:
    counted: list[Counts] = []
    for other in readers[1:]:
        pair = _pair(readers[0], other, columns)
        if pair is not None:
            equal, different, only_base, only_other = pair.counts()
        elif max(len(reader.base) + len(reader.tail) for reader in (readers[0], other)) <= MOST_LOOKED_AT:
            equal, different, only_base, only_other = _count(readers[0], other, columns)
        else:
            return None
        counted.append(Counts(equal=equal, different=different, only_base=only_base, only_other=only_other))
    return tuple(counted)


def _count(one: TableReader, other: TableReader, columns: Sequence[str]) -> tuple[int, int, int, int]:
    equal = different = only_base = only_other = 0
    for _, (mine, theirs) in _walk([one, other], None):
        only_base += theirs is None
        only_other += mine is None
        if mine is not None and theirs is not None:
            unlike = bool(_different(mine, theirs, columns))
            different += unlike
            equal += not unlike
    return equal, different, only_base, only_other
