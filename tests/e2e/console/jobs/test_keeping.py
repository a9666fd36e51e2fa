"""What is kept of jobs: templates with their times, pins, comments; and the way to a service."""

from __future__ import annotations

import pytest
from tests.e2e.console.jobs.conftest import PATH, Works
from tests.e2e.console.jobs.test_jobs import HOME
from tests.e2e.console.visiting import Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e


def test_a_job_becomes_a_template_that_runs_at_its_times(visit: Visit, say: Words, works: Works) -> None:
    name = f"kept-{say.language.lower()}"
    visitor = visit("ada", language=say.language)
    page = visitor.go(f"{HOME}/{works.jobs['chatter']}")
    page.get_by_role("button", name=say("More", of="jobs")).click()
    page.get_by_role("menuitem", name=say("Save as template…")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name=say("Name", of="jobs")).fill("nightly")
    dialog.get_by_role("button", name=say("Save")).click()
    replace = dialog.get_by_role("checkbox", name=say("Replace the template that has this name"))
    expect(replace).not_to_be_checked()  # it is there already, and stays unless somebody says so
    dialog.get_by_role("textbox", name=say("Name", of="jobs")).fill(name)
    dialog.get_by_role("button", name=say("Save")).click()
    expect(page.get_by_text(say("The template “{{name}}” is saved.", name=name))).to_be_visible()
    visitor.go(f"{HOME}/templates")
    line = page.locator("li.template", has_text=name)
    line.get_by_role("button", name=say("Schedule")).click()
    expect(dialog.get_by_role("textbox", name=say("Name", of="jobs"))).to_have_value(name)
    dialog.get_by_role("button", name=say("every six hours")).click()
    expect(dialog.get_by_label(say("When", of="jobs.schedules"))).to_have_value("0 */6 * * *")
    visitor.check_accessible()
    dialog.get_by_role("button", name=say("Create")).click()
    expect(page.get_by_text(say("The schedule “{{name}}” is set.", name=name))).to_be_visible()
    expect(line).to_contain_text("0 */6 * * *")
    with works.house.as_("ada") as http:
        made = {each["name"]: each for each in http.get(f"{PATH}/schedules")["items"]}
    assert (made[name]["template"], made[name]["enabled"], made[name]["due"] is None) == (name, True, False)
    visitor.go(f"{HOME}/templates")
    line.get_by_role("button", name=say("Remove", of="jobs.templates")).click()
    page.get_by_role("tooltip").get_by_role("button", name=say("Remove", of="jobs.templates")).click()
    expect(page.get_by_text(say("The template “{{name}}” is gone.", name=name))).to_be_visible()
    with works.house.as_("ada") as http:
        assert name not in {each["name"] for each in http.get(f"{PATH}/schedules")["items"]}


def test_a_job_is_pinned_and_commented_upon(visit: Visit, say: Words, works: Works) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.go(f"{HOME}/{works.jobs['chatter']}")
    for act, told in (
        ("Pin", "The job comes first in lists, and cannot be removed."),
        ("Unpin", "The job is no longer pinned."),
    ):
        page.get_by_role("button", name=say("More", of="jobs")).click()
        page.get_by_role("menuitem", name=say(act), exact=True).click()
        expect(page.get_by_text(say(told))).to_be_visible()
        expect(page.locator(".job-heading").get_by_text(say("pinned"), exact=True)).to_have_count(
            1 if act == "Pin" else 0
        )
    comment = page.locator(".job-comment")
    comment.get_by_role("button").click()
    comment.locator("textarea").fill(f"much ado, {say.language}")
    comment.get_by_role("button", name=say("Save")).click()
    expect(comment.locator("textarea")).to_have_count(0)
    page.reload()
    expect(comment.get_by_text(f"much ado, {say.language}")).to_be_visible()


def test_a_service_opens_on_a_page_of_its_own(visit: Visit, works: Works) -> None:
    page = visit("ada").go(f"{HOME}/{works.jobs['service']}")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Open", exact=True).click()
    expect(opened.value.get_by_text("The small model").first).to_be_visible()
    assert opened.value.evaluate("window.opener") is None
    # Whoever may only look is offered no way that he may not go.
    page = visit("wu").go(f"{HOME}/{works.jobs['service']}")
    expect(page.get_by_text("Services")).to_be_visible()
    expect(page.get_by_role("button", name="Open", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Try it out")).to_have_count(0)
