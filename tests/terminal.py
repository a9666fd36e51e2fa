"""Command lines run in this process, for tests of the CLI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from starwhale.cli.main import run, swcli


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one command line left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Terminal(Protocol):
    home: Path

    def __call__(self, *argv: str, root: Any = swcli, **environ: str) -> Ran: ...


class _Terminal:
    def __init__(self, home: Path, environ: Mapping[str, str], capture: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._environ = environ
        self._capture = capture

    def __call__(self, *argv: str, root: Any = swcli, **environ: str) -> Ran:
        self._capture.readouterr()
        status = run(argv, environ={**self._environ, **environ}, root=root)
        text = self._capture.readouterr()
        return Ran(status=status, out=text.out, err=text.err)


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Runs a command line in this process, in a home of its own, on 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    environ = {"HOME": str(tmp_path), "SW_LOCAL_STORAGE": str(tmp_path / "store"), "COLUMNS": "80"}
    return _Terminal(tmp_path, environ, capsys)
