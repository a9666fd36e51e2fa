"""Models and runtimes on the server that the tests of the console look at."""

from __future__ import annotations

import pytest
from tests.e2e.console.models.stock import Stock, stock
from tests.e2e.console.visiting import House


@pytest.fixture(scope="session")
def zoo(house: House, tmp_path_factory: pytest.TempPathFactory) -> Stock:
    """What the project ``zoo`` holds."""
    return stock(house, tmp_path_factory.mktemp("zoo"))
