from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from starwhale import Context
from starwhale.api import context, session
from starwhale.evaluations.results import ResultStore


@pytest.fixture
def task_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ResultStore]:
    """The store that a task logs to."""
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    for name in ("SW_CATALOG_URL", "SW_OBJECTS_URL"):
        monkeypatch.delenv(name, raising=False)
    instance = session.local()
    store = instance.results("self", "metrics")
    context.enter(Context(version="metrics", run_project="self"), store)
    yield store
    context.leave()
    store.close()
    instance.close()
