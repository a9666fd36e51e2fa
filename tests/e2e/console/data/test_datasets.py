"""Datasets: listed, tagged, removed, compared."""

from __future__ import annotations

import re

import pytest
from tests.e2e.console.visiting import LOOKS, PATIENCE, Visit, expect

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


def test_tags_are_added_moved_and_taken_away_in_place(visit: Visit, gallery: str) -> None:
    visitor = visit("bob")
    page = visitor.go(f"/projects/{gallery}/datasets/digits")
    oldest, newest = page.locator(".versions > li").last, page.locator(".versions > li").first
    oldest.get_by_role("button", name="Tag", exact=True).click()
    page.keyboard.type("baseline")
    page.keyboard.press("Enter")
    expect(oldest.locator(".tag", has_text="baseline")).to_be_visible(timeout=PATIENCE)
    newest.get_by_role("button", name="Tag", exact=True).click()
    page.keyboard.type("baseline")
    page.keyboard.press("Enter")
    page.get_by_role("tooltip").get_by_role("button", name="Move it").click(timeout=PATIENCE)
    expect(newest.locator(".tag", has_text="baseline")).to_be_visible(timeout=PATIENCE)
    expect(oldest.locator(".tag", has_text="baseline")).to_have_count(0)
    newest.get_by_role("button", name="Take the tag “baseline” away").click()
    expect(newest.locator(".tag", has_text="baseline")).to_have_count(0, timeout=PATIENCE)


def test_two_versions_are_chosen_and_compared(visit: Visit, gallery: str) -> None:
    visitor = visit("wu", language="zh-CN")
    page = visitor.go(f"/projects/{gallery}/datasets/digits")
    expect(page.get_by_role("button", name="比较")).to_be_disabled()
    for place in (2, 1):
        page.locator(".versions input[type=checkbox]").nth(place).check()
    expect(page).to_have_url(re.compile("chosen=.*chosen="), timeout=PATIENCE)
    page.get_by_role("button", name="比较").click()
    expect(page.get_by_text("新增 20")).to_be_visible(timeout=PATIENCE)
    page.get_by_text("删除", exact=True).first.click()
    expect(page.locator(".rowchanges > li")).to_have_count(2, timeout=PATIENCE)
    expect(page).to_have_url(re.compile("only=removed"), timeout=PATIENCE)
    page.get_by_role("button", name="交换两侧").click()
    expect(page.get_by_text("删除 20")).to_be_visible(timeout=PATIENCE)


def test_versions_go_to_the_trash_and_come_back(visit: Visit, gallery: str) -> None:
    visitor = visit("ada")
    page = visitor.go(f"/projects/{gallery}/datasets/questions")
    page.get_by_role("button", name="Move to the trash").click()
    page.get_by_role("tooltip").get_by_role("button", name="Move to the trash").click()
    expect(page.get_by_role("heading", name="Datasets")).to_be_visible(timeout=PATIENCE)
    page.get_by_text("Trash", exact=True).click()
    line = page.get_by_role("listitem").filter(has_text="questions")
    line.get_by_role("button", name="Restore").click(timeout=PATIENCE)
    expect(line).to_have_count(0, timeout=PATIENCE)
    page.get_by_text("In use", exact=True).click()
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


def test_an_older_version_becomes_the_latest_and_is_shared(visit: Visit, gallery: str) -> None:
    visitor = visit("ada")
    with visitor.house.as_("ada") as http:
        http.post("/projects", {"name": "borrowed"})
    page = visitor.go(f"/projects/{gallery}/datasets/digits")
    page.get_by_role("button", name="What to do with").last.click()
    page.get_by_role("menuitem", name="Make it the latest").click()
    page.get_by_role("dialog").get_by_role("button", name="Make it the latest").click()
    oldest = page.locator(".versions > li", has_text="The first hundred")
    expect(oldest.get_by_text("latest", exact=True)).to_be_visible(timeout=PATIENCE)
    oldest.get_by_role("link").first.click()
    page.get_by_role("button", name="Use it elsewhere").click(timeout=PATIENCE)
    expect(page.get_by_role("dialog").get_by_text("swcli dataset head")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog", name="Share")
    dialog.get_by_label("Project").click(timeout=PATIENCE)
    page.keyboard.type("borrowed")
    page.locator(".ant-select-item-option[title=borrowed]").click(timeout=PATIENCE)
    dialog.get_by_role("button", name="Share").click()
    dialog.get_by_role("link", name="Look at it there").click(timeout=PATIENCE)
    expect(page.get_by_role("link", name="borrowed")).to_be_visible(timeout=PATIENCE)
