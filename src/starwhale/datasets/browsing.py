"""The rows of datasets as people look at them: page by page, filtered, compared, never all at once."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import NotFound, UsageError
from starwhale.core.turns import turn
from starwhale.datasets.cells_shown import Key, MediaPlace, Refer, media_at
from starwhale.datasets.diff import columns_changed
from starwhale.datasets.matches import MatchBook, Matches
from starwhale.datasets.row_walk import RowWalk
from starwhale.datasets.rows_shown import (
    DiffQuery,
    KeyPlace,
    RowChanged,
    RowCount,
    RowPage,
    RowQuery,
    RowsDiff,
    RowsFound,
    RowShown,
)
from starwhale.datasets.showing import LONGEST_IN_PAGE, LONGEST_IN_ROW, cells_of, changed_row, shown_row
from starwhale.kit.suggest import nearest
from starwhale.storage.rows.comparison import compare
from starwhale.storage.rows.positions import Positions
from starwhale.storage.rows.snapshot import Snapshot
from starwhale.storage.rows.statistics import ColumnStatistics
from starwhale.storage.tables.masks import KEY_COLUMN
from starwhale.storage.tables.query import Filter, columns_of

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.datasets.service import DatasetService
    from starwhale.storage.layers.media import MediaCell

#: Seconds after which a question says how far it got.
PATIENCE = 2.0
#: Versions whose columns, once summed up, are remembered.
MOST_SUMS = 64
#: Characters, roughly, of one page.
LARGEST_PAGE = 4 << 20
#: Rows of two versions that are compared at most, and bytes of rows that are summed up.
MOST_COMPARED = 20_000_000
MOST_SUMMED = 4 << 30


class RowBrowser:
    """Reads rows for people.

    Args:
        datasets: Where they lie.
    """

    def __init__(self, datasets: DatasetService) -> None:
        self._datasets = datasets
        self._open = lru_cache(maxsize=32)(self._opened)
        self._placed = lru_cache(maxsize=16)(self._positions)
        self._placing = Lock()
        self._matches = MatchBook()
        self._sums: dict[str, tuple[ColumnStatistics, ...]] = {}
        self._summing = Lock()

    def schema(self, version: VersionRead) -> dict[str, Any]:
        """What a version consists of; see `DatasetService.summary`."""
        return self._datasets.summary(version)

    def statistics(self, version: VersionRead) -> tuple[ColumnStatistics, ...]:
        """What the columns of a version hold.

        Raises:
            UsageError: the rows are too many to be summed up while somebody waits.
            Unavailable: others wait for theirs.
        """
        snapshot = self._open(version.manifest)
        if snapshot.manifest.size > MOST_SUMMED:
            raise UsageError(
                f"{version} has {snapshot.manifest.size:,} bytes of rows, too many to be summed up here",
                hint="use `swcli dataset summary --statistics` on a copy",
            )
        if (known := self._sums.get(version.manifest)) is not None:
            return known
        # One at a time: it reads every row, and the next who asks mostly wants the same.
        with turn(self._summing, PATIENCE, "the rows of other versions are being summed up"):
            return self._sum(version.manifest)

    def page(self, version: VersionRead, query: RowQuery, refer: Refer) -> RowPage:
        """Some rows of a version.

        Args:
            version: Which.
            query: Which rows.
            refer: Says what stands for media.

        Raises:
            UsageError: the version has no such column.
        """
        snapshot = self._open(version.manifest)
        self._check_columns(snapshot, [*(query.columns or ()), *columns_of(query.where)])
        if query.offset is not None:
            return self._page_at(version, query, query.offset, refer)
        walk = RowWalk(snapshot, query, PATIENCE)
        rows: list[RowShown] = []
        size = 0
        for key in walk.wanted():
            if len(rows) == query.limit or size > LARGEST_PAGE:
                walk.next = key
                break
            shown, added = shown_row(snapshot, key, query.columns, refer, LONGEST_IN_PAGE)
            size += added
            rows.append(shown)
        return RowPage(rows=tuple(rows), next=walk.next, looked_at=walk.looked_at, total=len(snapshot))

    def _page_at(self, version: VersionRead, query: RowQuery, offset: int, refer: Refer) -> RowPage:
        snapshot, positions = self._open(version.manifest), self._place(version.manifest)
        looked_at = query.limit
        if query.where is None:
            places: Sequence[int] = range(len(positions))[offset : offset + query.limit]
        else:
            matches = self._matches.find(version.manifest, snapshot, query.where)
            matches.look(time.monotonic() + PATIENCE, count=offset + query.limit)
            places, looked_at = matches.places(offset, offset + query.limit), matches.looked_at
        rows: list[RowShown] = []
        size = 0
        for place in places:
            if size > LARGEST_PAGE:
                break
            (key,) = positions.keys(place, place + 1)
            shown, added = shown_row(snapshot, key, query.columns, refer, LONGEST_IN_PAGE)
            size += added
            rows.append(shown)
        following = positions.keys(places[len(rows) - 1] + 1, places[len(rows) - 1] + 2) if rows else []
        return RowPage(
            rows=tuple(rows),
            next=following[0] if following else None,
            looked_at=looked_at,
            total=len(snapshot),
            places=tuple(places[: len(rows)]),
        )

    def count(self, version: VersionRead, where: Filter | None) -> RowCount:
        """How many rows a filter wants; where they are many, asking again goes on.

        Raises:
            UsageError: the version has no such column.
        """
        snapshot = self._open(version.manifest)
        self._check_columns(snapshot, columns_of(where))
        total = len(snapshot)
        if where is None:
            return RowCount(matched=total, looked_at=total, total=total)
        matches = self._matches.find(version.manifest, snapshot, where)
        matches.look(time.monotonic() + PATIENCE)
        return RowCount(matched=len(matches), looked_at=_looked_at(matches, total), total=total)

    def place(self, version: VersionRead, key: Key, where: Filter | None) -> KeyPlace:
        """Where a key lies among the rows that a filter wants.

        Raises:
            UsageError: the version has no such column.
        """
        snapshot, positions = self._open(version.manifest), self._place(version.manifest)
        self._check_columns(snapshot, columns_of(where))
        place = positions.before(key)
        found = snapshot.alive(key)
        if where is None:
            return KeyPlace(place=place, found=found, done=True)
        matches = self._matches.find(version.manifest, snapshot, where)
        matches.look(time.monotonic() + PATIENCE, place=place + 1)
        number = matches.before(place)
        return KeyPlace(
            place=number,
            found=found and list(matches.places(number, number + 1)) == [place],
            done=matches.done or matches.looked_at > place,
        )

    def row(
        self, version: VersionRead, key: Key, refer: Refer, columns: Sequence[str] | None = None
    ) -> RowShown:
        """One row, with texts of up to 1 MiB.

        Raises:
            NotFound: there is none of that key.
            UsageError: the version has no such column.
        """
        snapshot = self._open(version.manifest)
        self._check_columns(snapshot, columns or ())
        if not snapshot.alive(key):
            raise NotFound(f"no row {key!r} in {version}"[:400])
        return shown_row(snapshot, key, columns, refer, LONGEST_IN_ROW)[0]

    def by_keys(
        self, version: VersionRead, keys: Sequence[Key], refer: Refer, columns: Sequence[str] | None = None
    ) -> RowsFound:
        """Rows by their keys, with texts as pages show them.

        Raises:
            UsageError: the version has no such column.
        """
        snapshot = self._open(version.manifest)
        self._check_columns(snapshot, columns or ())
        rows: list[RowShown] = []
        missing: list[Key] = []
        size = 0
        for place, key in enumerate(keys):
            if size > LARGEST_PAGE:
                return RowsFound(rows=tuple(rows), missing=tuple(missing), left=tuple(keys[place:]))
            if not snapshot.alive(key):
                missing.append(key)
                continue
            shown, added = shown_row(snapshot, key, columns, refer, LONGEST_IN_PAGE)
            size += added
            rows.append(shown)
        return RowsFound(rows=tuple(rows), missing=tuple(missing), left=())

    def diff(
        self, one: VersionRead, other: VersionRead, refer: tuple[Refer, Refer], query: DiffQuery
    ) -> RowsDiff:
        """What differs between two versions, of one dataset or of two.

        Args:
            one: The first.
            other: The second.
            refer: Say what stands for media of each.
            query: Which of the rows that differ are shown; all are counted.

        Raises:
            UsageError: these are too many rows to be compared while somebody waits.
        """
        before, after = self._open(one.manifest), self._open(other.manifest)
        if len(before) + len(after) > MOST_COMPARED:
            raise UsageError("these are too many rows to be compared here", hint="use `swcli dataset diff`")
        counts = {"added": 0, "removed": 0, "changed": 0}
        shown: list[RowChanged] = []
        found = 0
        for row in compare(before, after):
            kind = "changed" if row.before and row.after else "added" if row.after else "removed"
            counts[kind] += 1
            if query.kind not in {"", kind}:
                continue
            found += 1
            if query.skip < found <= query.skip + query.limit:
                shown.append(changed_row(kind, row.key, before, after, refer))
        return RowsDiff(
            **counts,
            unchanged=len(before) - counts["removed"] - counts["changed"],
            columns=tuple(columns_changed(before, after)),
            examples=tuple(shown),
        )

    def media(self, manifest: str, place: MediaPlace) -> MediaCell:
        """The media value at a place that a page has named.

        Args:
            manifest: Digest of the manifest of the version.
            place: Where it lies.

        Raises:
            NotFound: there is none.
        """
        snapshot = self._open(manifest)
        column = str(place.path[0]) if place.path else ""
        cell = cells_of(snapshot, place.key, [column]).get(column)
        found = None if cell is None else media_at(cell, place.path[1:])
        if found is None:
            raise NotFound("the row has no such value any more", hint="ask for the row again")
        return found

    def read(self, cell: MediaCell, start: int, length: int) -> bytes:
        """Some bytes of a media value that lies in the store."""
        if cell.ref is not None:
            return self._datasets.layers.blobs.read_range(cell.ref, start, length)
        return (cell.data or b"")[start : start + length]

    def size(self, cell: MediaCell) -> int:
        """Bytes of a media value that lies in the store."""
        return self._datasets.layers.blobs.size(cell.ref) if cell.ref is not None else len(cell.data or b"")

    def _opened(self, manifest: str) -> Snapshot:
        layers = self._datasets.layers
        return Snapshot(layers, layers.load(manifest))

    def _place(self, manifest: str) -> Positions:
        # One at a time: where versions lie over each other it walks through all keys.
        with self._placing:
            return self._placed(manifest)

    def _positions(self, manifest: str) -> Positions:
        return Positions(self._open(manifest))

    def _sum(self, manifest: str) -> tuple[ColumnStatistics, ...]:
        from starwhale.storage.rows.statistics import statistics

        if manifest not in self._sums:
            self._sums[manifest] = tuple(statistics(self._open(manifest)))
            while len(self._sums) > MOST_SUMS:
                del self._sums[next(iter(self._sums))]
        return self._sums[manifest]

    @staticmethod
    def _check_columns(snapshot: Snapshot, names: Collection[str]) -> None:
        known = snapshot.manifest.columns
        for name in names:
            if name not in known and name != KEY_COLUMN:
                near = nearest(name, known)
                hint = f"did you mean {near!r}?" if near else ""
                raise UsageError(f"there is no column {name[:80]!r}", hint=hint)


def _looked_at(matches: Matches, total: int) -> int:
    return total if matches.done else min(matches.looked_at, total - 1)
