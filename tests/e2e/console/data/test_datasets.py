"""Datasets: listed, tagged, removed, compared."""

from __future__ import annotations

import re
from typing import Any

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
            visitor.check_copyable()


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
    oldest = page.locator(".versions > li", has_text="The first hundred")
    oldest.get_by_role("button", name=say("What to do with {{version}}", version="")).click()
    page.get_by_role("menuitem", name=say("Make it the latest")).click()
    page.get_by_role("dialog").get_by_role("button", name=say("Make it the latest")).click()
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


def figure(panel: Any, title: str) -> Any:
    return panel.locator("dl.figures > div", has=panel.page.get_by_text(title, exact=True)).locator("dd")


def test_columns_are_described_by_figures_and_pictures(visit: Visit, say: Words, gallery: str) -> None:
    """Of 120 rows, 40 have been looked at, and have the scores 1, 1/2 … 1/40."""
    visitor = visit("wu", language=say.language)
    page = visitor.go(f"/projects/{gallery}/datasets/digits/versions/v2?tab=statistics")
    panels = page.locator(".columnstats > li")
    expect(panels).to_have_count(6, timeout=PATIENCE)
    told = {each.locator("h2").inner_text(): each.locator(".tag").inner_text() for each in panels.all()}
    assert told == {
        "image": "image",
        "label": "int",
        "source": "str",
        "ink": "float",
        "checked": "bool",
        "score": "float",
    }
    checked = panels.filter(has=page.get_by_role("heading", name="checked"))
    expect(figure(checked, say("Values", of="datasets"))).to_have_text("40")
    expect(figure(checked, say("Missing", of="datasets"))).to_have_text("80")
    expect(
        checked.get_by_role("img", name=say("{{share}} % of the rows have a value", share=33))
    ).to_be_visible()
    often = checked.get_by_role("table", name=say("How often each value occurs")).get_by_role("row")
    expect(often).to_have_count(2)
    expect(often.filter(has_text="true").locator(".figure")).to_have_text("20")
    score = panels.filter(has=page.get_by_role("heading", name="score"))
    expect(figure(score, say("Lowest", of="datasets"))).to_have_text("0.025")
    expect(figure(score, say("Highest", of="datasets"))).to_have_text("1")
    how = say("How {{name}} is spread, from {{low}} to {{high}}", name="score", low="0", high="1.0625")
    spread = score.get_by_role("img", name=how, exact=True)
    expect(spread).to_be_visible()
    counts = [
        int(each.split(":")[-1].split("：")[-1]) for each in spread.locator("title").all_text_contents()
    ]
    heights = spread.locator("rect.count").evaluate_all("all => all.map(each => each.height.baseVal.value)")
    assert sum(counts) == 40
    assert heights.index(max(heights)) == counts.index(max(counts)) == 0
    assert all((height > 0) == (count > 0) for height, count in zip(heights, counts, strict=True))


def test_what_is_known_of_a_version_stands_together(visit: Visit, say: Words, gallery: str) -> None:
    visitor = visit("wu", language=say.language)
    with visitor.house.as_("wu") as http:
        home = f"/projects/{gallery}/datasets/digits/versions"
        version, parent = (http.get(f"{home}/{each}")["version"] for each in ("v2", "v1"))
    page = visitor.go(f"/projects/{gallery}/datasets/digits/versions/v2?tab=about")
    facts = page.locator("dl.facts").first
    known = {
        say("Rows", of="datasets.rows"): "120",
        say("Columns", of="datasets.about"): "6",
        say("Version", of="datasets.about"): version,
        say("Made from", of="datasets.about"): parent[:12],
    }
    for title, value in known.items():
        term = facts.locator("dt", has_text=re.compile(f"^{title}$"))
        expect(term.locator("xpath=following-sibling::dd[1]")).to_contain_text(value, timeout=PATIENCE)
    facts.get_by_role("link", name=parent[:12]).click()
    expect(page).to_have_url(re.compile(parent))
