"""The board of an evaluation: shown, arranged, kept."""

from __future__ import annotations

import pytest
from tests.e2e.console.boards.conftest import NIGHT
from tests.e2e.console.visiting import PATIENCE, Visit, expect

pytestmark = pytest.mark.e2e

LOOKS = [
    pytest.param("en-GB", False, False, id="en-light"),
    pytest.param("zh-CN", True, False, id="zh-dark"),
    pytest.param("zh-CN", False, True, id="zh-light-phone"),
]


@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS)
def test_a_board_is_seen_and_heard(
    visit: Visit, pixels: str, request: pytest.FixtureRequest, language: str, dark: bool, phone: bool
) -> None:
    visitor = visit("ada", language=language, dark=dark, phone=phone)
    page = visitor.go(f"/projects/{pixels}/evaluations/{NIGHT}")
    expect(page.locator(".placed .canvas")).to_have_count(3, timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    visitor.shoot(f"boards-board-{request.node.callspec.id}")
    if not phone:
        visitor.check_accessible()
