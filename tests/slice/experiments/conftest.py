"""A store of its own for each test, and the runs in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from starwhale.api import track
from starwhale.api.session import local
from starwhale.experiments.schemas import RunDetails, RunRead
from starwhale.experiments.series import Series
from starwhale.experiments.service import ExperimentService
from starwhale.instance.local import LocalInstance


class Runs:
    """What one sees of the runs of the project `self`."""

    def __init__(self, instance: LocalInstance) -> None:
        self.instance = instance

    @property
    def service(self) -> ExperimentService:
        return self.instance.experiments

    def find(self, text: str) -> RunRead:
        return self.service.find(self.instance.actor, "self", text)

    def details(self, text: str) -> RunDetails:
        return self.service.details(self.find(text))

    def series(self, text: str, name: str) -> Series:
        return self.service.series(self.find(text), name)

    def printed(self, text: str) -> list[str]:
        return [line.text for line in self.service.lines(self.find(text))]


@pytest.fixture
def environ(catalog_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Variables of a process that speaks to the store of the test."""
    places = {
        "SW_LOCAL_STORAGE": str(tmp_path / "store"),
        "SW_CLI_CONFIG": str(tmp_path / "config.yaml"),
        "SW_CATALOG_URL": catalog_url,
    }
    for name, value in places.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, **places}


@pytest.fixture
def runs(environ: dict[str, str]) -> Iterator[Runs]:
    instance = local()
    yield Runs(instance)
    track.end()
    instance.close()


@pytest.fixture
def quiet() -> dict[str, Any]:
    """Arguments of `track.start` that collect nothing by themselves."""
    return {"auto_run_collect": False, "auto_console_log_redirect": False, "auto_framework_hook": False}


@pytest.fixture
def program(environ: dict[str, str], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a program that speaks to the store of the test."""

    def run(code: str, *words: str) -> subprocess.CompletedProcess[str]:
        file = tmp_path / "program.py"
        file.write_text(code)
        return subprocess.run(
            [sys.executable, str(file), *words],
            env=environ,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run
