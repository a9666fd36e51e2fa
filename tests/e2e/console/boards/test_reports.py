"""Reports: written, kept, published, taken along; whatever they hold stays text."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.console.boards.conftest import NIGHT, ROWS
from tests.e2e.console.corpus import ATTACKS
from tests.e2e.console.visiting import LOOKS, PATIENCE, SHOTS, House, Visit, Visitor, expect, sync_api
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e

LEAVES_UNSAVED = """() => {
  const leaving = new Event("beforeunload", {cancelable: true});
  window.dispatchEvent(leaving);
  return leaving.defaultPrevented;
}"""

# As on a busy machine: what is to be told at once is told after what was drawn meanwhile.
LATE = """
  const later = window.setTimeout;
  window.setTimeout = (act, wait, ...given) => later(act, wait || 50, ...given);
"""

ENGLISH = {
    "make": "New report",
    "name": "Title",
    "create": "Create",
    "text": "Text of the report",
    "panel": "/panel",
    "kind": "Kind",
    "bars": "Bars",
    "job": "Evaluation",
    "table": "Table",
    "columns": "Columns",
    "add": "Add a panel",
    "saved": "Saved",
    "freeze": "Freeze: show these figures for good",
    "share": "Share",
    "publish": "Publish by link",
    "withdraw": "Withdraw",
    "gone": "This report is not published",
    "export": "Export",
    "filter": "Filter",
    "choose": "Choose a column",
    "key": "Key",
    "operand": "Text",
    "condition": "Key contains “3”",
    "apply": "Apply",
}
CHINESE = {
    "make": "新建报告",
    "name": "标题",
    "create": "创建",
    "text": "报告正文",
    "panel": "/面板",
    "kind": "类型",
    "bars": "柱状图",
    "job": "评测",
    "table": "表",
    "columns": "列",
    "add": "添加面板",
    "saved": "已保存",
    "freeze": "固定：始终显示当前数据",
    "share": "分享",
    "publish": "通过链接发布",
    "withdraw": "撤回",
    "gone": "此报告未发布",
    "export": "导出",
    "filter": "筛选",
    "choose": "选择列",
    "key": "键",
    "operand": "文本",
    "condition": "键 包含“3”",
    "apply": "应用",
}


def rows(table: str, **more: Any) -> dict[str, Any]:
    return {"type": "rows", "question": {"tables": [f"evaluation/{NIGHT}/{table}"], **more}}


def paragraph(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


def panel(title: str, kind: str, table: str, *asks: dict[str, Any], **spec: Any) -> dict[str, Any]:
    chart = {"spec": {"kind": kind, "table": table, "job": NIGHT, **spec}}
    return {"type": "panel", "title": title, "chart": chart, "asks": list(asks)}


@pytest.fixture(scope="session")
def night(house: House, pixels: str) -> str:
    """A report with text and panels; the address of its page."""
    blocks: list[dict[str, Any]] = [
        {
            "type": "prose",
            "nodes": [
                {
                    "type": "heading",
                    "attrs": {"level": 1},
                    "content": [{"type": "text", "text": "What came of it"}],
                },
                paragraph("The nearest centre reads most digits right; fours and nines it mixes up."),
            ],
        },
        panel(
            "",
            "matrix",
            "confusion_matrix/binarylabel",
            rows("confusion_matrix/binarylabel", size=1000),
            rows("labels", columns=["support", "TP-True Positive"], size=1000),
        ),
        panel("Rows", "table", "results", rows("results", columns=["image", "label", "answer"], size=20)),
        {"type": "text", "markdown": "| set | rows |\n|---|---:|\n| mnist | 400 |"},
    ]
    with house.as_("ada") as http:
        made = http.post(
            f"/projects/{pixels}/reports", {"name": "Night of the centres", "content": {"blocks": blocks}}
        )
    return f"/projects/{pixels}/reports/{made['id']}"


@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS)
def test_reports_are_seen_and_heard(
    visit: Visit,
    pixels: str,
    night: str,
    request: pytest.FixtureRequest,
    language: str,
    dark: bool,
    phone: bool,
) -> None:
    look = request.node.callspec.id
    for name, path, shot in (
        ("ada", f"/projects/{pixels}/reports", "list"),
        ("ada", night, "written"),
        ("wu", night, "read"),
    ):
        visitor = visit(name, language=language, dark=dark, phone=phone)
        page = visitor.go(path)
        if shot != "list":
            expect(page.locator(".report-panel .canvas")).to_have_count(1, timeout=PATIENCE)
            expect(page.locator(".report-panel [role=grid]")).to_have_count(1, timeout=PATIENCE)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        visitor.shoot(f"reports-{shot}-{look}")
        if not phone:
            visitor.check_accessible()
            visitor.check_copyable()


def test_a_project_without_reports_says_what_they_are(visit: Visit) -> None:
    visitor = visit("ada")
    page = visitor.go("/projects/bare/reports")
    expect(page.get_by_text("No reports yet")).to_be_visible()
    visitor.shoot("reports-empty")
    visitor.check_accessible()


@pytest.mark.parametrize(("language", "words"), [("en-GB", ENGLISH), ("zh-CN", CHINESE)], ids=["en", "zh"])
def test_a_report_is_written_published_and_taken_back(  # noqa: PLR0915 - one way through, step by step
    visit: Visit, pixels: str, tmp_path: Path, language: str, words: dict[str, str]
) -> None:
    visitor = visit("bob", language=language)
    page = visitor.go(f"/projects/{pixels}/reports")
    page.get_by_role("button", name=words["make"]).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(words["name"]).fill(f"First, {language}")
    dialog.get_by_role("button", name=words["create"]).click()
    text = page.get_by_role("textbox", name=words["text"])
    text.click(timeout=PATIENCE)
    page.keyboard.type("/heading2")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.type("Which labels are hard")
    page.keyboard.press("Enter")
    page.keyboard.type("It is **told** below.")
    page.keyboard.press("Enter")
    page.keyboard.type("/")
    expect(page.get_by_role("listbox")).to_be_visible()
    visitor.shoot(f"reports-slash-{language}", whole=False)
    # Whoever reads by ear is told which of them is meant.
    for number in (1, 2):
        meant = page.get_by_role("option").nth(number - 1)
        expect(meant).to_have_attribute("aria-selected", "true")
        expect(text).to_have_attribute("aria-activedescendant", meant.get_attribute("id"))
        page.keyboard.press("ArrowDown")
    page.keyboard.type(words["panel"][1:])
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(words["job"], exact=True).click(timeout=PATIENCE)
    dialog.get_by_label(words["job"], exact=True).fill(NIGHT[:4].upper())
    expect(page.locator(".ant-select-item-option-content")).to_have_text([NIGHT])
    # One list is gone before the next one is asked for: a click while it fades away goes nowhere.
    listed = page.locator(".ant-select-dropdown:visible")
    page.locator(".ant-select-item-option", has_text=NIGHT).click()
    expect(listed).to_have_count(0)
    # Tables and columns come a moment after what they belong to, and a list that is open then is drawn anew.
    columns = dialog.get_by_label(words["columns"], exact=True)
    for _ in range(10):
        dialog.get_by_label(words["table"], exact=True).click(timeout=PATIENCE)
        with suppress(sync_api.TimeoutError):
            listed.locator(".ant-select-item-option[title='labels']").click(timeout=PATIENCE / 10)
            expect(listed).to_have_count(0)
            columns.wait_for(timeout=PATIENCE / 10)
            break
    for _ in range(10):
        columns.click(timeout=PATIENCE)
        with suppress(sync_api.TimeoutError):
            listed.locator(".ant-select-item-option", has_text="precision").click(timeout=PATIENCE / 10)
            break
    expect(dialog.locator(".canvas")).to_be_visible(timeout=PATIENCE)
    visitor.shoot(f"reports-panel-{language}", whole=False)
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name=words["filter"], exact=True).click()
    page.get_by_label(words["choose"]).click()
    page.locator(".ant-select-dropdown:visible .ant-select-item-option", has_text=words["key"]).click()
    page.get_by_label(words["operand"], exact=True).fill("3")
    page.get_by_role("button", name=words["apply"]).click()
    expect(dialog.locator(".canvas")).to_be_visible(timeout=PATIENCE)
    visitor.shoot(f"reports-panel-filtered-{language}", whole=False)
    dialog.get_by_role("button", name=words["add"]).click()
    expect(page.locator(".report-panel .canvas")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name=words["freeze"]).click()
    expect(page.locator(".report-panel .tag")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".report-panel .acts button")).to_have_count(2)  # to thaw it, and to take it out
    expect(page.get_by_text(words["saved"], exact=True)).to_be_visible(timeout=PATIENCE)
    with visitor.house.as_("bob") as http:
        content = http.get(f"/projects/{pixels}/reports/{page.url.rpartition('/')[2]}")["content"]
    assert [block["type"] for block in content["blocks"]] == ["prose", "panel", "prose"]
    assert content["blocks"][0]["nodes"][0] == {
        "type": "heading",
        "attrs": {"level": 2},
        "content": [{"type": "text", "text": "Which labels are hard"}],
    }
    assert content["blocks"][1]["asks"][0]["question"]["where"] == {
        "op": "contains",
        "column": "id",
        "value": "3",
    }
    rows = content["blocks"][1]["frozen"]["answers"][0]["rows"]
    assert [row["id"] for row in rows] == ["3"]
    _export(visitor, words, tmp_path)
    page.get_by_role("button", name=words["share"]).click()
    page.get_by_role("button", name=words["publish"]).click()
    link = page.locator(".ant-modal .command code")
    expect(link).to_be_visible(timeout=PATIENCE)
    path = link.inner_text().removeprefix(visitor.house.url)
    visitor.shoot(f"reports-share-{language}", whole=False)
    stranger = visit(language=language)
    there = stranger.go(path)
    expect(there.get_by_role("heading", name="Which labels are hard")).to_be_visible()
    expect(there.locator(".report-panel .canvas")).to_be_visible(timeout=PATIENCE)
    expect(there.locator(".report-panel .conditions")).to_have_text(words["condition"])
    stranger.shoot(f"reports-shared-{language}")
    stranger.check_accessible()
    page.get_by_role("button", name=words["withdraw"]).click()
    expect(page.get_by_role("button", name=words["publish"])).to_be_visible(timeout=PATIENCE)
    stranger.go(path)
    expect(there.get_by_role("heading", name=words["gone"])).to_be_visible()


def test_a_writer_stays_where_answers_come_before_they_are_drawn(visit: Visit, pixels: str) -> None:
    visitor = visit("bob", own=True)
    visitor.page.add_init_script(LATE)
    page = visitor.go(f"/projects/{pixels}/reports")
    page.get_by_role("button", name=ENGLISH["make"]).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(ENGLISH["name"]).fill("Late")
    dialog.get_by_role("button", name=ENGLISH["create"]).click()
    text = page.get_by_role("textbox", name=ENGLISH["text"])
    text.click(timeout=PATIENCE)
    for word in ("First", "Second"):
        page.keyboard.type(word)
        expect(page.get_by_text(ENGLISH["saved"], exact=True)).to_have_count(0)
        expect(page.get_by_text(ENGLISH["saved"], exact=True)).to_be_visible(timeout=PATIENCE)
        expect(text).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("/panel")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text(ENGLISH["saved"], exact=True)).to_be_visible(timeout=PATIENCE)
    visitor.rest()
    expect(page.get_by_role("dialog")).to_be_visible()


def _export(visitor: Visitor, words: dict[str, str], place: Path) -> None:
    page = visitor.page
    found: dict[str, str] = {}
    for form in ("HTML", "Markdown"):
        page.get_by_role("button", name=words["export"]).click()
        with page.expect_download() as waited:
            page.get_by_role("menuitem", name=form, exact=True).click()
        waited.value.save_as(place / form)
        found[form] = (place / form).read_text("utf-8")
    assert "### Which labels are hard" in found["Markdown"]
    assert re.search(r"\| 3 \| [01](\.\d+)? \|", found["Markdown"])
    assert f"· {words['condition']}" in found["Markdown"]
    assert f"· {words['condition']}" in found["HTML"]
    assert "<strong>told</strong>" in found["HTML"]
    assert "data:image/png;base64," in found["HTML"]
    assert "<script" not in found["HTML"]


def test_a_long_table_is_whole_on_paper_and_taken_along_with_its_pictures(
    visit: Visit, pixels: str, say: Words, tmp_path: Path
) -> None:
    reports = f"/projects/{pixels}/reports"
    asked = rows("results", columns=["image", "label", "note"], size=50)
    long = panel("Long", "table", "results", asked, y=["image", "label", "note"])
    visitor = visit("ada", language=say.language, dark=say.language == "zh-CN")
    with visitor.house.as_("ada") as http:
        made = http.post(reports, {"name": f"Long, {say.language}", "content": {"blocks": [long]}})
        secret = http.put(f"{reports}/{made['id']}/link", {})["secret"]
    page = visitor.go(f"{reports}/{made['id']}")
    expect(page.locator(".report-panel [role=grid]")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".printed")).to_have_count(0)
    first = say("The first {{shown}} of {{total}}.", shown=50, total=ROWS)
    _is_whole(visitor, first, f"reports-printed-{say.language}")
    found: dict[str, str] = {}
    for form in ("HTML", "Markdown"):
        page.get_by_role("button", name=say("Export")).click()
        with page.expect_download() as waited:
            page.get_by_role("menuitem", name=form, exact=True).click()
        waited.value.save_as(tmp_path / form)
        found[form] = (tmp_path / form).read_text("utf-8")
        assert first in found[form]
        assert found[form].count("data:image/png;base64,") == 50
    assert re.search(
        r"^\| 0 \| !\[0\]\(data:image/png;base64,[\w+/=]+\) \| \d \|", found["Markdown"], re.MULTILINE
    )
    page.evaluate("""print = () => {
        const {appearance} = document.documentElement.dataset;
        document.body.dataset.onPaper = `${document.querySelectorAll(".printed tr").length} ${appearance}`;
    }""")
    for key in ("", "Control+p"):
        if key:
            page.keyboard.press(key)
        else:
            page.get_by_role("button", name=say("Export")).click()
            page.get_by_role("menuitem", name=say("PDF (print)")).click()
        expect(page.locator("body")).to_have_attribute("data-on-paper", "51 light", timeout=PATIENCE)
        page.evaluate("delete document.body.dataset.onPaper; dispatchEvent(new Event('afterprint'))")
        expect(page.locator(".printed")).to_have_count(0)
    stranger = visit(language=say.language)
    there = stranger.go(f"/reports/{secret}")
    expect(there.locator(".report-panel [role=grid]")).to_be_visible(timeout=PATIENCE)
    _is_whole(stranger, say("The first {{shown}} rows; there are more.", shown=50), "reports-printed-shared")


def _is_whole(visitor: Visitor, told: str, shot: str) -> None:
    """A table of 50 rows stands on paper with every row of it, and nothing cuts them."""
    page = visitor.page
    page.emulate_media(media="print")
    table = page.locator(".printed")
    expect(table.locator("tbody tr")).to_have_count(50)
    expect(table.locator("tbody tr").last).to_be_visible()
    expect(table.get_by_text(told)).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".report-panel [role=grid]")).to_be_hidden()
    expect(table.locator("img")).to_have_count(50)
    cut = """each => {
        const {bottom} = each.getBoundingClientRect();
        for (let box = each.parentElement; box !== document.body; box = box.parentElement)
            if (getComputedStyle(box).overflowY !== "visible" && box.getBoundingClientRect().bottom < bottom)
                return box.className;
        return "";
    }"""
    assert table.locator("tbody tr").last.evaluate(cut) == ""
    visitor.shoot(shot)
    page.emulate_media(media="screen")
    expect(table).to_have_count(0)
    page.emulate_media(media="null")
    printed = page.pdf(format="A4", path=SHOTS / f"{shot}.pdf")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 1


def test_whoever_reads_or_writes_a_report_sees_its_tables_as_the_address_says(
    visit: Visit, night: str
) -> None:
    page = visit("wu").go(night)
    head = page.get_by_role("grid").locator(".head [title='answer']")
    for way in ("ascending", "descending"):
        head.locator(".title").click(timeout=PATIENCE)
        expect(head).to_have_attribute("aria-sort", way)
    expect(page).to_have_url(re.compile(r"[?&]2\.sort=-answer"))
    said = page.url.rpartition("?")[2]
    for name in ("wu", "ada"):
        there = visit(name).go(f"{night}?{said}")
        grid = there.get_by_role("grid")
        sorted_by = grid.locator(".head [title='answer']")
        expect(sorted_by).to_have_attribute("aria-sort", "descending", timeout=PATIENCE)
        expect(grid.locator("[data-row='0'] .cell").last).to_have_text("9", timeout=PATIENCE)
        # Nothing of the report is changed by it, also where it is written.
        sorted_by.locator(".title").click()
        expect(sorted_by).to_have_attribute("aria-sort", "none")
        assert not there.evaluate(LEAVES_UNSAVED)


def test_live_panels_of_a_published_report_are_read_by_anybody(visit: Visit, night: str) -> None:
    visitor = visit()
    number = night.rpartition("/")[2]
    with visitor.house.as_("ada") as http:
        secret = http.put(f"/projects/pixels/reports/{number}/link", {})["secret"]
    page = visitor.go(f"/reports/{secret}")
    expect(page.locator(".report-panel .canvas")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("grid").get_by_role("row")).not_to_have_count(0)
    visitor.shoot("reports-shared-live")
    visitor.check_accessible()


def test_a_report_that_somebody_else_has_changed_is_not_overwritten_unseen(visit: Visit, pixels: str) -> None:
    visitor = visit("ada")
    reports = f"/projects/{pixels}/reports"
    with visitor.house.as_("ada") as http:
        blocks = [{"type": "prose", "nodes": [paragraph("As it was.")]}]
        number = http.post(reports, {"name": "Contested", "content": {"blocks": blocks}})["id"]
    page = visitor.go(f"{reports}/{number}")
    text = page.get_by_role("textbox", name="Text of the report")
    expect(text).to_contain_text("As it was.", timeout=PATIENCE)
    with visitor.house.as_("bob") as http:
        theirs = [{"type": "prose", "nodes": [paragraph("Theirs.")]}]
        http.patch(f"{reports}/{number}", {"content": {"blocks": theirs}})
    text.click()
    page.keyboard.type("Mine. ")
    expect(page.get_by_text("bob has changed this meanwhile")).to_be_visible(timeout=PATIENCE)
    visitor.check_accessible()
    visitor.shoot("reports-conflict")
    page.get_by_role("button", name="Discard mine").click()
    expect(text).to_contain_text("Theirs.", timeout=PATIENCE)
    text.click()
    page.keyboard.type("Again. ")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible(timeout=PATIENCE)
    with visitor.house.as_("ada") as http:
        assert "Again." in str(http.get(f"{reports}/{number}")["content"])


def test_no_text_of_a_report_becomes_more_than_text(visit: Visit, pixels: str, tmp_path: Path) -> None:
    reports = f"/projects/{pixels}/reports"
    attacks = panel(
        "<img src=x onerror=alert(1)>", "table", "results", rows("results", columns=["note"], size=50)
    )
    blocks = [
        {"type": "prose", "nodes": [paragraph(attack) for attack in ATTACKS]},
        *({"type": "text", "markdown": attack} for attack in ATTACKS),
        attacks,
    ]
    visitor = visit("ada")
    with visitor.house.as_("ada") as http:
        name = "<img src=x onerror=alert(1)> & co"
        number = http.post(reports, {"name": name, "content": {"blocks": blocks}})["id"]
        secret = http.put(f"{reports}/{number}/link", {})["secret"]
    for who, path in (
        ("ada", f"{reports}/{number}"),
        ("wu", f"{reports}/{number}"),
        ("", f"/reports/{secret}"),
    ):
        visitor = visit(who)
        page = visitor.go(path)
        expect(page.locator(".report-panel [role=grid]")).to_be_visible(timeout=PATIENCE)
        shown = page.locator(".report-body")
        expect(shown).to_contain_text("<script>alert(1)</script>")
        for tag in ("script", "iframe", "style", "link", "form", "base", "math", "body"):
            assert shown.locator(tag).count() == 0, tag
        assert shown.locator("img:not(.ProseMirror-separator)").count() == 0
        targets = page.eval_on_selector_all(".report-body a", "found => found.map(each => each.protocol)")
        assert set(targets) <= {"http:", "https:", "mailto:"}
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waited:
        page.get_by_role("menuitem", name="HTML", exact=True).click()
    waited.value.save_as(tmp_path / "hostile.html")
    page.goto("about:blank")
    page.set_content((tmp_path / "hostile.html").read_text("utf-8"))
    for tag in ("script", "iframe", "img", "form", "svg", "base", "math"):
        assert page.locator(tag).count() == 0, tag
