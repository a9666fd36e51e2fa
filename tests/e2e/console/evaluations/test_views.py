"""Saved views: saved, renamed, made the default, hidden, deleted; and two who save the same one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.console.visiting import House, Visit, expect

pytestmark = pytest.mark.e2e


@pytest.fixture
def home(house: House, nights: str) -> Iterator[str]:
    """The page; views that were made are deleted afterwards."""
    yield f"/projects/{nights}/evaluations"
    with house.as_("ada") as http:
        for view in http.get(f"/projects/{nights}/views")["items"]:
            http.delete(f"/projects/{nights}/views/{view['id']}")


def _save_as(page: Any, name: str) -> None:
    page.get_by_role("button", name="Save as a new view").click()
    page.get_by_label("Name of the view").fill(name)
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"view=\d+"))


def _manage(page: Any) -> Any:
    page.locator("button.view").click()
    page.get_by_role("menuitem", name="Manage views").click()
    dialog = page.get_by_role("dialog", name="Manage views")
    expect(dialog).to_be_visible()
    return dialog


def test_a_view_is_saved_shown_to_all_and_deleted(visit: Visit, home: str) -> None:
    page = visit("ada").go(f"{home}?where=accuracy:range:0.9..&sort=-accuracy")
    _save_as(page, "The best")
    dialog = _manage(page)
    dialog.get_by_role("button", name="Make “The best” the default").click()
    expect(dialog.get_by_role("button", name="Make “The best” the default")).to_be_disabled()
    dialog.get_by_role("button", name="Rename “The best”").click()
    dialog.get_by_role("textbox").fill("The very best")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("The very best", exact=True)).to_be_visible()
    guest = visit("wu").go(home)
    expect(guest.locator("button.view")).to_have_text("The very best")
    expect(guest.get_by_role("button", name="accuracy ≥ 0.9", exact=True)).to_be_visible()
    guest.get_by_role("button", name="Remove the filter of accuracy").click()
    expect(guest.locator("button.view")).to_contain_text("changed")
    expect(guest.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    hiding = _manage(guest)
    hiding.get_by_role("button", name="Hide “The very best”").click()
    guest.keyboard.press("Escape")
    guest.locator("button.view").click()
    guest.get_by_role("menuitem", name="All evaluations").click()
    expect(guest.locator("button.view")).to_have_text("All evaluations")
    guest.locator("button.view").click()
    expect(guest.get_by_role("menuitem", name=re.compile("The very best"))).to_have_count(0)
    dialog.get_by_role("button", name="Delete “The very best”").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog.get_by_text("Nobody has saved a view yet")).to_be_visible()


def test_who_saves_over_another_is_told(visit: Visit, house: House, nights: str, home: str) -> None:
    page = visit("ada").go(f"{home}?sort=-accuracy")
    _save_as(page, "Mine")
    number = int(re.findall(r"view=(\d+)", page.url)[0])
    with house.as_("bob") as http:
        path = f"/projects/{nights}/views/{number}"
        http.patch(path, {"content": {"grid": "search=bob"}})
    page.get_by_label("Search job, model, dataset or person").fill("ada")
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="Somebody else has changed this view")
    expect(dialog.get_by_text("bob has saved “Mine”")).to_be_visible()
    dialog.get_by_role("button", name="Save mine over it").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("button.view")).to_have_text("Mine")
    with house.as_("bob") as http:
        kept = http.get(path)["content"]["grid"]
    assert "search=ada" in kept
    assert "sort=-accuracy" in kept
