"""Datasets: listed, tagged, removed, compared."""

from __future__ import annotations

import pytest
from tests.e2e.console.test_pages import LOOKS
from tests.e2e.console.visiting import Visit

pytestmark = pytest.mark.e2e

PAGES = [
    ("datasets", "list"),
    ("datasets?scope=trash", "trash"),
    ("datasets/digits?removed=yes", "versions"),
    ("datasets/digits/versions/latest?tab=about", "about"),
    ("datasets/digits/versions/latest?tab=statistics", "statistics"),
    ("datasets/digits/diff?from=v0&to=v1", "diff"),
]


@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS)
def test_every_page_is_seen_and_heard(
    visit: Visit, gallery: str, request: pytest.FixtureRequest, language: str, dark: bool, phone: bool
) -> None:
    look = request.node.callspec.id
    visitor = visit("ada", language=language, dark=dark, phone=phone)
    shown = [(f"/projects/{gallery}/{path}", shot) for path, shot in PAGES]
    for path, shot in [*shown, ("/projects/blank/datasets", "empty")]:
        page = visitor.go(path)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px wider than the screen"
        visitor.shoot(f"data-{shot}-{look}")
        if not phone:
            visitor.check_accessible()
