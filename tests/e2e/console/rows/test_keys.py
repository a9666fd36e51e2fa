"""Keys by which one goes from row to row."""

from __future__ import annotations

from typing import Any

import pytest
from tests.e2e.console.visiting import PATIENCE, Visit, expect

pytestmark = pytest.mark.e2e


def test_keys_lead_on_wherever_the_focus_has_gone(visit: Visit, rows: str) -> None:
    page = visit("ada").go(f"/projects/{rows}/datasets/sums/versions/latest?tab=rows")
    keys = page.locator(".rowkey")
    expect(keys.nth(4)).to_be_visible(timeout=PATIENCE)
    first, second, third = (keys.nth(place).inner_text() for place in range(3))
    keys.first.click()
    title = page.locator(".rowtitle")
    expect(title).to_contain_text(first, timeout=PATIENCE)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    expect(title).to_contain_text(second, timeout=PATIENCE)
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route("**/rows/place", hold)
    page.evaluate("document.activeElement.blur()")
    # Nobody knows yet which rows lie around the next one when the next key is pressed.
    page.keyboard.press("j")
    expect(title).to_contain_text(third, timeout=PATIENCE)
    page.keyboard.press("k")
    for route in held:
        route.continue_()
    page.unroute("**/rows/place", hold)
    expect(title).to_contain_text(second, timeout=PATIENCE)
