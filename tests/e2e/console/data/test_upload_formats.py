"""Files of every kind become a dataset in the page, and its rows are seen."""

from __future__ import annotations

import csv
import io
import json
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from tests.archives import tarred
from tests.e2e.console.visiting import PATIENCE, Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e
COUNTS = "Rows read and kept: {{read}}. Rows of the version: {{rows}}."
BOX = {"id": 1, "image_id": 5, "category_id": 2, "bbox": [2, 2, 8, 9]}
XML = """<annotation><filename>1.png</filename><object><name>cat</name><bndbox><xmin>1</xmin><ymin>1</ymin>
<xmax>9</xmax><ymax>8</ymax></bndbox></object></annotation>"""


def picture(shade: int) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (24, 24), (shade, 120, 200)).save(made, "PNG")
    return made.getvalue()


def sound() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\0\1" * 800)
    return made.getvalue()


def table() -> dict[str, bytes]:
    made = io.StringIO()
    csv.writer(made, delimiter=";").writerows([["名称", "price"], ["苹果", 1.5], ["梨", 2]])
    return {"prices.csv": made.getvalue().encode("gb18030")}


def parquet() -> dict[str, bytes]:
    made = io.BytesIO()
    pq.write_table(pa.table({"x": [1, 2, 3]}), made)
    return {"numbers.parquet": made.getvalue()}


def coco() -> dict[str, bytes]:
    images = [{"id": 5, "file_name": "1.png"}, {"id": 6, "file_name": "gone.png"}]
    document = {"images": images, "annotations": [BOX], "categories": [{"id": 2, "name": "cat"}]}
    return {"annotations/instances_val.json": json.dumps(document).encode(), "val/1.png": picture(9)}


def voc() -> dict[str, bytes]:
    return {"VOC2012/Annotations/1.xml": XML.encode(), "VOC2012/JPEGImages/1.png": picture(99)}


def shards() -> dict[str, bytes]:
    return {f"s-{n}.tar": tarred({f"{n}.png": picture(n), f"{n}.cls": b"7"}) for n in range(2)}


