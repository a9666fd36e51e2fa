"""Which release this is. Rooms below the SDK read it here, for `starwhale` itself stands above them all."""

from __future__ import annotations

__version__ = "1.0.0"
