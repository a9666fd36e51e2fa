"""The grid of all evaluations: filtered, sorted, its columns moved about, all of it kept in its address."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.e2e.console.evaluations.filling import MODELS, job_id, metrics
from tests.e2e.console.visiting import Visit, expect

pytestmark = pytest.mark.e2e

BEST = sorted(range(100), key=lambda number: -metrics(number, 50)["accuracy"])


def grid_of(page: Any) -> Any:
    return page.get_by_role("grid")


def expect_heads(page: Any, *titles: str) -> None:
    for place, title in enumerate(titles):
        expect(page.locator(".grid .head .words").nth(place)).to_have_text(title)


def column_menu(page: Any, title: str, item: str) -> None:
    page.locator(f".grid .head [title='{title}']").hover()
    page.get_by_role("button", name=f"What to do with the column {title}", exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def test_evaluations_are_filtered_and_sorted(visit: Visit, nights: str) -> None:
    page = visit("ada").go(f"/projects/{nights}/evaluations")
    expect(grid_of(page)).to_have_attribute("aria-rowcount", "102")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("Choose a column").fill("accuracy")
    page.keyboard.press("Enter")
    page.get_by_label("From").fill("0.9")
    page.get_by_role("button", name="Apply").click()
    good = sum(metrics(number, 50)["accuracy"] >= 0.9 for number in range(100))
    expect(grid_of(page)).to_have_attribute("aria-rowcount", str(good + 1))
    expect(page.get_by_role("button", name="accuracy ≥ 0.9", exact=True)).to_be_visible()
    page.locator(".grid .head [title='accuracy'] .title").click()
    page.locator(".grid .head [title='accuracy'] .title").click()
    expect(page).to_have_url(re.compile("sort=-accuracy"))
    wanted = [job_id(number)[:12] for number in BEST[:5]]
    for place, job in enumerate(wanted):
        expect(page.locator(".grid .row .cell code").nth(place)).to_have_text(job)
    page.get_by_label("Search job, model, dataset or person").fill("CNN small")
    few = [number for number in BEST if metrics(number, 50)["accuracy"] >= 0.9 and number % 4 == 0]
    expect(grid_of(page)).to_have_attribute("aria-rowcount", str(len(few) + 1))
    page.reload()
    expect(grid_of(page)).to_have_attribute("aria-rowcount", str(len(few) + 1))
    expect(page.locator(".grid .row .cell code").first).to_have_text(job_id(few[0])[:12])
    assert MODELS[0] == "cnn-small"
    page.get_by_role("button", name="Remove the filter of accuracy").click()
    expect(grid_of(page)).to_have_attribute("aria-rowcount", "26")


def test_columns_are_moved_hidden_pinned_and_widened(visit: Visit, nights: str) -> None:
    page = visit("ada").go(f"/projects/{nights}/evaluations")
    expect_heads(page, "Evaluation", "Comment", "State", "Model")
    column_menu(page, "State", "Move left")
    expect_heads(page, "Evaluation", "State", "Comment")
    column_menu(page, "Comment", "Hide")
    column_menu(page, "Model", "Pin at the left")
    expect_heads(page, "Evaluation", "Model", "State")
    source = page.locator(".grid .head [title='Created'] .title").bounding_box()
    target = page.locator(".grid .head [title='State']").bounding_box()
    assert source
    assert target
    page.mouse.move(source["x"] + 20, source["y"] + 10)
    page.mouse.down()
    page.mouse.move(target["x"] + 60, target["y"] + 10, steps=4)
    page.mouse.move(target["x"] + 6, target["y"] + 10)
    expect(page.locator(".grid .mark")).to_be_visible()
    page.mouse.up()
    expect_heads(page, "Evaluation", "Model", "Created", "State")
    edge = page.locator(".grid .head [title='State'] .edge").bounding_box()
    assert edge
    page.mouse.move(edge["x"] + 4, edge["y"] + 10)
    page.mouse.down()
    page.mouse.move(edge["x"] + 64, edge["y"] + 10, steps=3)
    page.mouse.up()
    expect(page).to_have_url(re.compile("width=17"))
    wide = page.locator(".grid .head [title='State']").bounding_box()["width"]
    assert wide == pytest.approx(176, abs=3)
    page.reload()
    expect_heads(page, "Evaluation", "Model", "Created", "State")
    assert page.locator(".grid .head [title='State']").bounding_box()["width"] == wide


def test_the_grid_is_one_stop_and_obeys_the_keys(visit: Visit, nights: str) -> None:
    page = visit("ada").go(f"/projects/{nights}/evaluations")
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


def test_the_main_path_in_chinese(visit: Visit, nights: str) -> None:
    page = visit("ada", language="zh-CN").go(f"/projects/{nights}/evaluations")
    boxes = page.get_by_role("checkbox", name=re.compile("^选择第"))
    boxes.nth(0).click()
    boxes.nth(3).click(modifiers=["Shift"])
    expect(page.get_by_text("101 / 101，已选 4 项")).to_be_visible()
    page.get_by_role("button", name="对比", exact=True).click()
    expect(page.get_by_role("heading", name="评测对比")).to_be_visible()
    expect(page.get_by_role("gridcell", name=re.compile("^accuracy"))).to_be_visible()
    page.get_by_role("link", name="逐行对比").click()
    expect(page.get_by_role("grid", name="逐行对比")).to_be_visible()
    expect(page.get_by_text("200 行不同，0 行相同").first).to_be_visible()


def test_a_project_without_evaluations_says_how_to_begin(visit: Visit, nights: str) -> None:
    assert nights
    page = visit("ada").go("/projects/quiet/evaluations")
    expect(page.get_by_text("Nothing has been evaluated here yet")).to_be_visible()