def chats() -> dict[str, bytes]:
    row = {"messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]}
    return {"chats.jsonl": json.dumps(row).encode()}


def packed() -> dict[str, bytes]:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.jsonl", '{"x": 1}\n{"x": 2}\n')
    return {"all.zip": made.getvalue()}


def exported() -> dict[str, bytes]:
    card = {"starwhale": 1, "kind": "jsonl", "files": ["data.jsonl"], "key": "id", "columns": [], "rows": 1}
    return {"starwhale.json": json.dumps(card).encode(), "data.jsonl": b'{"id": "seven", "x": 7}\n'}


# What is sent, what the page takes it for, the last line of the counts, and a row of what came of it.
Case = tuple[Callable[[], dict[str, bytes]], str, int, Any, dict[str, Any]]
KINDS: dict[str, Case] = {
    "table": (table, "Tables: CSV, TSV", 2, 1, {"名称": "梨", "price": 2}),
    "parquet": (parquet, "Parquet, Arrow, Feather", 3, 2, {"x": 3}),
    "images": (
        lambda: {"cat/1.png": picture(1), "cat/1.txt": b"a cat"},
        "Images in folders",
        1,
        "cat/1.png",
        {"label": "cat", "caption": "a cat"},
    ),
    "sounds": (lambda: {"yes/1.wav": sound()}, "Audio files in folders", 1, "yes/1.wav", {"label": "yes"}),
    "coco": (coco, "COCO: images and annotations", 1, 5, {"file_name": "1.png"}),
    "voc": (voc, "Pascal VOC: images and annotations", 1, "1", {}),
    "shards": (shards, "WebDataset: tar shards", 2, "1", {"cls": 7}),
    "chats": (chats, "JSON, JSON Lines", 1, 0, {}),
    "zip": (packed, "As the archive says", 2, 1, {"x": 2}),
    "export": (exported, "Export of a dataset", 1, "seven", {"x": 7}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_a_kind_are_seen_as_such_and_built(
    visit: Visit, say: Words, gallery: str, tmp_path: Path, kind: str
) -> None:
    make, seen, count, key, values = KINDS[kind]
    name = f"sent-{kind}-{say.language[:2]}"
    place = tmp_path / name
    for path, data in make().items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(data)
    visitor = visit("bob", language=say.language)
    page = visitor.go(f"/projects/{gallery}/datasets?build=files")
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").nth(1).set_input_files(place)
    asked = dialog.get_by_role("group", name=say("What the files are"))
    expect(asked.locator(".ant-select").first).to_have_text(say(seen))
    if kind == "table":
        _choose(page, asked, say("Between fields"), say("Semicolon"))
        _choose(page, asked, say("Encoding"), "GB18030")
    if kind == "chats":
        _choose(page, asked, say("What the files are"), say("Rows for fine-tuning: JSON, JSON Lines"))
        _choose(page, asked, say("Format of the rows"), "messages")
    if kind == "coco":
        dialog.get_by_text(say("is left out, and reported")).click()
        _choose(page, asked, say("Annotation files"), "annotations/instances_val.json")
        page.keyboard.press("Escape")
    visitor.shoot(f"data-upload-{kind}-{say.language}", whole=False)
    visitor.check_accessible()
    dialog.get_by_role("button", name=say("Build"), exact=True).click()
    expect(
        dialog.get_by_text(say("{{name}} has a new version: {{version}}", name=name, version=""))
    ).to_be_visible(timeout=2 * PATIENCE)
    expect(dialog.get_by_text(say(COUNTS, read=count, rows=count))).to_be_visible()
    if kind == "coco":
        expect(dialog.get_by_text("the image 'gone.png' is not there")).to_be_visible()
    dialog.get_by_role("link", name=say("Look at the version")).click()
    expect(page.get_by_role("grid").or_(page.get_by_role("table")).first).to_be_visible(timeout=PATIENCE)
    if kind == "coco":
        page.locator(".rowkey").first.click()
        expect(page.locator(".rowdrawer svg.media-over").get_by_text("cat")).to_be_attached(timeout=PATIENCE)
    with visitor.house.as_("bob") as http:
        found = http.get(f"/projects/{gallery}/datasets/{name}/versions/latest/rows")["items"]
    rows = {each["key"]: each["values"] for each in found}
    assert rows[key].items() >= values.items()


def _choose(page: Any, where: Any, label: str, option: str) -> None:
    where.get_by_label(label, exact=True).last.click()
    page.locator(".ant-select-dropdown:visible").get_by_title(option, exact=True).click()


def test_what_no_dataset_is_made_of_is_told_before_and_after(
    visit: Visit, gallery: str, tmp_path: Path
) -> None:
    place = tmp_path / "several"
    place.mkdir()
    (place / "a.csv").write_text("x\n1\n")
    (place / "b.parquet").write_bytes(b"PAR1 nothing")
    visitor = visit("bob", language="zh-CN", dark=True)
    page = visitor.go(f"/projects/{gallery}/datasets?build=files")
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").nth(1).set_input_files(place)
    expect(dialog.get_by_text("无法从文件名判断，请选择文件类型")).to_be_visible()
    dialog.get_by_role("button", name="开始构建").click()
    expect(dialog.get_by_text("请选择文件类型。")).to_be_visible()
    visitor.shoot("data-upload-several-zh-dark", whole=False)
    visitor.check_accessible()
    _choose(page, dialog, "文件类型", "Parquet、Arrow、Feather")
    dialog.get_by_role("button", name="开始构建").click()
    expect(dialog.get_by_role("alert").filter(has_text="'a.csv' is no file of parquet")).to_be_visible(
        timeout=2 * PATIENCE
    )
    visitor.shoot("data-upload-refused-zh-dark", whole=False)
