"""Every page, shown what somebody means ill with: nothing of it runs, nothing is fetched elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect
from tests.e2e.console import hostile
from tests.e2e.console.visiting import ROOT, House, Visit

pytestmark = pytest.mark.e2e

#: What stands behind a question mark, for pages that show other things then.
VIEWS = {
    "/projects/:project/datasets/:name/versions/:version": ("tab=rows", "tab=statistics", "tab=about"),
    "/projects/:project/models/:name/versions/:version": (
        "tab=about",
        "tab=lineage",
        *(f"tab=files&path={quote(name)}&file={quote(name)}" for name in hostile.FILES),
    ),
    "/projects/:project/runtimes/:name/versions/:version": ("tab=lock", "tab=files", "tab=about"),
    "/projects/:project/datasets/:name/diff": ("from=v0&to=v1",),
    "/projects/:project/models/:name/diff": ("from=v0&to=v1",),
    "/projects/:project/runtimes/:name/diff": ("from=v0&to=v1",),
    "/projects/:project/jobs/:job": ("", "tab=log", "tab=events", "tab=resources"),
    "/projects/:project/jobs/new": ("", "model=net&handler=shouting:shout"),
    "/projects/:project/evaluations/compare": ("jobs={job}&base={job}",),
    "/projects/:project/evaluations/rows": ("jobs={job}&table=results",),
    "/projects/:project/demo": ("jobs={job}",),
}
LOG = "/projects/:project/jobs/:failing?tab=log"
OWN = (
    "/projects/:project",
    "/projects?scope=mine",
    "/projects?search=<img src=x onerror=alert(1)>",
    "/account",
    LOG,
)
OF_ADMINISTRATORS = "/admin"


@pytest.fixture(scope="module")
def known(house: House, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return hostile.fill(house, tmp_path_factory.mktemp("hostile"))


def told_routes() -> Iterator[str]:
    """Every address of a page that a part of the console declares."""
    for file in sorted((ROOT / "web" / "src").glob("*/routes.ts")):
        yield from _routes_of(file)


def _routes_of(file: Path) -> Iterator[str]:
    text = file.read_text("utf-8")
    constants = dict(re.findall(r'const (\w+) = "([^"]*)"', text))
    for plain, template, name in re.findall(r'path:\s*(?:"([^"]*)"|`([^`]*)`|(\w+))', text):
        path = plain or template or constants[name]
        yield re.sub(r"\$\{(\w+)\}", lambda found: constants[found[1]], path)


def filled(path: str, known: dict[str, str]) -> str:
    """An address with what is there in the place of its parameters."""

    def value(found: re.Match[str]) -> str:
        kind = path[: found.start()].strip("/").split("/")[-1]
        for key in (f"{kind}/:{found[1]}", found[1]):
            if key in known:
                return known[key]
        pytest.fail(f"say in {hostile.__file__} what stands for :{found[1]} in {path}")

    return re.sub(r":(\w+)", value, path)


def test_routes_are_found() -> None:
    routes = list(told_routes())
    assert "/admin/users" in routes
    assert "/projects/:project/datasets" in routes
    assert not [each for each in routes if "$" in each]


def test_nothing_that_anybody_wrote_runs_on_any_page(visit: Visit, known: dict[str, str]) -> None:
    routes, empty = [*told_routes(), *OWN], list[str]()
    for who in ("admin", hostile.WHO):
        visitor = visit(who)
        for route in routes:
            if route.startswith(OF_ADMINISTRATORS) != (who == "admin"):
                continue
            for view in VIEWS.get(route, ("",)):
                asked = f"?{view.format(**known)}" if view else ""
                secret = f"#{known['invitation']}" if route == "/invitation" else ""
                page = visitor.go(filled(route, known) + asked + secret)
                expect(page.locator(".coming")).to_have_count(0)
                if route == LOG:
                    expect(page.get_by_text("<script>alert(1)</script>").first).to_be_visible()
                if page.get_by_role("heading", name="There is nothing here").count():
                    empty.append(page.url)
                for summary in page.locator("main details > summary").all()[:3]:
                    summary.click()
                assert page.locator("main script, main iframe:not([sandbox]), main object").count() == 0
        visitor.shoot(f"hostile-last-{who}")
    assert empty == [], "a page without a text shows nothing of who means ill"
