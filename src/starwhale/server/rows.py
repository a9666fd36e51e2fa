"""Rows of datasets for people, with addresses of their media for whoever may read these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starwhale.artifacts.uses import BlobUses

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.catalog.engine import Catalog
    from starwhale.core.actor import Actor
    from starwhale.datasets.browsing import RowBrowser
    from starwhale.datasets.cells_shown import Key, MediaPlace, Refer
    from starwhale.datasets.rows_shown import (
        DiffQuery,
        KeyPlace,
        RowCount,
        RowPage,
        RowQuery,
        RowsDiff,
        RowsFound,
        RowShown,
    )
    from starwhale.server.media import MediaAddresses
    from starwhale.storage.layers.media import MediaCell
    from starwhale.storage.tables.query import Filter


class _Watched:
    """Notes what stands for media that lie in blobs, so that it can be taken back."""

    def __init__(self, refer: Refer) -> None:
        self._refer = refer
        self.told: dict[str, list[dict[str, Any]]] = {}

    def __call__(self, place: MediaPlace, cell: MediaCell) -> Any:
        told = self._refer(place, cell)
        if cell.ref is not None:
            self.told.setdefault(cell.ref, []).append(told)
        return told


@dataclass(frozen=True, slots=True)
class RowPages:
    """Rows for callers.

    Args:
        catalog: Knows who may read which blob.
        rows: The rows.
        media: Gives addresses.
    """

    catalog: Catalog
    rows: RowBrowser
    media: MediaAddresses

    def page(self, actor: Actor, version: VersionRead, query: RowQuery) -> RowPage:
        """Some rows; see `RowBrowser.page`."""
        watched = _Watched(self.media.refer(version))
        page = self.rows.page(version, query, watched)
        self._take_back(actor, watched)
        return page

    def count(self, version: VersionRead, where: Filter | None) -> RowCount:
        """How many rows a filter wants; see `RowBrowser.count`."""
        return self.rows.count(version, where)

    def place(self, version: VersionRead, key: Key, where: Filter | None) -> KeyPlace:
        """Where a key lies; see `RowBrowser.place`."""
        return self.rows.place(version, key, where)

    def row(
        self, actor: Actor, version: VersionRead, key: Key, columns: Sequence[str] | None = None
    ) -> RowShown:
        """One row; see `RowBrowser.row`."""
        watched = _Watched(self.media.refer(version))
        row = self.rows.row(version, key, watched, columns)
        self._take_back(actor, watched)
        return row

    def by_keys(
        self, actor: Actor, version: VersionRead, keys: Sequence[Key], columns: Sequence[str] | None = None
    ) -> RowsFound:
        """Rows by their keys; see `RowBrowser.by_keys`."""
        watched = _Watched(self.media.refer(version))
        found = self.rows.by_keys(version, keys, watched, columns)
        self._take_back(actor, watched)
        return found

    def diff(self, actor: Actor, one: VersionRead, other: VersionRead, query: DiffQuery) -> RowsDiff:
        """What differs between two versions; see `RowBrowser.diff`."""
        watched = _Watched(self.media.refer(one)), _Watched(self.media.refer(other))
        found = self.rows.diff(one, other, watched, query)
        self._take_back(actor, *watched)
        return found

    def _take_back(self, actor: Actor, *watched: _Watched) -> None:
        """Give no address of bytes that the caller may not read: a row may name any blob."""
        named = {digest for each in watched for digest in each.told}
        if not named:
            return
        with self.catalog.read() as session:
            readable = BlobUses(session, self.catalog.dialect).readable(actor, named)
        for each in watched:
            for digest, tellings in each.told.items():
                for told in tellings if digest not in readable else ():
                    told["url"] = None
