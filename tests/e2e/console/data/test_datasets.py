"""Datasets: listed, tagged, removed, compared."""

from __future__ import annotations

import re

import pytest
from tests.e2e.console.visiting import LOOKS, PATIENCE, Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e

PAGES = [
    ("datasets", "list"),
    ("datasets?scope=trash", "trash"),
    ("datasets/digits?removed=yes", "versions"),
    ("datasets/digits/versions/latest?tab=about", "about"),
    ("datasets/digits/versions/latest?tab=statistics", "statistics"),
    ("datasets/digits/diff?from=v0&to=v1", "diff"),
]

ON_PHONES = {"list", "versions", "statistics", "diff"}


@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS)
def test_every_page_is_seen_and_heard(
    visit: Visit, gallery: str, request: pytest.FixtureRequest, language: str, dark: bool, phone: bool
) -> None:
    look = request.node.callspec.id
    visitor = visit("ada", language=language, dark=dark, phone=phone)
    shown = [(f"/projects/{gallery}/{path}", shot) for path, shot in PAGES if not phone or shot in ON_PHONES]
    for path, shot in [*shown, ("/projects/blank/datasets", "empty")]:
        page = visitor.go(path)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px wider than the screen"
        visitor.shoot(f"data-{shot}-{look}")
        if not phone:
            visitor.check_accessible()


def test_tags_are_added_moved_and_taken_away_in_place(visit: Visit, say: Words, gallery: str) -> None:
    visitor = visit("bob", language=say.language)
    page = visitor.go(f"/projects/{gallery}/datasets/digits")
    oldest, newest = page.locator(".versions > li").last, page.locator(".versions > li").first
    oldest.get_by_role("button", name=say("Tag"), exact=True).click()
    page.keyboard.type("baseline")
    page.keyboard.press("Enter")
    expect(oldest.locator(".tag", has_text="baseline")).to_be_visible(timeout=PATIENCE)
    newest.get_by_role("button", name=say("Tag"), exact=True).click()
    page.keyboard.type("baseline")
    page.keyboard.press("Enter")
    page.get_by_role("tooltip").get_by_role("button", name=say("Move it")).click(timeout=PATIENCE)
    expect(newest.locator(".tag", has_text="baseline")).to_be_visible(timeout=PATIENCE)
    expect(oldest.locator(".tag", has_text="baseline")).to_have_count(0)
    newest.get_by_role("button", name=say("Take the tag “{{tag}}” away", tag="baseline")).click()
    expect(newest.locator(".tag", has_text="baseline")).to_have_count(0, timeout=PATIENCE)


def test_two_versions_are_chosen_and_compared(visit: Visit, say: Words, gallery: str) -> None:
    visitor = visit("wu", language=say.language)
    page = visitor.go(f"/projects/{gallery}/datasets/digits")
    expect(page.get_by_role("button", name=say("Compare", of="artifacts"), exact=True)).to_be_disabled()
    for place in (2, 1):
        page.locator(".versions input[type=checkbox]").nth(place).check()
    expect(page).to_have_url(re.compile("chosen=.*chosen="), timeout=PATIENCE)
    page.get_by_role("button", name=say("Compare", of="artifacts"), exact=True).click()
    expect(page.get_by_text(say("{{count}} added", count=20))).to_be_visible(timeout=PATIENCE)
    page.get_by_text(say("removed"), exact=True).first.click()
    expect(page.locator(".rowchanges > li")).to_have_count(2, timeout=PATIENCE)
    expect(page).to_have_url(re.compile("only=removed"), timeout=PATIENCE)
    page.get_by_role("button", name=say("Change sides")).click()
    expect(page.get_by_text(say("{{count}} removed", count=20))).to_be_visible(timeout=PATIENCE)
    page = visitor.go(f"/projects/{gallery}/datasets/digits/diff")
    before = say("Compare with v{{seq}}, the version before", seq=r"\d+")
    page.get_by_role("button", name=re.compile(before)).click()
    expect(page).to_have_url(re.compile("from=[a-z2-7]{40}&to=latest"), timeout=PATIENCE)
    expect(page.get_by_role("button", name=say("Change sides"))).to_be_enabled()


def test_versions_go_to_the_trash_and_come_back(visit: Visit, say: Words, gallery: str) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.go(f"/projects/{gallery}/datasets/questions")
    page.get_by_role("button", name=say("Move to the trash")).click()
    page.get_by_role("tooltip").get_by_role("button", name=say("Move to the trash")).click()
    expect(page.get_by_role("heading", name=say("Datasets"))).to_be_visible(timeout=PATIENCE)
    page.get_by_text(say("Trash"), exact=True).click()
    line = page.get_by_role("listitem").filter(has_text="questions")
    line.get_by_role("button", name=say("Restore")).click(timeout=PATIENCE)
    expect(line).to_have_count(0, timeout=PATIENCE)
    page.get_by_text(say("In use"), exact=True).click()
    page.get_by_role("searchbox").fill("quest")
    page.get_by_role("link", name="questions").click(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="questions")).to_be_visible(timeout=PATIENCE)


def test_what_is_not_there_offers_nothing_that_could_be_done_with_it(visit: Visit, gallery: str) -> None:
    visitor = visit("ada")
    for path in (
        "datasets/nothing",
        "models/nothing",
        "runtimes/nothing",
        "datasets/digits/versions/nothing",
    ):
        page = visitor.go(f"/projects/{gallery}/{path}")
        expect(page.get_by_role("heading", name="There is nothing here", level=1)).to_be_visible()
        expect(page.get_by_role("button", name="Move to the trash")).to_have_count(0)
    page = visitor.go("/nothing")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_an_older_version_becomes_the_latest_and_is_shared(visit: Visit, say: Words, gallery: str) -> None:
    visitor, other = visit("ada", language=say.language), f"borrowed-{say.language}"
    with visitor.house.as_("ada") as http:
        http.post("/projects", {"name": other})
    page = visitor.go(f"/projects/{gallery}/datasets/digits")
    page.get_by_role("button", name=say("What to do with {{version}}", version="")).last.click()
    page.get_by_role("menuitem", name=say("Make it the latest")).click()
    page.get_by_role("dialog").get_by_role("button", name=say("Make it the latest")).click()
    oldest = page.locator(".versions > li", has_text="The first hundred")
    expect(oldest.get_by_text(say("latest"), exact=True)).to_be_visible(timeout=PATIENCE)
    oldest.get_by_role("link").first.click()
    page.get_by_role("button", name=say("Use it elsewhere")).click(timeout=PATIENCE)
    expect(page.get_by_role("dialog").get_by_text("swcli dataset head")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Escape")
    page.get_by_role("button", name=say("Share", of="artifacts")).click()
    dialog = page.get_by_role("dialog", name=say("Share", of="artifacts"))
    dialog.get_by_role("combobox", name=say("Project")).click(timeout=PATIENCE)
    page.keyboard.type(other)
    page.locator(f".ant-select-item-option[title={other}]").click(timeout=PATIENCE)
    dialog.get_by_role("button", name=say("Share", of="artifacts")).click()
    dialog.get_by_role("link", name=say("Look at it there")).click(timeout=PATIENCE)
    expect(page.get_by_role("link", name=other)).to_be_visible(timeout=PATIENCE)
    with visitor.house.as_("ada") as http:
        http.post(f"/projects/{gallery}/datasets/digits/versions/v2/revert", {})
