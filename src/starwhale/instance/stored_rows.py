"""The rows of one version, as something that can be handed to another process."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import UsageError

if TYPE_CHECKING:
    from starwhale.core.settings import Settings
    from starwhale.storage.rows.positions import Positions
    from starwhale.storage.rows.snapshot import Snapshot


class StoredRows:
    """Rows of a version; pickled it is an address, and whoever unpickles it opens them anew.

    Args:
        snapshot: The rows.
        settings: Where they lie.
        manifest: Digest of their manifest; None for rows that are not committed, which stay in this
            process.
    """

    def __init__(self, snapshot: Snapshot, settings: Settings, manifest: str | None) -> None:
        self._settings = settings
        self._manifest = manifest
        self.__dict__["snapshot"] = snapshot

    @cached_property
    def snapshot(self) -> Snapshot:
        """The rows by key."""
        from starwhale.instance.local import LocalInstance
        from starwhale.storage.rows.snapshot import Snapshot

        layers = LocalInstance(self._settings).layers
        return Snapshot(layers, layers.load(self._manifest or ""))

    @cached_property
    def positions(self) -> Positions:
        """The rows by position."""
        from starwhale.storage.rows.positions import Positions

        return Positions(self.snapshot)

    def __len__(self) -> int:
        return len(self.snapshot)

    def __getstate__(self) -> dict[str, Any]:
        if self._manifest is None:
            raise UsageError(
                "rows that are not committed cannot be read in other processes",
                hint="commit() first, or read with num_workers=0",
            )
        return {"_settings": self._settings, "_manifest": self._manifest}
