"""One row of a dataset as people see it, alone or beside what it was in another version."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from starwhale.datasets.cells_shown import Key, Refer, Shower
from starwhale.datasets.matches import narrow
from starwhale.datasets.rows_shown import RowChanged, RowShown
from starwhale.storage.layers.cells import Cell
from starwhale.storage.layers.format import DELETE, REPLACE, UPSERT
from starwhale.storage.rows.digest import row_digest
from starwhale.storage.rows.merge import overlay
from starwhale.storage.rows.snapshot import Snapshot

#: Characters of a text that a page shows whole, and that one row does.
LONGEST_IN_PAGE = 10_000
LONGEST_IN_ROW = 1 << 20


def cells_of(snapshot: Snapshot, key: Key, names: Collection[str] | None) -> dict[str, Cell]:
    """Cells of one row as they lie in the layers, the newest of each column."""
    merged = None
    for layer in snapshot.layers(type(key)):
        hit = layer.find(key)
        if hit is not None:
            batch, place = hit
            row = narrow(batch.slice(place, place + 1), names).layer_rows()[0]
            merged = row if merged is None or row.op in {DELETE, REPLACE} else overlay(merged, row)
    return {} if merged is None or merged.op == DELETE else merged.cells


def shown_row(
    snapshot: Snapshot, key: Key, names: Sequence[str] | None, refer: Refer, longest: int
) -> tuple[RowShown, int]:
    """A row as people see it, and roughly how many characters that takes.

    Args:
        snapshot: The version.
        key: Of a row that is there.
        names: Columns in the order wanted; None for all of them.
        refer: Says what stands for media.
        longest: Characters of a text that is shown whole.
    """
    shower = Shower(key, refer, longest)
    cells = cells_of(snapshot, key, names)
    order = [name for name in (snapshot.manifest.columns if names is None else names) if name in cells]
    values = {name: shower.show(name, cells[name]) for name in order}
    return RowShown(key=key, values=values, cut=tuple(shower.cut)), shower.size


def changed_row(
    kind: str, key: Key, before: Snapshot, after: Snapshot, refer: tuple[Refer, Refer]
) -> RowChanged:
    """A row that two versions do not have alike, with the names of what differs."""
    old = cells_of(before, key, None) if kind != "added" else None
    new = cells_of(after, key, None) if kind != "removed" else None
    fields: list[str] = []
    if old is not None and new is not None:
        names = [*old, *(name for name in new if name not in old)]
        fields = [name for name in names if _digest(old, name) != _digest(new, name)]
    return RowChanged(
        key=key,
        kind=kind,
        fields=tuple(fields),
        before=None if old is None else shown_row(before, key, None, refer[0], LONGEST_IN_PAGE)[0],
        after=None if new is None else shown_row(after, key, None, refer[1], LONGEST_IN_PAGE)[0],
    )


def _digest(cells: Mapping[str, Cell], name: str) -> bytes | None:
    return row_digest(UPSERT, {name: cells[name]}) if name in cells else None
