"""The columns of a snapshot: the union of what its files carry."""

from __future__ import annotations

from collections.abc import Mapping

from starwhale.storage.layers.tags import Tag, unify


def merge_columns(columns: dict[str, Tag], more: Mapping[str, Tag]) -> None:
    """Widen `columns` so that they hold `more` as well; a new column comes last."""
    for name, tag in more.items():
        columns[name] = unify(columns[name], tag) if name in columns else tag
