"""The rows of one version, as something that can be handed to another process."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from starwhale.core.errors import UsageError
from starwhale.core.instances import LOCAL

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
        instance: What addresses call the instance that has them.
    """

    def __init__(
        self, snapshot: Snapshot, settings: Settings, manifest: str | None, instance: str = LOCAL
    ) -> None:
        self._settings = settings
        self._instance = instance
        self._manifest = manifest
        self.__dict__["snapshot"] = snapshot

    @cached_property
    def snapshot(self) -> Snapshot:
        """The rows by key."""
        from starwhale.instance.opening import open_instance
        from starwhale.storage.rows.snapshot import Snapshot

        layers = open_instance(self._settings, self._instance).layers
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
        return {"_settings": self._settings, "_manifest": self._manifest, "_instance": self._instance}
