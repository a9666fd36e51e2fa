"""Fields and choices that the address keeps: no letter is lost, and of two changes at once both hold."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.e2e.console.evaluations.filling import job_id
from tests.e2e.console.visiting import Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e

EN = Words("en-GB")
FIELDS = [
    pytest.param(
        "/projects/nights/evaluations", EN("Search job, model, dataset or person"), id="evaluations"
    ),
    pytest.param(
        f"/projects/nights/evaluations/compare?jobs={job_id(0)[:12]},{job_id(1)[:12]}",
        EN("Search metrics"),
        id="compared",
    ),
    pytest.param("/projects", EN("Search projects"), id="projects"),
    pytest.param("/projects/nights/jobs", EN("Search comment, handler, model or id"), id="jobs"),
    pytest.param("/projects/nights/datasets", EN("Search datasets"), id="datasets"),
]


def said(page: Any) -> list[str]:
    """What the address says behind its question mark, but for what the page began with."""
    told = parse_qs(urlsplit(page.url).query)
    return [value for name, values in told.items() if name not in {"jobs", "view"} for value in values]


@pytest.mark.usefixtures("nights")
@pytest.mark.parametrize(("path", "label"), FIELDS)
def test_letters_stay_where_they_are_typed(visit: Visit, path: str, label: str) -> None:
    page = visit("ada").go(path)
    field = page.get_by_label(label, exact=True)
    field.press_sequentially("mole")
    expect(page).to_have_url(re.compile("=mole"))
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    for letters in ("id", "dle "):
        field.press_sequentially(letters)
        expect(page).to_have_url(re.compile(f"=m{re.escape('iddle+' if letters != 'id' else 'id')}ole"))
        expect(field).to_be_focused()
    expect(field).to_have_value("middle ole")
    page.reload()
    expect(field).to_have_value("middle ole")


@pytest.mark.usefixtures("nights")
@pytest.mark.parametrize(("path", "label"), FIELDS)
def test_the_address_hears_of_chinese_once_it_is_composed(visit: Visit, path: str, label: str) -> None:
    visitor = visit("ada", own=True)
    visitor.page.clock.install()
    page = visitor.go(path)
    before = page.url
    field = page.get_by_label(label, exact=True)
    field.focus()
    keys = page.context.new_cdp_session(page)
    for text in ("n", "ni", "ni h", "ni hao"):
        keys.send(
            "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
        )
        page.clock.fast_forward(2000)
        expect(field).to_have_value(text)
        assert page.url == before
    keys.send("Input.insertText", {"text": "你好"})
    page.clock.fast_forward(2000)
    expect(field).to_have_value("你好")
    expect(field).to_be_focused()
    expect(page).not_to_have_url(before)
    assert said(page) == ["你好"]


def test_a_field_follows_the_way_back(visit: Visit) -> None:
    page = visit("admin", own=True).go("/admin/users")
    field = page.get_by_label(EN("Search users"))
    field.press_sequentially("ad")
    expect(page).to_have_url(re.compile(r"\?search=ad$"))
    page.get_by_role("navigation", name=EN("Administration")).get_by_role("link", name=EN("Users")).click()
    expect(field).to_have_value("")
    page.clock.install()
    page.clock.fast_forward(2000)
    expect(page).to_have_url(re.compile("/admin/users$"))
    page.go_back()
    expect(field).to_have_value("ad")
    expect(page).to_have_url(re.compile(r"\?search=ad$"))


def test_two_are_selected_at_once(visit: Visit, nights: str) -> None:
    page = visit("ada").go(f"/projects/{nights}/evaluations")
    expect(page.locator(".grid [data-box]").nth(3)).to_be_visible()
    page.evaluate("[1, 3].forEach((place) => document.querySelectorAll('.grid [data-box]')[place].click())")
    expect(page.locator(".grid [data-box]:checked")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"selected=\w+(%2C|,)\w+"))
    page.reload()
    expect(page.locator(".grid [data-box]:checked")).to_have_count(2)


def test_two_conditions_are_chosen_at_once(visit: Visit, nights: str) -> None:
    page = visit("ada").go(f"/projects/{nights}/jobs")
    expect(page.get_by_role("button", name=EN("Mine", of="jobs.filters"))).to_be_visible()
    page.evaluate(
        """(names) => {
          const buttons = [...document.querySelectorAll('.jobs-filters button')];
          for (const name of names) buttons.find((each) => each.innerText === name).click();
        }""",
        [EN("Mine", of="jobs.filters"), EN("Pinned", of="jobs.filters")],
    )
    expect(page).to_have_url(re.compile("owner=ada.*pinned=true"))
