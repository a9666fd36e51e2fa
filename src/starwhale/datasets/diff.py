"""What differs between two versions of datasets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starwhale.storage.layers.tags import describe
from starwhale.storage.rows.comparison import RowDifference, changed_fields, compare
from starwhale.storage.rows.snapshot import Snapshot

Key = int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChange:
    """A column that differs.

    Attributes:
        name: Its name.
        before: Its type in the first version; None where it is not there.
        after: Its type in the second.
    """

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """A row that differs.

    Attributes:
        key: Its key.
        kind: ``added``, ``removed`` or ``changed``.
        fields: Names of the features that differ, where it was changed.
        before: Its features in the first version; None where it is not there.
        after: Its features in the second.
    """

    key: Key
    kind: str
    fields: tuple[str, ...] = ()
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetDiff:
    """What differs between two versions.

    Attributes:
        added: Rows that only the second has.
        removed: Rows that only the first has.
        changed: Rows that both have, with other values.
        unchanged: Rows that are the same.
        columns: Columns that differ.
        examples: The first rows that differ.
    """

    added: int
    removed: int
    changed: int
    unchanged: int
    columns: tuple[ColumnChange, ...]
    examples: tuple[RowChange, ...]

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.added or self.removed or self.changed or self.columns)


def diff(one: Snapshot, other: Snapshot, *, examples: int = 10) -> DatasetDiff:
    """What changed from one snapshot to another, counted by key.

    Files that both share are not read; rows are compared by their digests, and only those shown as
    examples are decoded.

    Args:
        one: The first.
        other: The second.
        examples: How many differing rows to show.
    """
    counts = {"added": 0, "removed": 0, "changed": 0}
    shown: list[RowChange] = []
    for row in compare(one, other):
        kind = "changed" if row.before and row.after else "added" if row.after else "removed"
        counts[kind] += 1
        if len(shown) < examples:
            shown.append(_shown(row, kind, one, other))
    return DatasetDiff(
        added=counts["added"],
        removed=counts["removed"],
        changed=counts["changed"],
        unchanged=len(one) - counts["removed"] - counts["changed"],
        columns=tuple(columns_changed(one, other)),
        examples=tuple(shown),
    )


def columns_changed(one: Snapshot, other: Snapshot) -> list[ColumnChange]:
    """Columns that differ between two snapshots."""
    before, after = one.manifest.columns, other.manifest.columns
    names = [*before, *(name for name in after if name not in before)]
    return [
        ColumnChange(
            name=name,
            before=describe(before[name]) if name in before else None,
            after=describe(after[name]) if name in after else None,
        )
        for name in names
        if before.get(name) != after.get(name)
    ]


def _shown(row: RowDifference, kind: str, one: Snapshot, other: Snapshot) -> RowChange:
    before = one.get(row.key) if row.before else None
    after = other.get(row.key) if row.after else None
    fields = changed_fields(before, after) if before is not None and after is not None else []
    return RowChange(key=row.key, kind=kind, fields=tuple(fields), before=before, after=after)
