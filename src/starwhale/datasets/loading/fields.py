"""Features under other names: ``{"a.b[0].c": "d"}``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starwhale.core.errors import UsageError
from starwhale.datasets.sources.selector import parse_selector, select

Transform = Callable[[dict[str, Any]], dict[str, Any]]


def field_transform(wanted: Mapping[str, str]) -> Transform:
    """What gives a row further features, found in those that it has.

    Args:
        wanted: Path of a value, such as ``a.b[0].c``, to the name it gets.

    Raises:
        UsageError: a path is none, or a name is empty.
    """
    paths = [(parse_selector(path), path, name) for path, name in wanted.items()]
    for _, path, name in paths:
        if not name:
            raise UsageError(f"what {path!r} selects gets no name")

    def transform(row: dict[str, Any]) -> dict[str, Any]:
        for steps, path, name in paths:
            try:
                row[name] = select(row, steps)
            except LookupError as error:
                raise UsageError(f"{path!r} selects nothing in a row: {error}") from None
        return row

    return transform
