"""The pages of evaluations in both languages and themes, on laptop and phone, and as they are heard."""

from __future__ import annotations

import pytest
from tests.e2e.console.evaluations.filling import job_id
from tests.e2e.console.visiting import LOOKS, Visit, expect

pytestmark = pytest.mark.e2e

JOBS = ",".join(job_id(number)[:12] for number in range(4))
HOME = "/projects/nights/evaluations"
PAGES = {
    "list": f"{HOME}?where=accuracy:range:0.8..&sort=-accuracy&selected={JOBS}",
    "empty": "/projects/quiet/evaluations",
    "compare": f"{HOME}/compare?jobs={JOBS}",
    "rows": f"{HOME}/rows?jobs={JOBS}&row=3",
    "row-full": f"{HOME}/rows?jobs={JOBS}&row=3&full=1",
}


@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS)
def test_every_page_is_seen_and_heard(
    visit: Visit, nights: str, request: pytest.FixtureRequest, language: str, dark: bool, phone: bool
) -> None:
    assert nights
    visitor = visit("ada", language=language, dark=dark, phone=phone)
    for name, path in PAGES.items():
        page = visitor.go(path)
        if name.startswith("row"):
            expect(page.locator(".row-detail img").first).to_be_visible(timeout=30_000)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px wider than the screen"
        visitor.shoot(f"evaluations-{name}-{request.node.callspec.id}")
        if not phone:
            visitor.check_accessible()
            visitor.check_copyable()
        if name == "list":
            page.locator("button.view").click()
            expect(page.locator(".ant-dropdown-menu-item-selected")).to_be_visible(timeout=30_000)
            visitor.shoot(f"evaluations-views-{request.node.callspec.id}", whole=False)
            visitor.check_accessible()
