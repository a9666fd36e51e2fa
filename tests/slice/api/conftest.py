from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from starwhale.api import context, session
from starwhale.instance.local import LocalInstance


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalInstance]:
    """The store that the SDK opens by itself, since the environment says where it lies."""
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    for name in ("SW_CATALOG_URL", "SW_OBJECTS_URL"):
        monkeypatch.delenv(name, raising=False)
    opened = session.local()
    yield opened
    context.leave()
    opened.close()
