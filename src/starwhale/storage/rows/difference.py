"""Which rows differ between two stacks of layers, without decoding those that do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, cast

from starwhale.storage.layers.format import DELETE, Key
from starwhale.storage.rows.digest import row_digest
from starwhale.storage.rows.layer import Layer
from starwhale.storage.rows.merge import layer_rows, windows

_Row = tuple[Key, bytes]


def differences(
    old: Sequence[Layer], new: Sequence[Layer]
) -> Iterator[tuple[Key, bytes | None, bytes | None]]:
    """(key, digest before, digest after) of rows that differ, in key order; None where a row is absent."""
    before, after = _rows(old), _rows(new)
    one, other = next(before, None), next(after, None)
    while one is not None or other is not None:
        if other is None or (one is not None and cast("Any", one[0]) < other[0]):
            one = cast("_Row", one)
            yield one[0], one[1], None
            one = next(before, None)
        elif one is None or cast("Any", other[0]) < one[0]:
            yield other[0], None, other[1]
            other = next(after, None)
        else:
            if one[1] != other[1]:
                yield one[0], one[1], other[1]
            one, other = next(before, None), next(after, None)


def _rows(layers: Sequence[Layer]) -> Iterator[_Row]:
    """Visible rows with a digest over the whole row."""
    return chain.from_iterable(_window_rows(window) for window in windows(layers))


def _window_rows(window: list[Any]) -> list[_Row]:
    if len(window) == 1 and window[0].ops is None:
        return list(zip(window[0].keys, window[0].digests, strict=True))
    keys, rows = layer_rows(window)
    return [
        (key, row.digest or row_digest(row.op, row.cells))
        for key, row in zip(keys, rows, strict=True)
        if row.op != DELETE
    ]
