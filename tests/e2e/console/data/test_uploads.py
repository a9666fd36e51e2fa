"""A dataset is made of files, chosen in the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.e2e.console.visiting import PATIENCE, Visit, expect

pytestmark = pytest.mark.e2e


def test_files_become_a_dataset_and_what_is_left_out_is_told(
    visit: Visit, gallery: str, tmp_path: Path
) -> None:
    table = tmp_path / "fruit prices.jsonl"
    table.write_text('{"fruit": "apple", "price": 1.5}\nno row at all\n{"fruit": "pear", "price": 2}\n')
    visitor = visit("bob")
    page = visitor.go(f"/projects/{gallery}/datasets")
    page.get_by_role("button", name="Build from files").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible(timeout=PATIENCE)
    assert "build=files" in page.url
    dialog.get_by_role("button", name=re.compile("^Build$")).click()
    expect(dialog.get_by_text("Choose the files first.")).to_be_visible()
    dialog.locator("input[type=file]").first.set_input_files(table)
    expect(dialog.get_by_text("Files: 1")).to_be_visible()
    expect(dialog.get_by_label("Name of the dataset")).to_have_value("fruit-prices")
    dialog.get_by_label("Message").fill("From the market.")
    visitor.shoot("data-upload-en-light", whole=False)
    visitor.check_accessible()
    dialog.get_by_role("button", name=re.compile("^Build$")).click()
    expect(dialog.get_by_role("alert").filter(has_text="row 2")).to_be_visible(timeout=2 * PATIENCE)
    dialog.get_by_text("is left out, and reported").click()
    dialog.get_by_role("button", name=re.compile("^Build$")).click()
    expect(dialog.get_by_text("fruit-prices has a new version")).to_be_visible(timeout=2 * PATIENCE)
    expect(dialog.get_by_text("Rows left out: 1")).to_be_visible()
    visitor.shoot("data-uploaded-en-light", whole=False)
    visitor.check_accessible()
    dialog.get_by_role("link", name="Look at the version").click()
    expect(page.get_by_text("From the market.")).to_be_visible(timeout=PATIENCE)
    with visitor.house.as_("bob") as http:
        found = http.get(f"/projects/{gallery}/datasets/fruit-prices/versions/latest")
    assert (found["created_by"], found["meta"]["rows"]) == ("bob", 2)


def test_a_folder_of_images_is_added_to_in_chinese(visit: Visit, gallery: str, tmp_path: Path) -> None:
    from PIL import Image

    for place, name in enumerate(("猫/一.png", "猫/二.png", "dog/3.png")):
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (24, 24), (place * 80, 120, 200)).save(path)
    visitor = visit("ada", language="zh-CN", dark=True)
    page = visitor.go(f"/projects/{gallery}/datasets?build=files")
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").nth(1).set_input_files(tmp_path / "pets")
    expect(dialog.get_by_label("数据集名称")).to_have_value("pets")
    expect(dialog.get_by_text("文件：3 个")).to_be_visible()
    visitor.shoot("data-upload-zh-dark", whole=False)
    visitor.check_accessible()
    dialog.get_by_role("button", name="开始构建").click()
    expect(dialog.get_by_text("pets 有了新版本")).to_be_visible(timeout=2 * PATIENCE)
    with visitor.house.as_("ada") as http:
        rows = http.get(f"/projects/{gallery}/datasets/pets/versions/latest/rows")["items"]
    assert {each["key"]: each["values"]["label"] for each in rows} == {
        "dog/3.png": "dog",
        "猫/一.png": "猫",
        "猫/二.png": "猫",
    }


def test_a_folder_that_is_dropped_is_found_in_full(visit: Visit, gallery: str, tmp_path: Path) -> None:
    for at in range(3):
        place = tmp_path / "crates" / f"row{at}"
        place.mkdir(parents=True)
        (place / "apples.jsonl").write_text(f'{{"apples": {at}}}\n')
    page = visit("ada").go(f"/projects/{gallery}/datasets?build=files")
    dialog = page.get_by_role("dialog")
    box = dialog.locator(".picker").bounding_box()
    driver = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(tmp_path / "crates")], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 20}
        driver.send("Input.dispatchDragEvent", {"type": kind, "data": data, **at})
    expect(dialog.get_by_text("Files: 3")).to_be_visible()
    expect(dialog.get_by_label("Name of the dataset")).to_have_value("crates")
    dialog.get_by_role("button", name=re.compile("^Build$")).click()
    expect(dialog.get_by_text("crates has a new version")).to_be_visible(timeout=2 * PATIENCE)


def test_whoever_only_looks_is_not_asked_for_files(visit: Visit, gallery: str) -> None:
    for name in ("wu", ""):
        page = visit(name).go(f"/projects/{gallery}/datasets")
        expect(page.get_by_role("link", name="digits")).to_be_visible()
        expect(page.get_by_role("button", name="Build from files")).to_have_count(0)
