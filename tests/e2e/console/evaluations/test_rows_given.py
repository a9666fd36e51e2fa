"""Rows of evaluations beside the rows of the dataset that they were made of."""

from __future__ import annotations

import io
import re
from typing import Any

import PIL.Image
import PIL.ImageDraw
import pytest
from tests.e2e.console.evaluations.filling import Filling, job_id
from tests.e2e.console.publishing import publish, reached
from tests.e2e.console.visiting import LOOKS, PATIENCE, House, Visit, expect
from tests.e2e.console.words import Words

from starwhale import BoundingBox, Image, MIMEType
from starwhale.core.settings import Settings
from starwhale.jobs.plan import DatasetInput

pytestmark = pytest.mark.e2e

PROJECT, DATA = "reading", "reading-data"
FIRST, SECOND, LATER = 4000, 4001, 4002
WORDS = "The answer is not in the question. " * 40


def jobs(*numbers: int) -> str:
    return ",".join(job_id(number)[:12] for number in numbers)


@pytest.fixture(scope="module")
def reading(house: House, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two evaluations of a dataset of another project, and one of its next version; wu may see no dataset."""
    with house.as_("ada") as http:
        http.post("/projects", {"name": PROJECT})
        http.post("/projects", {"name": DATA})
        http.put(f"/projects/{PROJECT}/members/wu", {"role": "GUEST"})
    with reached(house, "ada", tmp_path_factory.mktemp("reading")) as there:
        publish(there, DATA, "letters", {key: _letter(key) for key in range(60)})
        publish(there, DATA, "letters", {3: {"word": "another word"}})
    with house.as_("ada") as http:
        versions = [
            http.get(f"/projects/{DATA}/datasets/letters/versions/v{each}")["version"] for each in (0, 1)
        ]
    filling = Filling(Settings.at(house.data), PROJECT)
    for number in (FIRST, SECOND, LATER):
        version = versions[number == LATER]
        uri = f"local/project/{DATA}/dataset/letters/version/{version}"
        read = DatasetInput(uri=uri, project=DATA, name="letters", version=version)
        filling.add_jobs([number], read=read)
        filling.log_rows(number, ((f"{DATA}/letters_#@#_{key}", _said(key, number)) for key in range(60)))
    filling.close()
    return PROJECT


def _letter(key: int) -> dict[str, Any]:
    picture = PIL.Image.new("RGB", (160, 100), (235, 240, 250))
    draw = PIL.ImageDraw.Draw(picture)
    draw.ellipse((20 + key, 20, 80 + key, 80), fill=(40 + 3 * key, 90, 160))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return {
        "image": Image(file.getvalue(), mime_type=MIMEType.PNG),
        "where": BoundingBox(20 + key, 20, 60, 60),
        "word": f"word {key}",
        "story": WORDS * (20 if key == 5 else 1),
    }


def _said(key: int, number: int) -> dict[str, Any]:
    return {
        "_mode": "plain",
        "_index": key,
        "output": {"word": f"word {key if key % 7 else number}", "score": round(key * number % 97 / 97, 3)},
        "correct": key % 7 != 0,
        "duration_seconds": 0.1,
    }


def test_the_row_of_the_dataset_stands_beside_the_outputs(visit: Visit, say: Words, reading: str) -> None:
    page = visit("ada", language=say.language).go(
        f"/projects/{reading}/evaluations/rows?jobs={jobs(FIRST, SECOND)}"
    )
    grid = page.get_by_role("grid", name=say("Compare rows"))
    expect(grid.locator(".row img").first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name=re.compile(f"^{say('Columns', of='grid')}")).click()
    page.get_by_role("checkbox", name=say("{{name}} (dataset)", name="where")).check()
    page.keyboard.press("Escape")
    expect(grid.locator(".row").first).to_contain_text("bounding_box")
    page.reload()  # the address says which columns are shown
    expect(grid.locator(".row").first).to_contain_text("bounding_box", timeout=PATIENCE)
    expect(grid.locator(".row").first).to_contain_text("word 0")
    grid.locator(".row .cell").first.dblclick()
    given = page.get_by_role("region", name=say("What was read"))
    expect(given.locator("img").first).to_be_visible()
    expect(given).to_contain_text("word 0")
    link = given.get_by_role("link", name="letters")
    expect(link).to_have_attribute("href", re.compile(f"/projects/{DATA}/datasets/letters/versions/.*row=0"))
    page.get_by_role("button", name=say("Full screen")).click()
    expect(page.locator(".row-detail.full .given img").first).to_be_visible()
    expect(page.locator(".row-detail.full rect").first).to_be_attached()
    page.goto(page.url.replace("_0&", "_5&"))
    expect(given).to_contain_text(WORDS[:30], timeout=PATIENCE)
    with page.expect_navigation():
        given.get_by_role("link", name="letters").click()
    expect(page.locator(".rowvalues img").first).to_be_visible(timeout=PATIENCE)


def test_versions_that_differ_are_told_apart(visit: Visit, reading: str) -> None:
    address = f"/projects/{reading}/evaluations/rows?jobs={jobs(FIRST, LATER)}"
    page = visit("ada").go(f"{address}&row={DATA}/letters_%23@%23_3")
    given = page.get_by_role("region", name="What was read")
    expect(given).to_contain_text("word 3", timeout=PATIENCE)
    given.locator(".ant-segmented-item").nth(1).click()
    expect(given).to_contain_text("another word")
    # The address says which of them is shown, of this row and of the next.
    page.reload()
    expect(given).to_contain_text("another word", timeout=PATIENCE)
    page.get_by_role("button", name="The next row").click()
    expect(given).to_contain_text("word 30")
    expect(given.locator(".ant-segmented-item").nth(1)).to_have_class(re.compile("selected"))


@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS)
def test_whoever_may_not_see_the_dataset_is_told_so(
    visit: Visit, reading: str, request: pytest.FixtureRequest, language: str, dark: bool, phone: bool
) -> None:
    look = request.node.callspec.id
    address = f"/projects/{reading}/evaluations/rows?jobs={jobs(FIRST, SECOND)}&row={DATA}/letters_%23@%23_3"
    for name in ("ada", "wu"):
        visitor = visit(name, language=language, dark=dark, phone=phone)
        page = visitor.go(address)
        given = page.locator(".row-detail .given")
        expect(given.locator("img" if name == "ada" else ".ant-alert").first).to_be_visible(timeout=PATIENCE)
        if name == "wu":
            expect(given.get_by_role("alert")).to_contain_text(re.compile("may not look into|无权查看"))
            expect(given).not_to_contain_text("letters")
        visitor.shoot(f"evaluations-rows-given-{name}-{look}", whole=False)
        if not phone:
            visitor.check_accessible()
            visitor.check_copyable()
        page.goto(f"{page.url}&full=1")
        expect(page.locator(".row-detail.full .given")).to_be_visible(timeout=PATIENCE)
        expect(page.locator(".media-coming")).to_have_count(0, timeout=PATIENCE)
        visitor.shoot(f"evaluations-rows-given-full-{name}-{look}", whole=False)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0


def test_escape_closes_the_picture_and_then_the_row(visit: Visit, reading: str) -> None:
    address = f"/projects/{reading}/evaluations/rows?jobs={jobs(FIRST, SECOND)}"
    page = visit("ada").go(f"{address}&row={DATA}/letters_%23@%23_3&full=1")
    row = page.locator(".row-detail.full")
    row.locator(".given").get_by_role("button", name="Show in full").first.click(timeout=PATIENCE)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(row).to_be_visible()
    page.keyboard.press("Escape")
    expect(row).to_have_count(0)
    expect(page.locator(".row-detail")).to_be_visible()
