"""Tables and pictures of reports: put in, seen again, published, taken along."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from tests.e2e.console.visiting import PATIENCE, Visit, Visitor, expect

pytestmark = pytest.mark.e2e

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
#: Hands a file to the text as somebody does who pastes it or drops it there.
HAND = """([kind, name, type, data]) => {
    const bytes = Uint8Array.from(atob(data), sign => sign.charCodeAt(0));
    const files = new DataTransfer();
    files.items.add(new File([bytes], name, {type}));
    const text = document.querySelector(".report-body .tiptap");
    const place = text.lastElementChild.getBoundingClientRect();
    const more = {bubbles: true, cancelable: true, clientX: place.left + 2, clientY: place.top + 2};
    const event = kind === "paste"
        ? new ClipboardEvent("paste", {...more, clipboardData: files})
        : new DragEvent("drop", {...more, dataTransfer: files});
    text.dispatchEvent(event);
    return event.defaultPrevented;
}"""

#: Keeps what is told for a moment, to be read without haste.
KEEP = """() => {
    const kept = document.createElement("output");
    kept.id = "kept";
    document.body.append(kept);
    const told = new Set();
    new MutationObserver(() => {
        const now = document.querySelector(".ant-message")?.textContent;
        if (!now || told.has(now)) return;
        told.add(now);
        kept.append(`${now}; `);
    }).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""


def _picture(width: int, height: int, form: str = "PNG", *, noise: bool = False) -> bytes:
    drawn = np.random.default_rng(3).integers(0, 256, (height, width, 3)) if noise else None
    pixels = np.full((height, width, 3), (40, 110, 200)) if drawn is None else drawn
    file = io.BytesIO()
    PIL.Image.fromarray(pixels.astype(np.uint8)).save(file, form)
    return file.getvalue()


def _hand(page: Any, kind: str, name: str, type_: str, data: bytes) -> None:
    assert page.evaluate(HAND, [kind, name, type_, b64encode(data).decode()]), "the browser would open it"


def _choose(page: Any, command: str, chosen: Path) -> None:
    """Call for a picture by a slash, and choose a file."""
    page.locator(".report-body .tiptap > p").last.click()
    page.keyboard.type(command)
    expect(page.get_by_role("option")).to_have_count(1)
    with page.expect_file_chooser() as waited:
        page.keyboard.press("Enter")
    waited.value.set_files(chosen)


def _begin(visitor: Visitor, project: str, name: str) -> Any:
    reports = f"/projects/{project}/reports"
    with visitor.house.as_("ada") as http:
        number = http.post(reports, {"name": name, "content": {"blocks": []}})["id"]
    page = visitor.go(f"{reports}/{number}")
    # A choice of files that nobody listens to is closed, and whoever listens only now may be too late.
    page.on("filechooser", lambda _: None)
    page.get_by_role("textbox", name=re.compile(r"Text of the report|报告正文")).click(timeout=PATIENCE)
    return page


def _kept(visitor: Visitor, project: str) -> list[dict[str, Any]]:
    expect(visitor.page.get_by_text(re.compile(r"^(Saved|已保存)$"))).to_be_visible(timeout=PATIENCE)
    with visitor.house.as_("ada") as http:
        number = visitor.page.url.rpartition("/")[2]
        return http.get(f"/projects/{project}/reports/{number}")["content"]["blocks"]


def _exported(page: Any, form: str, place: Path) -> str:
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waited:
        page.get_by_role("menuitem", name=form, exact=True).click()
    waited.value.save_as(place / form)
    return (place / form).read_text("utf-8")


def _published(visitor: Visitor, project: str) -> str:
    number = visitor.page.url.rpartition("/")[2]
    with visitor.house.as_("ada") as http:
        return "/reports/" + http.put(f"/projects/{project}/reports/{number}/link", {})["secret"]


def test_pictures_are_put_in_and_seen_again_everywhere(visit: Visit, pixels: str, tmp_path: Path) -> None:
    visitor = visit("ada")
    page = _begin(visitor, pixels, "With pictures")
    pictures = page.locator(".report-image img")
    _hand(page, "paste", "pasted.png", "image/png", _picture(60, 40))
    expect(pictures).to_have_count(1, timeout=PATIENCE)
    _hand(page, "drop", "dropped.webp", "image/webp", _picture(50, 50, "WEBP"))
    expect(pictures).to_have_count(2, timeout=PATIENCE)
    # Of a photograph only as much is kept as a page can show; a name may say what it likes.
    photograph = tmp_path / "photograph.png"
    photograph.write_bytes(_picture(2400, 1800, "JPEG", noise=True))
    _choose(page, "/picture", photograph)
    expect(pictures).to_have_count(3, timeout=PATIENCE)
    page.get_by_label("What the picture shows").first.fill("A blue sea")
    blocks = [each for each in _kept(visitor, pixels) if each["type"] == "image"]
    kinds = sorted(each["source"].partition(";")[0] for each in blocks)
    assert kinds == ["data:image/png", "data:image/webp", "data:image/webp"]
    assert "A blue sea" in [each["alt"] for each in blocks]
    page.reload()
    expect(pictures).to_have_count(3, timeout=PATIENCE)
    sizes = page.eval_on_selector_all(".report-image img", "all => all.map(each => each.naturalWidth)")
    assert sorted(sizes)[:2] == [50, 60]
    assert sorted(sizes)[2] in (1600, 1000)
    visitor.shoot("reports-pictures")
    visitor.check_accessible()
    assert _exported(page, "Markdown", tmp_path).count("](data:image/") == 3
    html = _exported(page, "HTML", tmp_path)
    assert html.count('src="data:image/') == 3
    assert 'alt="A blue sea"' in html
    stranger = visit()
    there = stranger.go(_published(visitor, pixels))
    shown = there.locator(".report-body > img")
    expect(shown).to_have_count(3, timeout=PATIENCE)
    assert all(there.eval_on_selector_all(".report-body > img", "all => all.map(each => each.naturalWidth)"))
    expect(there.get_by_role("img", name="A blue sea")).to_be_visible()


def test_what_is_no_picture_is_refused_in_one_sentence(visit: Visit, pixels: str, tmp_path: Path) -> None:
    visitor = visit("ada")
    page = _begin(visitor, pixels, "Without pictures")
    page.evaluate(KEEP)
    said = page.locator("#kept")
    for kind, name, type_, data, sentence in (
        ("paste", "evil.svg", "image/svg+xml", SVG, "“evil.svg” is no picture that a report can hold"),
        ("drop", "notes.txt", "text/plain", b"hello", "“notes.txt” is no picture that a report can hold"),
        ("drop", "text.png", "image/png", b"only text", "“text.png” cannot be read as a picture."),
        ("paste", "svg.png", "image/png", SVG, "“svg.png” cannot be read as a picture."),
        ("drop", "cut.png", "image/png", _picture(9, 9)[:30], "“cut.png” cannot be read as a picture."),
    ):
        _hand(page, kind, name, type_, data)
        expect(said).to_contain_text(sentence, timeout=PATIENCE)
    huge = tmp_path / "huge.png"
    huge.write_bytes(b"\x89PNG" + bytes(31_000_000))
    _choose(page, "/picture", huge)
    expect(said).to_contain_text("“huge.png” is too large for a report", timeout=PATIENCE)
    visitor.shoot("reports-picture-refused", whole=False)
    expect(page.locator(".report-body img:not(.ProseMirror-separator)")).to_have_count(0)
    page.keyboard.type("Nothing but text.")
    assert [each["type"] for each in _kept(visitor, pixels)] == ["prose"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en-GB",
            {
                "table": "/table",
                "below": "Insert a row below",
                "right": "Insert a column to the right",
                "drop row": "Delete the row",
                "drop column": "Delete the column",
                "header": "Header row",
                "bold": "Bold",
            },
        ),
        (
            "zh-CN",
            {
                "table": "/表格",
                "below": "在下方插入行",
                "right": "在右侧插入列",
                "drop row": "删除行",
                "drop column": "删除列",
                "header": "标题行",
                "bold": "加粗",
            },
        ),
    ],
    ids=["en", "zh"],
)
def test_a_table_is_written_and_taken_along(
    visit: Visit, pixels: str, tmp_path: Path, language: str, words: dict[str, str]
) -> None:
    visitor = visit("ada", language=language)
    page = _begin(visitor, pixels, f"With a table, {language}")
    page.keyboard.type(words["table"])
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    table = page.locator(".report-body table")
    expect(table.locator("th")).to_have_count(3)
    expect(table.locator("tr")).to_have_count(3)
    for text in ("set", "rows", "note", "mnist", "400", "a|b <i>", "fsdd", "60"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.type("/x")  # a slash is a slash within a cell
    expect(page.get_by_role("listbox")).to_have_count(0)
    page.keyboard.press("Tab")  # behind the last cell begins another row
    expect(table.locator("tr")).to_have_count(4)
    page.keyboard.type("gsm8k")
    page.get_by_role("button", name=words["right"]).click()
    expect(table.locator("th")).to_have_count(4)
    visitor.shoot(f"reports-table-{language}", whole=False)
    page.get_by_role("button", name=words["below"]).click()
    expect(table.locator("tr")).to_have_count(5)
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name=words["drop row"]).click()
    expect(table.locator("tr")).to_have_count(4)
    table.locator("th").nth(1).click()
    page.get_by_role("button", name=words["drop column"]).click()
    expect(table.locator("th")).to_have_count(3)
    visitor.check_accessible()
    page.get_by_role("button", name=words["header"]).click()
    expect(table.locator("th")).to_have_count(0)
    page.get_by_role("button", name=words["header"]).click()
    expect(table.locator("th")).to_have_count(3)
    (block,) = _kept(visitor, pixels)
    kept = next(node for node in block["nodes"] if node["type"] == "table")
    assert [len(row["content"]) for row in kept["content"]] == [3, 3, 3, 3]
    page.reload()
    expect(table.locator("th").first).to_have_text("set", timeout=PATIENCE)
    if language == "en-GB":
        _taken_along(visit, visitor, pixels, tmp_path)


def _taken_along(visit: Visit, visitor: Visitor, project: str, place: Path) -> None:
    page = visitor.page
    markdown = _exported(page, "Markdown", place)
    assert re.search(r"\| set \|.*\n\| --- \| --- \| --- \|\n\| mnist \|", markdown)
    assert r"a\|b \<i\>" in markdown
    html = _exported(page, "HTML", place)
    assert "<th><p>set</p></th>" in html
    assert "a|b &lt;i&gt;" in html
    stranger = visit()
    there = stranger.go(_published(visitor, project))
    expect(there.get_by_role("columnheader", name="set")).to_be_visible()
    expect(there.get_by_role("cell", name="a|b <i>")).to_be_visible()
    stranger.shoot("reports-table-shared")
    stranger.check_accessible()
    page.emulate_media(media="print")
    visitor.shoot("reports-table-paper")
