"""The grid of all evaluations: filtered, sorted, its columns moved about, all of it kept in its address."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.e2e.console.evaluations.filling import MODELS, job_id, metrics
from tests.e2e.console.visiting import Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e

COLUMNS = ("Evaluation", "Comment", "State", "Model", "Created")
BEST = sorted(range(100), key=lambda number: -metrics(number, 50)["accuracy"])


def grid_of(page: Any) -> Any:
    return page.get_by_role("grid")


def expect_heads(page: Any, *titles: str) -> None:
    for place, title in enumerate(titles):
        expect(page.locator(".grid .head .words").nth(place)).to_have_text(title)


def column_menu(page: Any, say: Words, title: str, item: str) -> None:
    page.locator(f".grid .head [title='{title}']").hover()
    page.get_by_role(
        "button", name=say("What to do with the column {{title}}", title=title), exact=True
    ).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def test_evaluations_are_filtered_and_sorted(visit: Visit, say: Words, nights: str) -> None:
    page = visit("ada", language=say.language).go(f"/projects/{nights}/evaluations")
    expect(grid_of(page)).to_have_attribute("aria-rowcount", "102")
    page.get_by_role("button", name=say("Filter"), exact=True).click()
    page.get_by_label(say("Choose a column")).fill("accuracy")
    page.keyboard.press("Enter")
    page.get_by_label(say("From", of="filtering")).fill("0.9")
    page.get_by_role("button", name=say("Apply")).click()
    good = sum(metrics(number, 50)["accuracy"] >= 0.9 for number in range(100))
    expect(grid_of(page)).to_have_attribute("aria-rowcount", str(good + 1))
    expect(page.get_by_role("button", name="accuracy ≥ 0.9", exact=True)).to_be_visible()
    page.locator(".grid .head [title='accuracy'] .title").click()
    page.locator(".grid .head [title='accuracy'] .title").click()
    expect(page).to_have_url(re.compile("sort=-accuracy"))
    wanted = [job_id(number)[:12] for number in BEST[:5]]
    for place, job in enumerate(wanted):
        expect(page.locator(".grid .row .cell code").nth(place)).to_have_text(job)
    page.get_by_label(say("Search job, model, dataset or person")).fill("CNN small")
    few = [number for number in BEST if metrics(number, 50)["accuracy"] >= 0.9 and number % 4 == 0]
    expect(grid_of(page)).to_have_attribute("aria-rowcount", str(len(few) + 1))
    page.reload()
    expect(grid_of(page)).to_have_attribute("aria-rowcount", str(len(few) + 1))
    expect(page.locator(".grid .row .cell code").first).to_have_text(job_id(few[0])[:12])
    assert MODELS[0] == "cnn-small"
    page.get_by_role("button", name=say("Remove the filter of {{title}}", title="accuracy")).click()
    expect(grid_of(page)).to_have_attribute("aria-rowcount", "26")


def test_columns_are_moved_hidden_pinned_and_widened(visit: Visit, say: Words, nights: str) -> None:
    page = visit("ada", language=say.language).go(f"/projects/{nights}/evaluations")
    job, comment, state, model, created = (say(each, of="evaluations.columns") for each in COLUMNS)
    expect_heads(page, job, comment, state, model)
    column_menu(page, say, state, say("Move left"))
    expect_heads(page, job, state, comment)
    column_menu(page, say, comment, say("Hide"))
    column_menu(page, say, model, say("Pin at the left"))
    expect_heads(page, job, model, state)
    source = page.locator(f".grid .head [title='{created}'] .title").bounding_box()
    target = page.locator(f".grid .head [title='{state}']").bounding_box()
    assert source
    assert target
    page.mouse.move(source["x"] + 20, source["y"] + 10)
    page.mouse.down()
    page.mouse.move(target["x"] + 60, target["y"] + 10, steps=4)
    page.mouse.move(target["x"] + 6, target["y"] + 10)
    expect(page.locator(".grid .mark")).to_be_visible()
    page.mouse.up()
    expect_heads(page, job, model, created, state)
    edge = page.locator(f".grid .head [title='{state}'] .edge").bounding_box()
    assert edge
    page.mouse.move(edge["x"] + 4, edge["y"] + 10)
    page.mouse.down()
    page.mouse.move(edge["x"] + 64, edge["y"] + 10, steps=3)
    page.mouse.up()
    expect(page).to_have_url(re.compile("width=17"))
    wide = page.locator(f".grid .head [title='{state}']").bounding_box()["width"]
    assert wide == pytest.approx(176, abs=3)
    page.reload()
    expect_heads(page, job, model, created, state)
    assert page.locator(f".grid .head [title='{state}']").bounding_box()["width"] == wide


def test_the_grid_is_one_stop_and_obeys_the_keys(visit: Visit, nights: str) -> None:
    visitor = visit("ada", permissions=["clipboard-read", "clipboard-write"])
    page = visitor.go(f"/projects/{nights}/evaluations")
    grid = grid_of(page)
    grid.focus()

    last = str(int(grid.get_attribute("aria-colcount")) - 2)
    for key, place in (
        ("ArrowDown", ["1", "0"]),
        ("ArrowRight", ["1", "1"]),
        ("Control+End", ["100", last]),
        ("Home", ["100", "0"]),
        ("Control+Home", ["0", "0"]),
        ("ArrowUp", ["head", "0"]),
        ("ArrowRight", ["head", "1"]),
    ):
        page.keyboard.press(key)
        expect(grid).to_have_attribute("aria-activedescendant", re.compile("-".join(["", *place]) + "$"))
    # A cell shows the beginning of an id; all of it is copied.
    whole = f"async () => await navigator.clipboard.readText() === '{job_id(0)}'"
    page.keyboard.press("Control+Home")
    page.keyboard.press("Control+C")
    page.wait_for_function(whole)
    page.evaluate("navigator.clipboard.writeText('')")
    page.locator(".grid .row").first.hover()
    page.get_by_role("button", name=f"Copy: {job_id(0)}").click()
    page.wait_for_function(whole)
    grid.focus()
    for key in ("Control+Home", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
    page.keyboard.press("Alt+ArrowRight")
    expect_heads(page, "Evaluation", "State", "Comment")
    page.keyboard.press("F2")
    expect(page.get_by_role("menuitem", name="Hide", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_text("101 of 101, 3 selected")).to_be_visible()
    expect(page.locator(".grid .row[aria-selected=true]")).to_have_count(3)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/evaluations/{job_id(2)}"))


def test_evaluations_are_chosen_and_compared(visit: Visit, say: Words, nights: str) -> None:
    page = visit("ada", language=say.language).go(f"/projects/{nights}/evaluations")
    boxes = page.get_by_role("checkbox", name=re.compile(say("Select row {{number}}", number=r"\d+")))
    boxes.nth(0).click()
    boxes.nth(3).click(modifiers=["Shift"])
    count = say("{{shown}} of {{total}}, {{selected}} selected", shown=101, total=101, selected=4)
    expect(page.get_by_text(count)).to_be_visible()
    page.get_by_role("button", name=say("Compare", of="evaluations"), exact=True).click()
    expect(page.get_by_role("heading", name=say("Compare evaluations"))).to_be_visible()
    expect(page.get_by_role("gridcell", name=re.compile("^accuracy"))).to_be_visible()
    page.get_by_role("link", name=say("Compare rows")).click()
    expect(page.get_by_role("grid", name=say("Compare rows"))).to_be_visible()
    against = say("{{different}} different, {{equal}} equal", different=200, equal=0)
    expect(page.get_by_text(against).first).to_be_visible()


def test_a_project_without_evaluations_says_how_to_begin(visit: Visit, nights: str) -> None:
    assert nights
    page = visit("ada").go("/projects/quiet/evaluations")
    expect(page.get_by_text("Nothing has been evaluated here yet")).to_be_visible()
