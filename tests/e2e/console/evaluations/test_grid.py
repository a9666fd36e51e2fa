"""The grid of all evaluations."""

from __future__ import annotations

from typing import Any

import pytest
from tests.e2e.console.visiting import Visit, expect

pytestmark = pytest.mark.e2e


def heads(page: Any) -> list[str]:
    return page.locator("[role=columnheader] .words").all_inner_texts()


def test_evaluations_are_filtered_sorted_and_opened(visit: Visit, nights: str) -> None:
    page = visit("ada").go(f"/projects/{nights}/evaluations")
    grid = page.get_by_role("grid", name="Evaluations")
    expect(grid).to_have_attribute("aria-rowcount", "102")
