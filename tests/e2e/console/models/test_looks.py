"""The pages of models and runtimes as people see them, and as they are heard."""

from __future__ import annotations

import pytest
from tests.e2e.console.models.stock import PROJECT, Stock
from tests.e2e.console.visiting import LOOKS, PATIENCE, Visit, expect

pytestmark = pytest.mark.e2e
MODEL = f"/projects/{PROJECT}/models/digit-reader"
RUNTIME = f"/projects/{PROJECT}/runtimes/py"
#: Path, what is there when the page is, and the name of the picture.
PAGES = [
    (f"/projects/{PROJECT}/models", ".sheet", "list"),
    (f"{MODEL}/versions/v2", ".markdown", "about"),
    (f"{MODEL}", ".lines, .sheet", "versions"),
    (f"{MODEL}/versions/v1?tab=files&path=read.py", ".preview .cm-content", "files"),
    (f"{MODEL}/diff?from=v0&to=v1", ".counted, .panel", "compared"),
    (f"{MODEL}/versions/v0?tab=lineage", ".lineage-job", "lineage"),
    (f"{MODEL}/versions/v1?tab=lineage", ".origin", "origin"),
    (f"/projects/{PROJECT}/datasets/held-out/versions/latest?tab=lineage", ".lineage-job", "dataset-lineage"),
    (f"/projects/{PROJECT}/runtimes", ".sheet", "runtimes"),
    (RUNTIME, ".lines, .sheet", "runtime-versions"),
    (f"{RUNTIME}/versions/v1", ".row", "packages"),
    (f"{RUNTIME}/versions/v1?tab=about", ".cm-content", "runtime"),
    (f"{RUNTIME}/diff?from=v0&to=v1", ".cm-content", "runtimes-compared"),
]


@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS)
def test_every_page_is_seen_and_heard(
    visit: Visit, zoo: Stock, request: pytest.FixtureRequest, language: str, dark: bool, phone: bool
) -> None:
    visitor = visit("ada", language=language, dark=dark, phone=phone)
    for path, there, shot in PAGES:
        page = visitor.go(path)
        expect(page.locator(there).first).to_be_attached(timeout=PATIENCE)
        if "lineage" in path and not phone:
            expect(page.locator(".lineage-node").first).to_be_visible(timeout=PATIENCE)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px wider than the screen"
        visitor.shoot(f"models-{shot}-{request.node.callspec.id}")
        if not phone:
            visitor.check_accessible()
            visitor.check_copyable()
