"""Terminals that tests pretend to have."""

from __future__ import annotations

import pytest
from tests.terminal import terminal

__all__ = ["terminal"]


@pytest.fixture(autouse=True)
def terminal_with_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the tests are started from, theirs can move its cursor unless they say otherwise."""
    monkeypatch.setenv("TERM", "xterm-256color")
