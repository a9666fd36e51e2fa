"""What somebody writes is not lost: without a title or a session, or while somebody else writes as well."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.e2e.console.boards.conftest import LONG
from tests.e2e.console.visiting import PATIENCE, House, Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e

TEXT = "Text of the report"


@pytest.fixture
def report(house: House, pixels: str, request: pytest.FixtureRequest) -> str:
    """Path of a report of its own with a line of text, on pages and in the API alike."""
    nodes = [{"type": "paragraph", "content": [{"type": "text", "text": "As it was."}]}]
    content = {"blocks": [{"type": "prose", "nodes": nodes}]}
    with house.as_("ada") as http:
        made = http.post(f"/projects/{pixels}/reports", {"name": request.node.name[:100], "content": content})
    return f"/projects/{pixels}/reports/{made['id']}"


def kept(house: House, report: str) -> dict[str, Any]:
    with house.as_("ada") as http:
        return http.get(report)


def begin(page: Any, say: Words, *, text: str) -> Any:
    """Write the first words."""
    field = page.get_by_role("textbox", name=say(TEXT))
    expect(field).to_contain_text("As it was.", timeout=PATIENCE)
    field.click()
    page.keyboard.press("End")
    page.keyboard.type(text)
    return field


def test_a_report_without_a_title_is_saved_under_its_last(
    visit: Visit, house: House, say: Words, report: str
) -> None:
    name = kept(house, report)["name"]
    visitor = visit("ada", language=say.language)
    page = visitor.go(report)
    title = page.get_by_role("textbox", name=say("Title", of="reports"))
    title.fill("")
    told = page.get_by_role("alert")
    expect(told).to_have_text(
        say("A report needs a title: as long as this is empty it is still called “{{name}}”.", name=name)
    )
    visitor.shoot(f"reports-nameless-{say.language}", whole=False)
    begin(page, say, text=" And more.")
    expect(page.get_by_text(say("Saved", of="reports.states"), exact=True)).to_be_visible(timeout=PATIENCE)
    assert "And more." in json.dumps(kept(house, report)["content"])
    assert kept(house, report)["name"] == name
    title.fill(f"{name} again")
    expect(told).to_have_count(0)


def test_what_is_written_stays_when_the_session_ends(
    visit: Visit, house: House, say: Words, report: str
) -> None:
    visitor = visit("bob", language=say.language)
    page = visitor.go(report)
    saved = page.get_by_text(say("Saved", of="reports.states"), exact=True)
    field = begin(page, say, text=" One.")
    expect(saved).to_be_visible(timeout=PATIENCE)
    page.context.clear_cookies()
    page.keyboard.type(" Two.")
    told = page.get_by_role("alert").filter(has_text=say("You are signed out: your session has ended."))
    expect(told).to_be_visible(timeout=PATIENCE)
    expect(field).to_contain_text("As it was. One. Two.")
    expect(told.get_by_role("link")).to_have_attribute("target", "_blank")
    visitor.check_accessible()
    visitor.shoot(f"reports-signed-out-{say.language}", whole=False)
    page.keyboard.type(" Three.")
    visitor.enter("wu")
    other = page.get_by_role("alert").filter(has_text=say("Somebody else has signed in here."))
    expect(other).to_be_visible(timeout=PATIENCE)
    page.context.clear_cookies()
    visitor.enter("bob")
    expect(page.get_by_role("alert")).to_have_count(0, timeout=PATIENCE)
    expect(saved).to_be_visible(timeout=PATIENCE)
    expect(field).to_contain_text("As it was. One. Two. Three.")
    found = kept(house, report)
    assert "One. Two. Three." in json.dumps(found["content"])
    assert found["changed_by"] == "bob"


def test_an_order_stays_when_the_session_of_an_administrator_ends(visit: Visit, pixels: str) -> None:
    visitor = visit("admin", own=True)
    visitor.page.clock.install()
    page = visitor.go(f"/projects/{pixels}/jobs/new")
    comment = page.get_by_label("Comment")
    comment.fill("not to be lost", timeout=PATIENCE)
    page.context.clear_cookies()
    page.clock.fast_forward(100_000)
    page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("You are signed out: your session has ended.")).to_be_visible(timeout=PATIENCE)
    expect(comment).to_have_value("not to be lost")


def test_who_could_not_see_what_another_has_saved_looks_again(
    visit: Visit, house: House, report: str
) -> None:
    say = Words("en-GB")
    page = visit("ada").go(report)
    field = begin(page, say, text="")
    with house.as_("bob") as http:
        http.patch(report, {"name": "Bob was here"})

    def refuse(route: Any) -> None:
        problem = {"code": "forbidden", "detail": "not now", "status": 403}
        if route.request.method == "GET":
            route.fulfill(status=403, content_type="application/problem+json", body=json.dumps(problem))
        else:
            route.continue_()

    page.route(f"**/api/v1{report}", refuse)
    page.keyboard.type(" Mine.")
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible(timeout=PATIENCE)
    page.unroute(f"**/api/v1{report}")
    again.click()
    page.get_by_role("button", name="Save mine over theirs").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible(timeout=PATIENCE)
    expect(field).to_contain_text("As it was. Mine.")
    assert "Mine." in json.dumps(kept(house, report)["content"])


def test_a_board_that_is_arranged_stays_whatever_others_prefer(
    visit: Visit, house: House, pixels: str
) -> None:
    visitor = visit("bob", own=True)
    visitor.page.clock.install()
    page = visitor.go(f"/projects/{pixels}/evaluations/{LONG}")
    page.get_by_role("button", name="Arrange").click()
    expect(page).to_have_url(re.compile(r"\?board=\w+$"))
    page.get_by_role("button", name=re.compile("^Remove")).first.click()
    panels = f"/projects/{pixels}/panels"
    with house.as_("ada") as http:
        made = http.post(panels, {"name": "Everybody's", "place": "evaluation", "content": {"panels": []}})[
            "id"
        ]
        http.put(f"{panels}/{made}/default")
    count = page.locator(".placed").count()
    page.clock.fast_forward(20_000)
    with page.expect_response(re.compile(f"/api/v1{panels}\\b")):
        page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.locator(".board-choice")).not_to_contain_text("Everybody's")
    expect(page.locator(".placed")).to_have_count(count)
    with house.as_("ada") as http:
        http.delete(f"{panels}/{made}")
