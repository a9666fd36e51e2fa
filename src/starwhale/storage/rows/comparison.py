"""Comparing two snapshots by key, without reading what both share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, takewhile
from typing import Any, cast

from starwhale.storage.layers.cells import cell_of
from starwhale.storage.layers.format import DELETE, UPSERT, Key
from starwhale.storage.rows.difference import differences
from starwhale.storage.rows.digest import row_digest
from starwhale.storage.rows.layer import layers_of
from starwhale.storage.rows.manifest import FileRef
from starwhale.storage.rows.merge import overlay, windows
from starwhale.storage.rows.snapshot import Snapshot

FEW = 0.25
"""Share of all rows up to which differing files are looked up key by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifference:
    """A row that differs.

    Attributes:
        key: Its key.
        before: Whether the first snapshot has it.
        after: Whether the second has it.
    """

    key: Key
    before: bool
    after: bool


def compare(one: Snapshot, other: Snapshot) -> Iterator[RowDifference]:
    """Rows that differ, in key order, ints before strings."""
    for kind in (int, str):
        mine, theirs = _not_shared(one, other, kind)
        if not mine and not theirs:
            continue
        few = sum(ref.rows for ref in (*mine, *theirs)) <= FEW * (len(one) + len(other))
        if few:
            yield from _by_key(one, other, kind, mine, theirs)
            continue
        for key, before, after in differences(one.layers(kind), other.layers(kind)):
            yield RowDifference(key=key, before=before is not None, after=after is not None)


def _not_shared(one: Snapshot, other: Snapshot, kind: type) -> tuple[list[FileRef], list[FileRef]]:
    """Files of each behind those with which both begin.

    A file that both have elsewhere may still mean something else: put on top of a deletion it brings
    back what it holds.
    """
    mine = [ref for ref in one.manifest.files if isinstance(ref.first, kind)]
    theirs = [ref for ref in other.manifest.files if isinstance(ref.first, kind)]
    pairs = zip(mine, theirs, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return mine[shared:], theirs[shared:]


def _by_key(
    one: Snapshot, other: Snapshot, kind: type, mine: list[FileRef], theirs: list[FileRef]
) -> Iterator[RowDifference]:
    """Look up the keys of the files that are not shared: no other row can differ."""
    keys: set[Key] = set()
    for snapshot, refs in ((one, mine), (other, theirs)):
        for window in windows(layers_of(refs, kind, snapshot.store.open)):
            keys.update(chain.from_iterable(batch.keys for batch in window))
    for key in sorted(cast("Any", keys)):
        yield from _difference(key, digest_of(one, key), digest_of(other, key))


def _difference(key: Key, before: bytes | None, after: bytes | None) -> Iterator[RowDifference]:
    if before != after:
        yield RowDifference(key=key, before=before is not None, after=after is not None)


def digest_of(snapshot: Snapshot, key: Key) -> bytes | None:
    """Digest of the row that a reader sees under `key`; None where he sees none."""
    held = snapshot.holders(key)
    if not held or held[0][0] == DELETE:
        return None
    if len(held) == 1 and held[0][0] == UPSERT and held[0][1] is not None:
        return held[0][1]
    merged = None
    for layer in snapshot.layers(type(key)):
        hit = layer.find(key)
        if hit is not None:
            batch, place = hit
            row = batch.slice(place, place + 1).layer_rows()[0]
            merged = row if merged is None else overlay(merged, row)
    return None if merged is None else row_digest(UPSERT, merged.cells)


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Names of the features in which two rows differ, or that only one of them has."""
    names = [*before, *(name for name in after if name not in before)]
    return [name for name in names if _cell_digest(before, name) != _cell_digest(after, name)]


def _cell_digest(row: dict[str, Any], name: str) -> bytes | None:
    return row_digest(UPSERT, {name: cell_of(row[name], name)}) if name in row else None
