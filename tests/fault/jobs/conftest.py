"""Laboratories for jobs that are killed, stopped and starved."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fault.jobs.lab import Lab, Make


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A laboratory of so many rows and this code."""
    return lambda rows, code: Lab(tmp_path, rows, code)
