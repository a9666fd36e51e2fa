"""Keeping a snapshot quick to read: few layers, no crowd of tiny files. Answers never change.

Files of one layer that follow each other are joined eight at a time per size class, and layers are
merged pairwise, the cheapest neighbours first, while there are more than eight. So a row is
rewritten a logarithmic number of times, however many small commits there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from starwhale.storage.layers.format import DELETE, REPLACE, UPSERT, Key
from starwhale.storage.layers.write import LayerRow, encode
from starwhale.storage.rows.digest import row_digest
from starwhale.storage.rows.layer import layers_of
from starwhale.storage.rows.manifest import FileRef, LayerStore, Manifest
from starwhale.storage.rows.merge import layer_rows, windows

MAX_LAYERS = 8
FAN_IN = 8
FILE_BYTES = 64 << 20
SMALLEST_CLASS = 16 << 10


def compact(store: LayerStore, manifest: Manifest) -> Manifest:
    """The same rows in fewer files where that is due; `manifest` itself where it is not."""
    files = list(manifest.files)
    for kind in (int, str):
        files = _join_small(store, files, kind)
        files = _merge_layers(store, files, kind)
    return manifest if files == list(manifest.files) else replace(manifest, files=tuple(files))


def _size_class(ref: FileRef) -> int:
    level, bound = 0, SMALLEST_CLASS
    while ref.size > bound:
        level, bound = level + 1, bound * FAN_IN
    return level


def _join_small(store: LayerStore, files: list[FileRef], kind: type) -> list[FileRef]:
    """Join neighbours of one layer and one size class once there are FAN_IN of them."""
    while True:
        mine = [ref for ref in files if type(ref.first) is kind]
        run = _run_to_join(mine)
        if run is None:
            return files
        joined = _rewrite(store, run, kind, run[0].layer, bottom=False)
        at = files.index(run[0])
        chosen = set(run)
        rest_before = [ref for ref in files[:at] if ref not in chosen]
        rest_after = [ref for ref in files[at:] if ref not in chosen]
        files = [*rest_before, *joined, *rest_after]


def _run_to_join(refs: Sequence[FileRef]) -> list[FileRef] | None:
    by_layer: dict[int, list[FileRef]] = {}
    for ref in refs:
        by_layer.setdefault(ref.layer, []).append(ref)
    for group in by_layer.values():
        run: list[FileRef] = []
        for ref in sorted(group, key=lambda ref: ref.first):
            if run and _size_class(ref) != _size_class(run[0]):
                run = []
            run.append(ref)
            if len(run) == FAN_IN and sum(one.size for one in run) <= FILE_BYTES:
                return run
            if len(run) == FAN_IN:
                run = run[1:]
    return None


def _merge_layers(store: LayerStore, files: list[FileRef], kind: type) -> list[FileRef]:
    """Merge neighbouring layers, the cheapest pair first, until MAX_LAYERS are left."""
    while True:
        groups: dict[int, list[FileRef]] = {}
        for ref in files:
            if type(ref.first) is kind:
                groups.setdefault(ref.layer, []).append(ref)
        ages = sorted(groups)
        if len(ages) <= MAX_LAYERS:
            return files
        cost = [sum(ref.size for ref in groups[lower] + groups[upper]) for lower, upper in pairwise(ages)]
        at = cost.index(min(cost))
        merged = _rewrite(store, groups[ages[at]] + groups[ages[at + 1]], kind, ages[at], bottom=at == 0)
        gone = {ages[at], ages[at + 1]}
        first = next(
            place for place, ref in enumerate(files) if type(ref.first) is kind and ref.layer in gone
        )
        kept = [ref for ref in files if not (type(ref.first) is kind and ref.layer in gone)]
        files = [*kept[:first], *merged, *kept[first:]]


def _rewrite(
    store: LayerStore, refs: Sequence[FileRef], kind: type, layer: int, *, bottom: bool
) -> list[FileRef]:
    """Write the rows of `refs` anew as files of one layer.

    Args:
        store: Where the files lie.
        refs: Files of one or two layers.
        kind: Kind of their keys.
        layer: Age of the result.
        bottom: Nothing lies below, so deletions have done their work.
    """
    blobs = sorted({blob for ref in refs if ref.refs for blob in store.open(ref.blob).refs})
    result: list[FileRef] = []
    keys: list[Key] = []
    rows: list[LayerRow] = []
    size = 0
    for window in windows(layers_of(refs, kind, store.open)):
        digests = window[0].digest(0) is not None
        for key, row in zip(*layer_rows(window), strict=True):
            if bottom and row.op == DELETE:
                continue
            settled = _settle(row, bottom=bottom, digests=digests)
            keys.append(key)
            rows.append(settled)
            size += settled.size
        if size > FILE_BYTES:
            result.append(_store(store, keys, rows, blobs, layer))
            keys, rows, size = [], [], 0
    if keys:
        result.append(_store(store, keys, rows, blobs, layer))
    return result


def _settle(row: LayerRow, *, bottom: bool, digests: bool) -> LayerRow:
    op = UPSERT if bottom and row.op == REPLACE else row.op
    digest = (row.digest or row_digest(op, row.cells)) if digests else None
    return LayerRow(op, row.cells, row.size, digest)


def _store(store: LayerStore, keys: list[Key], rows: list[LayerRow], blobs: list[str], layer: int) -> FileRef:
    encoded = encode(keys, rows, blobs, compress=False)
    data = memoryview(encoded.data)
    return FileRef(
        blob=store.blobs.put(data),
        layer=layer,
        rows=encoded.rows,
        size=len(data),
        first=encoded.first,
        last=encoded.last,
        ops=encoded.ops,
        refs=len(blobs),
        apart=store.bytes_of(blobs),
    )
