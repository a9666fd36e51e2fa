"""The board of an evaluation: shown, arranged, kept."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.e2e.console.boards.conftest import LONG, NIGHT
from tests.e2e.console.visiting import LOOKS, PATIENCE, Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS)
def test_a_board_is_seen_and_heard(
    visit: Visit, pixels: str, request: pytest.FixtureRequest, language: str, dark: bool, phone: bool
) -> None:
    visitor = visit("ada", language=language, dark=dark, phone=phone)
    page = visitor.go(f"/projects/{pixels}/evaluations/{NIGHT}?board=auto")
    expect(page.locator(".placed .canvas")).to_have_count(3, timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    # Pictures come when they come into sight.
    picture = page.locator(".placed .row img").first
    picture.scroll_into_view_if_needed(timeout=PATIENCE)
    expect(picture).to_have_js_property("naturalWidth", 28, timeout=PATIENCE)
    visitor.shoot(f"boards-board-{request.node.callspec.id}")
    if not phone:
        visitor.check_accessible()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en-GB",
            {
                "arrange": "Arrange",
                "add": "Add a panel",
                "kind": "Kind",
                "histogram": "Histogram",
                "table": "Table",
                "column": "Column",
                "size": "Size of Mine",
                "move": "Move Mine",
                "keep": "Save as new",
                "name": "Name",
                "save": "Save",
                "title": "Title",
                "filter": "Filter",
                "choose": "Choose a column",
                "from": "From",
                "apply": "Apply",
            },
        ),
        (
            "zh-CN",
            {
                "arrange": "编排",
                "add": "添加面板",
                "kind": "类型",
                "histogram": "直方图",
                "table": "表",
                "column": "列",
                "size": "“Mine”的大小",
                "move": "移动“Mine”",
                "keep": "另存为",
                "name": "名称",
                "save": "保存",
                "title": "标题",
                "filter": "筛选",
                "choose": "选择列",
                "from": "从",
                "apply": "应用",
            },
        ),
    ],
    ids=["en", "zh"],
)
def test_a_board_is_arranged_and_kept_for_all_evaluations(  # noqa: PLR0915 - one way through, step by step
    visit: Visit, pixels: str, language: str, words: dict[str, str]
) -> None:
    visitor = visit("bob", language=language, dark=language == "zh-CN")
    page = visitor.go(f"/projects/{pixels}/evaluations/{LONG}?board=auto")
    page.get_by_role("button", name=words["arrange"]).click()
    page.get_by_role("button", name=words["keep"]).hover()
    visitor.shoot(f"boards-arranging-over-{language}", whole=False)
    visitor.check_accessible()
    page.get_by_role("button", name=words["add"]).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(words["kind"], exact=True).click()
    page.locator(".ant-select-item-option", has_text=words["histogram"]).click()
    dialog.get_by_label(words["title"], exact=True).fill("Mine")
    dialog.get_by_label(words["table"], exact=True).click()
    page.locator(".ant-select-item-option[title='steps']").click()
    dialog.get_by_label(words["column"], exact=True).click()
    page.locator(".ant-select-item-option", has_text="loss").click()
    _narrow(page, words)
    expect(dialog.locator(".canvas")).to_be_visible(timeout=PATIENCE)
    visitor.shoot(f"boards-editor-{language}", whole=False)
    dialog.get_by_role("button", name=words["add"]).click()
    size = page.get_by_role("button", name=words["size"])
    size.focus()
    page.keyboard.press("ArrowRight")
    expect(
        page.get_by_role("button", name=re.compile(f"{words['size']}.*7.*12|{words['size']}.*12.*7"))
    ).to_be_focused()
    mine = page.locator(".placed", has_text="Mine")
    assert "--wide: 7" in mine.get_attribute("style")
    page.get_by_role("button", name=words["move"]).focus()
    page.keyboard.press("Space")
    expect(page.locator(".placed.dragged")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    expect(page.locator("[id^=DndLiveRegion]")).to_contain_text(re.compile(r"2\D+3"))
    page.keyboard.press("Space")
    expect(page.locator(".placed h2").last).not_to_have_text("Mine")
    visitor.shoot(f"boards-arranging-{language}")
    visitor.check_accessible()
    page.get_by_role("button", name=words["keep"]).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(words["name"], exact=True).fill(f"Ours, {language}")
    dialog.get_by_role("button", name=words["save"]).click()
    expect(page.locator(".board-choice")).to_contain_text(f"Ours, {language}", timeout=PATIENCE)
    visitor.go(f"/projects/{pixels}/evaluations/{LONG}")
    expect(page.locator(".board-choice")).to_contain_text(f"Ours, {language}")
    expect(page.get_by_role("heading", name="Mine")).to_be_visible()
    expect(page.locator(".placed", has_text="Mine").locator(".conditions")).to_have_text("loss ≥ 1")
    page.get_by_role("button", name=re.compile(".*Mine$")).click()
    expect(page.locator(".placed", has_text="Mine").locator("tbody th, tbody td").first).to_have_text(
        re.compile(r"^1(\.0\d*)?$")
    )


def test_a_panel_is_drawn_to_another_place_and_size(visit: Visit, say: Words, pixels: str) -> None:
    visitor = visit("bob", language=say.language)
    page = visitor.go(f"/projects/{pixels}/evaluations/{LONG}?board=auto")
    page.get_by_role("button", name=say("Arrange"), exact=True).click()
    titles = page.locator(".placed h2")
    before = titles.all_inner_texts()
    assert len(before) > 1
    first, last = (page.locator(".placed .move").nth(place) for place in (0, -1))
    source, target = first.bounding_box(), page.locator(".placed").last.bounding_box()
    assert source
    assert target
    page.mouse.move(source["x"] + 8, source["y"] + 8)
    page.mouse.down()
    page.mouse.move(source["x"] + 30, source["y"] + 30, steps=3)
    expect(page.locator(".placed.dragged")).to_have_count(1)
    page.mouse.move(target["x"] + target["width"] / 2, target["y"] + target["height"] / 2, steps=8)
    visitor.shoot(f"boards-drawn-{say.language}", whole=False)
    page.mouse.up()
    expect(page.locator(".placed.dragged")).to_have_count(0)
    expect(titles).to_have_text([*before[1:], before[0]])
    expect(last).to_be_visible()
    moved = page.locator(".placed").last
    moved.locator(".size").scroll_into_view_if_needed()
    corner = moved.locator(".size").bounding_box()
    told = re.search(r"--high: (\d+)", moved.get_attribute("style"))
    assert told
    high = int(told[1])
    page.mouse.move(corner["x"] + 4, corner["y"] + 4)
    page.mouse.down()
    page.mouse.move(corner["x"] + 4, corner["y"] + 84, steps=4)
    page.mouse.up()
    expect(moved).to_have_attribute("style", re.compile(rf"--high: {high + 1}\b"))


def _narrow(page: Any, words: dict[str, str]) -> None:
    """Have the panel that is edited show only rows whose loss is at least 1."""
    dialog = page.get_by_role("dialog").first
    dialog.get_by_role("button", name=words["filter"], exact=True).click()
    page.get_by_label(words["choose"]).click()
    page.locator(".ant-select-dropdown:visible .ant-select-item-option", has_text="loss").click()
    page.get_by_label(words["from"], exact=True).fill("1")
    page.get_by_role("button", name=words["apply"]).click()
    expect(dialog.get_by_role("button", name="loss ≥ 1")).to_be_visible()


def test_a_board_that_somebody_else_has_changed_is_not_overwritten_unseen(visit: Visit, pixels: str) -> None:
    visitor = visit("ada")
    panels = f"/projects/{pixels}/panels"
    text = {"spec": {"kind": "text", "text": "**theirs**", "title": "Words"}, "width": 12, "height": 2}
    with visitor.house.as_("ada") as http:
        board = {"name": "Words only", "place": "evaluation", "content": {"panels": [text]}}
        number = http.post(panels, board)["id"]
    page = visitor.go(f"/projects/{pixels}/evaluations/{NIGHT}?board={number}")
    expect(page.locator(".markdown strong")).to_have_text("theirs", timeout=PATIENCE)
    page.get_by_role("button", name="Arrange").click()
    page.get_by_role("button", name="Duplicate: Words").click()
    expect(page.locator(".placed")).to_have_count(2)
    with visitor.house.as_("bob") as http:
        http.patch(f"{panels}/{number}", {"content": {"panels": [text, text, text]}})
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("bob has changed this meanwhile")).to_be_visible(timeout=PATIENCE)
    visitor.check_accessible()
    page.get_by_role("button", name="Save mine over theirs").click()
    expect(page.get_by_role("button", name="Arrange")).to_be_visible(timeout=PATIENCE)
    with visitor.house.as_("ada") as http:
        assert len(http.get(f"{panels}/{number}")["content"]["panels"]) == 2
        http.delete(f"{panels}/{number}")


def test_a_board_is_renamed_made_the_default_and_deleted(visit: Visit, say: Words, pixels: str) -> None:
    visitor = visit("ada", language=say.language)
    panels = f"/projects/{pixels}/panels"
    text = {"spec": {"kind": "text", "text": "**here**", "title": "Words"}, "width": 12, "height": 2}
    with visitor.house.as_("ada") as http:
        before = [each["id"] for each in http.get(panels)["items"] if each["preferred"]]
        board = {"name": "Once", "place": "evaluation", "content": {"panels": [text]}}
        number = http.post(panels, board)["id"]
    page = visitor.go(f"/projects/{pixels}/evaluations/{NIGHT}?board={number}")
    page.get_by_role("button", name=say("Manage boards")).click()
    dialog = page.get_by_role("dialog", name=say("Manage boards"))
    dialog.get_by_role("button", name=say("Rename “{{name}}”", name="Once")).click()
    dialog.get_by_role("textbox", name=say("Name", of="panels")).fill("Twice")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Twice", exact=True)).to_be_visible(timeout=PATIENCE)
    dialog.get_by_role("button", name=say("Make “{{name}}” the default", name="Twice")).click()
    expect(page.locator(".board-choice")).to_contain_text(
        say("{{name}} (default)", name="Twice"), timeout=PATIENCE
    )
    star = dialog.get_by_role("button", name=say("Make “{{name}}” the default", name="Twice"))
    star.click()
    expect(page.locator(".board-choice")).to_have_text("Twice", timeout=PATIENCE)
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true", timeout=PATIENCE)
    visitor.shoot("boards-manage", whole=False)
    visitor.check_accessible()
    with visitor.house.as_("ada") as http:
        kept = http.get(f"{panels}/{number}")
        assert (kept["name"], kept["preferred"]) == ("Twice", True)
        assert len(kept["content"]["panels"]) == 1
        # Somebody else is quicker: nobody overwrites a name that he has not seen.
        http.patch(f"{panels}/{number}", {"name": "Thrice"})
    dialog.get_by_role("button", name=say("Rename “{{name}}”", name="Twice")).click()
    dialog.get_by_role("textbox", name=say("Name", of="panels")).fill("Mine")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_be_visible(timeout=PATIENCE)
    expect(dialog.get_by_text("Thrice", exact=True)).to_be_visible(timeout=PATIENCE)
    dialog.get_by_role("button", name=say("Delete “{{name}}”", name="Thrice")).click()
    page.get_by_role("button", name=say("Delete"), exact=True).click()
    expect(page.locator(".board-choice")).to_contain_text(say("Made of what was logged"), timeout=PATIENCE)
    with visitor.house.as_("ada") as http:
        assert number not in [each["id"] for each in http.get(panels)["items"]]
        for each in before:
            http.put(f"{panels}/{each}/default", {})


def test_whoever_may_only_look_arranges_nothing(visit: Visit, pixels: str) -> None:
    visitor = visit("wu")
    page = visitor.go(f"/projects/{pixels}/evaluations/{NIGHT}?board=auto")
    expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Arrange")).to_have_count(0)
    page.get_by_role("button", name="Show as a table: Confusion matrix").click()
    # Of the digits of MNIST, or of the stripes that stand for them.
    expect(page.get_by_role("cell", name=re.compile("^(55|40)$")).first).to_be_visible()
    visitor.go(f"/projects/{pixels}/reports")
    expect(page.get_by_role("button", name="New report")).to_have_count(0)


def test_how_a_panel_is_shown_stands_in_the_address(visit: Visit, pixels: str) -> None:
    visitor = visit("wu")
    page = visitor.go(f"/projects/{pixels}/evaluations/{NIGHT}?board=auto")
    page.get_by_role("button", name="Show as a table: Confusion matrix").click()
    grid = page.get_by_role("grid", name="results")
    head = grid.locator(".head [title='certainty']")
    key = grid.locator("[data-row='0'] .cell").first
    expect(key).to_have_text("0", timeout=PATIENCE)
    for way in ("ascending", "descending"):
        head.locator(".title").click()
        expect(head).to_have_attribute("aria-sort", way)
    with visitor.house.as_("wu") as http:
        question = {
            "tables": [f"evaluation/{NIGHT}/results"],
            "order": [{"column": "certainty", "descending": True}],
            "size": 1,
        }
        first = str(http.post(f"/projects/{pixels}/tables/query", question)["rows"][0]["id"])
    expect(key).to_have_text(first, timeout=PATIENCE)
    expect(page).to_have_url(re.compile(r"\d\.as=table.*\d\.sort=-certainty"))
    page.reload()
    expect(page.get_by_role("button", name="Show as a chart: Confusion matrix")).to_be_visible()
    expect(head).to_have_attribute("aria-sort", "descending", timeout=PATIENCE)
    expect(key).to_have_text(first, timeout=PATIENCE)


def test_the_beginning_of_an_id_is_enough(visit: Visit, pixels: str, shipped: str) -> None:
    visitor = visit("wu")
    page = visitor.go(f"/projects/{pixels}/evaluations/{shipped[:12]}?board=auto")
    expect(page.get_by_role("link", name="Row by row")).to_have_attribute("href", re.compile(shipped))
    expect(page.get_by_text("waits", exact=True).first).to_be_visible(timeout=PATIENCE)
    # Nobody runs a job for what is logged by hand, and what people call it is shown whole.
    page = visitor.go(f"/projects/{pixels}/evaluations/{NIGHT[:12]}?board=auto")
    expect(page.get_by_role("heading", name=NIGHT)).to_be_visible()
    page.get_by_role("link", name="Row by row").click()
    grid = page.get_by_role("grid", name=f"Rows of {NIGHT}")
    expect(grid).to_have_attribute("aria-rowcount", re.compile("[0-9]{2,}"), timeout=PATIENCE)
    expect(grid.locator(".row img").first).to_be_visible(timeout=PATIENCE)
    grid.locator(".row .cell").first.dblclick()
    detail = page.get_by_role("region", name="Row 0", exact=True)
    expect(detail.locator("img").first).to_be_visible(timeout=PATIENCE)
    expect(detail.get_by_text("Base", exact=True)).to_have_count(0)
    visitor.shoot("boards-rows", whole=False)
    visitor.check_accessible()
    page = visitor.go(f"/projects/{pixels}/evaluations/nothing")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_a_board_comes_with_the_model(visit: Visit, pixels: str, shipped: str) -> None:
    visitor = visit("wu")
    page = visitor.go(f"/projects/{pixels}/evaluations/{shipped}?board=model")
    expect(page.locator(".board-choice")).to_contain_text("From the model")
    expect(page.get_by_role("heading", name="How long each waits")).to_be_visible()
    expect(page.locator(".placed .canvas")).to_have_count(1, timeout=PATIENCE)
    expect(page.locator(".markdown strong")).to_have_text("along")
    visitor.shoot("boards-shipped")
    visitor.check_accessible()
