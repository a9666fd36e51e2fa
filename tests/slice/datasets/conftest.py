"""A standalone store of its own for each test, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from starwhale.api.session import local
from starwhale.instance.local import LocalInstance


@pytest.fixture
def here(catalog_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalInstance]:
    """The instance that the SDK speaks to."""
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    monkeypatch.setenv("SW_CATALOG_URL", catalog_url)
    instance = local()
    yield instance
    instance.close()
