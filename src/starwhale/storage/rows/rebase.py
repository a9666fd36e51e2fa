"""Putting changes that were made over one snapshot on top of a newer one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from starwhale.storage.layers.format import DELETE, UPSERT, Key
from starwhale.storage.layers.tags import Tag
from starwhale.storage.rows.columns import merge_columns
from starwhale.storage.rows.layer import layers_of
from starwhale.storage.rows.manifest import FileRef, LayerStore, Manifest
from starwhale.storage.rows.merge import windows
from starwhale.storage.rows.snapshot import Snapshot


def first_conflict(
    store: LayerStore, base: Manifest, head: Manifest, written: Sequence[FileRef]
) -> Key | None:
    """A key that `written` changes and that was changed between `base` and `head` too; None where none is."""
    known = {ref.blob for ref in base.files}
    others = [ref for ref in head.files if ref.blob not in known]
    before, after = Snapshot(store, base), Snapshot(store, head)
    for kind in (int, str):
        theirs, ours = layers_of(others, kind, store.open), layers_of(written, kind, store.open)
        if not theirs or not ours:
            continue
        # Files of `others` may be old rows rewritten by compaction, so each common key is looked up.
        for window in windows(ours):
            for key in chain.from_iterable(batch.keys for batch in window):
                if any(layer.find(key) for layer in theirs) and before.get(key) != after.get(key):
                    return key
    return None


def restack(
    store: LayerStore, head: Manifest, written: Sequence[FileRef], columns: dict[str, Tag], next_index: int
) -> Manifest:
    """`head` with the files of `written` as its newest layers."""
    lowest = min((ref.layer for ref in written), default=0)
    above = max((ref.layer for ref in head.files), default=-1) + 1
    lifted = tuple(replace(ref, layer=ref.layer - lowest + above) for ref in written)
    merged = dict(head.columns)
    merge_columns(merged, columns)
    return replace(
        head,
        files=(*head.files, *lifted),
        count=head.count + _added(store, head, written),
        next_index=max(head.next_index, next_index),
        columns=merged,
    )


def _added(store: LayerStore, head: Manifest, written: Sequence[FileRef]) -> int:
    view = Snapshot(store, head)
    added = 0
    for kind in (int, str):
        for window in windows(layers_of(written, kind, store.open)):
            last: dict[Key, int] = {}
            for batch in window:
                last.update(zip(batch.keys, batch.ops or [UPSERT] * batch.rows, strict=True))
            added += sum((op != DELETE) - view.alive(key) for key, op in last.items())
    return added
