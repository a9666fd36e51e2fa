"""Content-addressed blobs: bytes that are named by their SHA-256, and never change."""

from __future__ import annotations

from starwhale.storage.blobs.store import Blobs
from starwhale.storage.blobs.sweeping import BlobStat
from starwhale.storage.blobs.writer import BlobWriter

__all__ = ["BlobStat", "BlobWriter", "Blobs"]
