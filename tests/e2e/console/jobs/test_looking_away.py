"""What is on a page of jobs while one looks elsewhere, or the server is away."""

from __future__ import annotations

import pytest
from tests.e2e.console.jobs.conftest import Works
from tests.e2e.console.jobs.test_jobs import HOME
from tests.e2e.console.visiting import PATIENCE, Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e

#: Goes to another page of the console as a link of it does, without loading it anew.
ELSEWHERE = """path => {
  history.pushState({}, "", path);
  dispatchEvent(new PopStateEvent("popstate", {state: {}}));
}"""


def test_what_cannot_be_looked_up_again_is_told_until_it_can(visit: Visit, say: Words, works: Works) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.go(f"{HOME}/{works.jobs['waiting']}")
    told = page.get_by_text(say("What you see may be out of date: it could not be looked up again."))
    expect(told).to_have_count(0)
    away = "**/api/v1/projects/works/jobs/**"
    page.route(away, lambda route: route.abort("connectionrefused"))
    expect(told).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".job-heading .state")).to_be_visible()  # what was known is still there
    visitor.shoot(f"jobs-outdated-{say.language}")
    visitor.check_accessible()
    page.get_by_role("button", name=say("Try again"), exact=True).click()
    expect(told).to_be_visible()  # it fails once more
    page.unroute(away)
    expect(told).to_have_count(0, timeout=PATIENCE)
    # What the browser says of it is what was done to it.
    visitor.faults = [each for each in visitor.faults if "Failed to load resource" not in each]


def test_what_happens_while_there_is_no_line_to_the_server_is_shown_once_there_is(
    visit: Visit, works: Works
) -> None:
    """Of a job that has ended, which nobody asks about every few seconds."""
    visitor = visit("ada")
    refused = "**/events/stream"
    visitor.page.route(refused, lambda route: route.fulfill(status=503))
    with visitor.page.expect_response(refused):
        page = visitor.go(f"{HOME}/{works.jobs['failed']}")
    pinned = page.locator(".job-heading .tags").get_by_text("Pinned")
    with works.house.as_("ada") as http:
        http.patch(f"/projects/works/jobs/{works.jobs['failed']}", {"pinned": True})
        with page.expect_response(refused):
            expect(pinned).to_have_count(0)
        page.unroute(refused)
        expect(pinned).to_be_visible()
        http.patch(f"/projects/works/jobs/{works.jobs['failed']}", {"pinned": False})
        expect(pinned).to_have_count(0)
    visitor.faults = [each for each in visitor.faults if "Failed to load resource" not in each]


def test_a_comment_outlives_a_look_into_another_tab(visit: Visit, say: Words, works: Works) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.go(f"{HOME}/{works.jobs['waiting']}")
    page.get_by_role("button", name=say("Add a comment")).click()
    comment = page.locator(".job-comment textarea")
    comment.fill("half a sentence")
    for tab in ("Log", "Overview"):
        page.locator("nav.tabs").get_by_role("link", name=say(tab, of="jobs"), exact=True).click()
    expect(comment).to_have_value("half a sentence", timeout=PATIENCE)
    page.locator(".breadcrumb").get_by_role("link", name=say("Jobs", of="jobs")).click()
    asked = page.get_by_role("dialog", name=say("Leave without saving?"))
    asked.get_by_role("button", name=say("Stay here")).click()
    expect(comment).to_have_value("half a sentence")


def test_what_runs_in_a_terminal_outlives_a_look_into_another_tab(visit: Visit, works: Works) -> None:
    page = visit("ada").go(f"{HOME}/{works.jobs['waiting']}?tab=shell")
    page.get_by_role("button", name="Open a terminal").click()
    expect(page.get_by_text("Connected")).to_be_visible()
    page.keyboard.type("kept=41\n")
    tabs = page.locator("nav.tabs")
    tabs.get_by_role("link", name="Log", exact=True).click()
    expect(page.locator(".xterm")).not_to_be_visible()
    tabs.get_by_role("link", name="Terminal", exact=True).click()
    page.locator(".xterm").click()
    page.keyboard.type("echo $((kept + 1)) is back\n")
    expect(page.locator(".xterm-rows")).to_contain_text("42 is back")
    # Another one is not opened in its place before that is said.
    page.get_by_role("button", name="Open another").click()
    asked = page.get_by_role("tooltip", name="What runs in the terminal below ends with that.")
    asked.get_by_role("button", name="Cancel").click()
    page.locator(".xterm").click()
    page.keyboard.type("echo $((kept + 2)) as well\n")
    expect(page.locator(".xterm-rows")).to_contain_text("43 as well")


def test_pools_that_were_administered_are_chosen_from(visit: Visit, works: Works) -> None:
    """Both pages in one tab, one after the other and back."""
    visitor = visit("admin")
    page = visitor.go("/admin/pools")
    for _ in range(2):
        page.evaluate(ELSEWHERE, f"{HOME}/new?model=digits")
        expect(page.locator(".order-form")).to_be_visible(timeout=PATIENCE)
        page.evaluate(ELSEWHERE, "/admin/pools")
        expect(page.get_by_role("button", name="New pool")).to_be_visible(timeout=PATIENCE)
