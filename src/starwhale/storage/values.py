"""Values that only storage knows and that others may meet in a row."""

from __future__ import annotations

from starwhale.storage.layers.media import Pickled

__all__ = ["Pickled"]
