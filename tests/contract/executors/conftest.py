"""Every test here runs on every executor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.executors.bay import Bay
from tests.contract.executors.kinds import KINDS, Kind

from starwhale.jobs.executors.port import Executor


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Which executor this run of the test is about."""
    found = KINDS[request.param]
    if why := found.missing():
        pytest.skip(why)
    return found


@pytest.fixture
def bay(kind: Kind, tmp_path: Path) -> Iterator[Bay[Executor]]:
    """It, with user code."""
    with kind.open(tmp_path) as executor:
        yield Bay(tmp_path, executor, threads=kind.threads)
