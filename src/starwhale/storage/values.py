"""Values that only storage knows and that others may meet in a row."""

from starwhale.storage.layers.media import Pickled

__all__ = ["Pickled"]
