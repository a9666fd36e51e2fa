"""Stores in temporary directories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects
from starwhale.storage.rows.manifest import LayerStore


@pytest.fixture
def layers(tmp_path: Path) -> LayerStore:
    return LayerStore(Blobs(DirectoryObjects(tmp_path / "objects")))


@pytest.fixture
def reopened(tmp_path: Path) -> Callable[[], LayerStore]:
    """The same store as another process would open it, with nothing cached."""
    return lambda: LayerStore(Blobs(DirectoryObjects(tmp_path / "objects")))
