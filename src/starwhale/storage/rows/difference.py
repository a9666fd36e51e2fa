"""Which rows differ between two stacks of layers, without decoding those that do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from starwhale.storage.layers.format import DELETE, UPSERT, Key
from starwhale.storage.rows.digest import row_digest
from starwhale.storage.rows.layer import Layer
from starwhale.storage.rows.merge import layer_rows, windows


def differences(
    old: Sequence[Layer], new: Sequence[Layer]
) -> Iterator[tuple[Key, bytes | None, bytes | None]]:
    """(key, digest before, digest after) of rows that differ, in key order; None where a row is absent."""
    before, after = _visible(old), _visible(new)
    one, other = next(before, None), next(after, None)
    while one is not None or other is not None:
        if other is None or (one is not None and cast("Any", one[0]) < other[0]):
            yield cast("Any", one)[0], cast("Any", one)[1], None
            one = next(before, None)
        elif one is None or cast("Any", other[0]) < one[0]:
            yield other[0], None, other[1]
            other = next(after, None)
        else:
            if one[1] != other[1]:
                yield one[0], one[1], other[1]
            one, other = next(before, None), next(after, None)


def _visible(layers: Sequence[Layer]) -> Iterator[tuple[Key, bytes]]:
    """Keys of the rows that a reader sees, with digests of all that he sees of them."""
    for window in windows(layers):
        if len(window) == 1 and window[0].ops is None and window[0].digest(0) is not None:
            yield from zip(window[0].keys, window[0].digests, strict=True)
            continue
        for key, row in zip(*layer_rows(window), strict=True):
            if row.op != DELETE:
                # The digest of a row that replaces older ones says so, which no reader sees.
                plain = row.op == UPSERT and row.digest is not None
                yield key, cast("bytes", row.digest) if plain else row_digest(UPSERT, row.cells)
