from __future__ import annotations

from tests.terminal import terminal

__all__ = ["terminal"]
