"""Saved views: saved, renamed, made the default, hidden, deleted; and two who save the same one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.console.visiting import House, Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e


@pytest.fixture
def home(house: House, nights: str) -> Iterator[str]:
    """The page; views that were made are deleted afterwards."""
    yield f"/projects/{nights}/evaluations"
    with house.as_("ada") as http:
        for view in http.get(f"/projects/{nights}/views")["items"]:
            http.delete(f"/projects/{nights}/views/{view['id']}")


def _save_as(page: Any, say: Words, name: str) -> None:
    page.get_by_role("button", name=say("Save as a new view")).click()
    page.get_by_label(say("Name of the view")).fill(name)
    page.get_by_role("dialog").get_by_role("button", name=say("Save")).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"view=\d+"))


def _manage(page: Any, say: Words) -> Any:
    page.locator("button.view").click()
    page.get_by_role("menuitem", name=say("Manage views")).click()
    dialog = page.get_by_role("dialog", name=say("Manage views"))
    expect(dialog).to_be_visible()
    return dialog


def test_a_view_is_saved_shown_to_all_and_deleted(visit: Visit, say: Words, home: str) -> None:
    page = visit("ada", language=say.language).go(f"{home}?where=accuracy:range:0.9..&sort=-accuracy")
    _save_as(page, say, "The best")
    dialog = _manage(page, say)
    dialog.get_by_role("button", name=say("Make “{{name}}” the default", name="The best")).click()
    star = dialog.get_by_role("button", name=say("Make “{{name}}” the default", name="The best"))
    expect(star).to_have_attribute("aria-pressed", "true")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "false")
    expect(page.locator("button.view")).to_have_text("The best")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    dialog.get_by_role("button", name=say("Rename “{{name}}”", name="The best")).click()
    dialog.get_by_role("textbox").fill("The very best")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("The very best", exact=True)).to_be_visible()
    guest = visit("wu", language=say.language).go(home)
    expect(guest.locator("button.view")).to_have_text("The very best")
    expect(guest.get_by_role("button", name="accuracy ≥ 0.9", exact=True)).to_be_visible()
    guest.get_by_role("button", name=say("Remove the filter of {{title}}", title="accuracy")).click()
    expect(guest.locator("button.view")).to_contain_text(say("changed", of="evaluations"))
    expect(guest.get_by_role("button", name=say("Save"), exact=True)).to_have_count(0)
    hiding = _manage(guest, say)
    hiding.get_by_role("button", name=say("Hide “{{name}}”", name="The very best")).click()
    guest.keyboard.press("Escape")
    guest.locator("button.view").click()
    guest.get_by_role("menuitem", name=say("All evaluations")).click()
    expect(guest.locator("button.view")).to_have_text(say("All evaluations"))
    guest.locator("button.view").click()
    expect(guest.get_by_role("menuitem", name=re.compile("The very best"))).to_have_count(0)
    dialog.get_by_role("button", name=say("Delete “{{name}}”", name="The very best")).click()
    page.get_by_role("button", name=say("Delete"), exact=True).click()
    expect(dialog.get_by_text(say("Nobody has saved a view yet"))).to_be_visible()


def test_who_saves_over_another_is_told(visit: Visit, house: House, nights: str, home: str) -> None:
    say = Words("en-GB")
    page = visit("ada").go(f"{home}?sort=-accuracy")
    _save_as(page, say, "Mine")
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


def test_an_address_shows_the_same_whichever_view_comes_first_later(
    visit: Visit, house: House, nights: str, home: str
) -> None:
    page = visit("wu").go(home)
    page.locator(".grid .head [title='accuracy'] .title").click()
    expect(page).to_have_url(re.compile("sort="))
    address = page.url.removeprefix(house.url)
    with house.as_("ada") as http:
        views = f"/projects/{nights}/views"
        made = http.post(views, {"name": "Few", "content": {"grid": "search=by-hand"}})
        http.put(f"{views}/{made['id']}/default")
    page = visit("wu").go(address)
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "102")
    expect(page.locator("button.view")).to_contain_text("All evaluations")
