"""Evaluations side by side: by their metrics, and by their rows."""

from __future__ import annotations

import re

import pytest
from tests.e2e.console.evaluations.filling import digits, job_id, metrics
from tests.e2e.console.visiting import Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e

FOUR = ",".join(job_id(number)[:12] for number in range(4))


def test_metrics_are_compared_with_a_base(visit: Visit, say: Words, nights: str) -> None:
    page = visit("ada", language=say.language).go(f"/projects/{nights}/evaluations/compare?jobs={FOUR}")
    line = page.locator(".grid .row", has=page.locator("[title=accuracy]"))
    found = [metrics(number, 50)["accuracy"] for number in range(4)]
    verdicts = ["better" if value > found[0] else "worse" for value in found[1:]]
    expect(line.locator(".compared").nth(1)).to_have_class(f"compared {verdicts[0]}")
    expect(line.locator(".best")).to_have_count(1)
    expect(line.locator(".compared").nth(2)).to_contain_text(
        f"{found[2] - found[0]:+.4f}"[:6].replace("-", "−")
    )
    line.get_by_role("button", name=re.compile(say("more is better"))).click()
    expect(page).to_have_url(re.compile("better=-accuracy"))
    turned = {"better": "worse", "worse": "better"}[verdicts[0]]
    expect(line.locator(".compared").nth(1)).to_have_class(f"compared {turned}")
    all_lines = int(page.get_by_role("grid").get_attribute("aria-rowcount"))
    page.get_by_role("switch", name=say("Only what differs")).click()
    expect(page).to_have_url(re.compile("different=1"))
    expect(page.locator(".grid .row [title=samples]")).to_have_count(0)
    assert int(page.get_by_role("grid").get_attribute("aria-rowcount")) < all_lines
    head = page.locator(f".grid .head [data-key='{job_id(3)[:12]}']")
    width = head.bounding_box()["width"]
    page.get_by_role("grid").focus()
    for key in ("Control+Home", "ArrowUp", "End", "Shift+ArrowRight", "Alt+ArrowLeft"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile(r"compare\.width=.*compare\.order=|compare\.order=.*compare\.width="))
    page.reload()
    expect(page.get_by_role("switch", name=say("Only what differs"))).to_be_checked()
    expect(page.locator(".grid .head .cell").nth(3)).to_have_attribute("data-key", job_id(3)[:12])
    assert head.bounding_box()["width"] > width
    page.locator(".grid .head .cell").nth(2).hover()
    page.locator(".grid .head .cell").nth(2).get_by_role("button").click()
    page.get_by_role("menuitem", name=say("Make it the base")).click()
    expect(page).to_have_url(re.compile(f"base={job_id(1)[:12]}"))
    expect(page.locator(".grid .head .cell").nth(1)).to_contain_text(job_id(1)[:12])


def test_rows_tell_whether_a_difference_is_more_than_chance(visit: Visit, say: Words, nights: str) -> None:
    jobs = f"{job_id(0)[:12]},{job_id(3)[:12]}"
    page = visit("ada", language=say.language).go(f"/projects/{nights}/evaluations/compare?jobs={jobs}")
    page.get_by_role("button", name=say("Reckon")).click()
    line = page.locator("tr", has=page.get_by_role("cell", name="correct", exact=True))
    right = [[row["correct"] for _, row in digits(number, 200)] for number in (0, 3)]
    first, second = (sum(each) / 200 for each in right)
    expect(line).to_contain_text(f"{first:g} → {second:g}")
    page.reload()  # the address says that it was asked for
    expect(line.get_by_text(say("clear" if second - first > 0.08 else "may be chance"))).to_be_visible()


def test_a_hundred_evaluations_are_compared_at_once(visit: Visit, nights: str) -> None:
    jobs = ",".join(job_id(number)[:12] for number in range(100))
    page = visit("ada").go(f"/projects/{nights}/evaluations/compare?jobs={jobs}")
    grid = page.get_by_role("grid")
    expect(grid).to_have_attribute("aria-colcount", "101")
    assert int(grid.get_attribute("aria-rowcount")) > 50
    assert page.locator(".grid [role=gridcell]").count() < 600
    grid.focus()
    page.keyboard.press("Control+End")
    expect(page.locator(".grid .head .cell").last).to_have_attribute("data-key", job_id(99)[:12])
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


def test_rows_are_compared_in_split_and_full_screen(visit: Visit, say: Words, nights: str) -> None:
    jobs = ",".join(job_id(number)[:12] for number in range(2))
    page = visit("ada", language=say.language).go(f"/projects/{nights}/evaluations/rows?jobs={jobs}")
    grid = page.get_by_role("grid", name=say("Compare rows"))
    expect(page.locator(".grid .row img").first).to_be_visible()
    page.get_by_label(say("Which rows")).click()
    page.get_by_title(say("One right, another wrong: {{name}}", name="correct"), exact=True).click()
    one, other = ([row["correct"] for _, row in digits(number, 200)] for number in range(2))
    differing = [key for key in range(200) if one[key] != other[key]]
    expect(grid).to_have_attribute("aria-rowcount", str(len(differing) + 1))
    expect(
        page.get_by_text(
            say(
                "{{different}} different, {{equal}} equal",
                different=len(differing),
                equal=200 - len(differing),
            )
        )
    ).to_be_visible()
    page.locator(".grid .row .rowkey").first.click()
    detail = page.get_by_role(
        "region", name=say("Row {{key}}", of="evaluations", key=differing[0]), exact=True
    )
    expect(detail.locator("td.differs").first).to_be_visible()
    detail.get_by_role("button", name=say("The next row")).click()
    detail = page.get_by_role(
        "region", name=say("Row {{key}}", of="evaluations", key=differing[1]), exact=True
    )
    detail.get_by_role("button", name=say("Full screen")).click()
    expect(page.locator(".row-detail.full")).to_be_visible()
    expect(page).to_have_url(re.compile(f"row={differing[1]}&full=1"))
    page.reload()
    expect(page.locator(".row-detail.full img").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".row-detail.full")).to_have_count(0)


def test_a_finger_opens_a_row(visit: Visit, say: Words, nights: str) -> None:
    visitor = visit("ada", language=say.language, phone=True)
    page = visitor.go(f"/projects/{nights}/evaluations/rows?jobs={job_id(0)[:12]}")
    page.get_by_role(
        "button", name=say("Show row {{key}} in full", of="evaluations", key=3), exact=True
    ).tap()
    detail = page.get_by_role("region", name=say("Row {{key}}", of="evaluations", key=3), exact=True)
    expect(detail).to_be_visible()
    expect(page).to_have_url(re.compile("row=3$"))


def test_whoever_chooses_too_many_is_told_so(visit: Visit, say: Words, nights: str) -> None:
    for number, told in ((10, 0), (11, 1)):
        picked = ",".join(job_id(each)[:12] for each in range(number))
        page = visit("ada", language=say.language).go(f"/projects/{nights}/evaluations?selected={picked}")
        rows = page.get_by_role("button", name=say("Compare rows"), exact=True)
        expect(rows).to_be_disabled() if told else expect(rows).to_be_enabled()
        why = say("Rows of at most {{most}} evaluations stand side by side.", most=10)
        expect(page.get_by_text(why)).to_have_count(told)
