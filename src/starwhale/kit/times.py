"""The one clock."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present moment, aware of its zone, which is always UTC."""
    return datetime.now(UTC)
