"""Projects: found, made, described, shared and removed."""

from __future__ import annotations

import pytest
from tests.e2e.console.corpus import MANY
from tests.e2e.console.visiting import PATIENCE, Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e


def test_many_projects_are_searched_sorted_and_read_on(visit: Visit, say: Words) -> None:
    visitor = visit("wu", language=say.language)
    page = visitor.go("/projects?scope=mine&sort=name&search=series-")
    cards = page.locator(".card")
    expect(cards).to_have_count(24)
    page.get_by_role("button", name=say("Show more")).click()
    expect(cards).to_have_count(MANY, timeout=PATIENCE)
    expect(
        page.get_by_text(say("{{shown}} of {{total}}", of="projects", shown=MANY, total=MANY))
    ).to_be_visible()
    page.get_by_label(say("Search projects")).fill("series-07")
    expect(cards).to_have_count(1, timeout=PATIENCE)
    expect(page.get_by_label(say("Search projects"))).to_be_focused()
    assert "search=series-07" in page.url
    page.get_by_label(say("Search projects")).fill("no such thing")
    expect(page.get_by_text(say("No project matches “{{search}}”", search="no such thing"))).to_be_visible(
        timeout=PATIENCE
    )
    visitor.shoot(f"nothing-found-{say.language}")
    page.get_by_role("button", name=say("Show all projects")).click()
    expect(cards.first).to_be_visible()


def test_a_project_is_made_described_and_removed_for_ever(visit: Visit, say: Words) -> None:
    visitor = visit("eve", language=say.language)
    page = visitor.go("/projects")
    page.get_by_role("button", name=say("New project")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(say("Name", of="projects.name")).fill("no good name")
    dialog.get_by_role("button", name=say("Create")).click()
    expect(
        dialog.get_by_text(say("Only letters, digits, “_”, “.” and “-”; the first a letter, digit or “_”."))
    ).to_be_visible()
    dialog.get_by_label(say("Name", of="projects.name")).fill("vision")
    dialog.get_by_role("button", name=say("Create")).click()
    expect(dialog.get_by_role("alert").filter(has_text="vision")).to_be_visible(timeout=PATIENCE)
    dialog.get_by_label(say("Name", of="projects.name")).fill("fresh")
    dialog.get_by_label(say("Description")).fill("New and shiny.")
    dialog.get_by_role("button", name=say("Create")).click()
    expect(page.get_by_role("heading", name="fresh")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("swcli dataset copy digits cloud://team/project/fresh")).to_be_visible()
    page.get_by_role("button", name=say("Settings", of="project")).click()
    page.get_by_role("switch").click()
    page.get_by_role("button", name=say("Save")).click()
    expect(page.locator(".heading .tag", has_text=say("Public"))).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name=say("Settings", of="project")).click()
    page.get_by_role("dialog").get_by_role("button", name=say("Move to the trash")).click()
    page.get_by_role("tooltip").get_by_role("button", name=say("Move to the trash")).click()
    expect(page.get_by_role("heading", name=say("Projects"))).to_be_visible(timeout=PATIENCE)
    visitor.go("/projects?scope=trash")
    page.get_by_role("button", name=say("Recover")).click()
    expect(page.get_by_text(say("“{{name}}” is back.", name="fresh"))).to_be_visible(timeout=PATIENCE)
    with visitor.house.as_("eve") as http:
        http.delete("/projects/fresh")
    visitor.go("/projects?scope=trash")
    page.get_by_role("button", name=say("Delete for ever")).click()
    sure = page.get_by_role("dialog").get_by_role("button", name=say("Delete for ever"))
    expect(sure).to_be_disabled()
    page.get_by_label(say("Type the name of the project")).fill("fresh")
    sure.click()
    expect(page.get_by_text(say("The trash is empty"))).to_be_visible(timeout=PATIENCE)


def test_a_readme_that_somebody_else_has_changed_is_not_overwritten_unseen(visit: Visit, say: Words) -> None:
    visitor = visit("ada", language=say.language)
    path = "/projects/speech"
    with visitor.house.as_("ada") as http:
        http.patch(path, {"readme": ""})
    page = visitor.go(path)
    page.get_by_role("button", name=say("Write a README")).click()
    page.get_by_label(say("Text, in Markdown", of="readme")).fill("# Mine\n\nA *good* text.")
    page.get_by_role("tab", name=say("Preview")).click()
    expect(page.locator(".markdown em")).to_have_text("good")
    with visitor.house.as_("ada") as http:
        http.patch(path, {"readme": "# Theirs"})
    page.get_by_role("button", name=say("Save")).click()
    expect(
        page.get_by_text(say("Somebody else has changed the README while you were writing."))
    ).to_be_visible(timeout=PATIENCE)
    page.get_by_text(say("Their text")).click()
    expect(page.get_by_text("# Theirs")).to_be_visible()
    visitor.shoot(f"conflict-{say.language}")
    visitor.check_accessible()
    page.get_by_role("button", name=say("Save mine over theirs", of="readme")).click()
    expect(page.locator(".markdown h3")).to_have_text("Mine", timeout=PATIENCE)


def test_whoever_followed_a_link_within_a_page_is_asked_all_the_same(visit: Visit) -> None:
    """Such a link adds to the history what the router has not numbered."""
    visitor = visit("ada")
    with visitor.house.as_("ada") as http:
        path = f"/projects/{http.post('/projects', {'name': 'leaps'})['name']}"
        http.patch(path, {"readme": "[Down](#the-end)\n\n" + "line\n\n" * 90 + "# The end"})
    page = visitor.go("/projects?search=leaps")
    page.get_by_role("link", name="leaps", exact=True).click()
    page.get_by_role("link", name="Down").click()
    expect(page.get_by_role("heading", name="The end")).to_be_in_viewport()
    page.get_by_role("region", name="README").get_by_role("button", name="Edit").click()
    page.get_by_label("Text, in Markdown").fill("half a sentence")
    page.evaluate("history.go(-2)")
    asked = page.get_by_role("dialog", name="Leave without saving?")
    asked.get_by_role("button", name="Stay here").click()
    expect(page.get_by_label("Text, in Markdown")).to_contain_text("half a sentence")


def test_a_part_that_could_not_be_loaded_is_told_of_and_had_again(visit: Visit) -> None:
    visitor = visit("ada")
    page = visitor.go("/projects")
    away = "**/assets/AccountPage-*"
    page.route(away, lambda route: route.abort("connectionrefused"))
    page.get_by_role("button", name="Account of ada").click()
    page.get_by_role("menuitem", name="Account").click()
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    page.unroute(away)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="ada")).to_be_visible()
    visitor.faults = [each for each in visitor.faults if "ailed to " not in each]


def test_settings_that_somebody_else_has_changed_are_not_saved_over_unseen(visit: Visit, say: Words) -> None:
    visitor, path = visit("ada", language=say.language), "/projects/speech"
    page = visitor.go(path)
    page.get_by_role("button", name=say("Settings", of="project")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label(say("Description"))).to_be_visible()
    with visitor.house.as_("ada") as http:
        before = http.get(path)["description"]
        http.patch(path, {"description": "What they say."})
        dialog.get_by_label(say("Description")).fill("What I say.")
        dialog.get_by_role("button", name=say("Save")).click()
        expect(dialog.get_by_role("alert")).to_be_visible(timeout=PATIENCE)
        assert http.get(path)["description"] == "What they say."
        http.patch(path, {"description": before})


def test_members_come_change_and_go(visit: Visit, say: Words) -> None:
    visitor = visit("ada", language=say.language)
    page = visitor.go("/projects/bare")
    page.get_by_role("button", name=say("Add a member")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(say("Name of the user")).fill("nobody-here")
    dialog.get_by_role("button", name=say("Add a member")).click()
    expect(dialog.get_by_role("alert").filter(has_text="nobody-here")).to_be_visible(timeout=PATIENCE)
    dialog.get_by_label(say("Name of the user")).fill("eve")
    dialog.get_by_role("button", name=say("Add a member")).click()
    expect(page.get_by_label(say("Role of {{name}}", name="eve"))).to_be_visible(timeout=PATIENCE)
    page.get_by_label(say("Role of {{name}}", name="eve")).click()
    page.locator(".ant-select-item-option", has_text=say("Guest")).click()
    expect(page.get_by_text(say("{{name}} is now: {{role}}.", name="eve", role=say("Guest")))).to_be_visible(
        timeout=PATIENCE
    )
    page.get_by_role("button", name=say("Remove {{name}}", name="eve")).click()
    page.get_by_role("tooltip").get_by_role("button", name=say("Remove {{name}}", name="eve")).click()
    expect(page.get_by_label(say("Role of {{name}}", name="eve"))).to_have_count(0, timeout=PATIENCE)


def test_whoever_may_only_look_is_offered_nothing_else(visit: Visit) -> None:
    visitor = visit()
    page = visitor.go("/projects/vision")
    expect(page.get_by_role("heading", name="README")).to_be_visible()
    for name in ("Settings", "Edit", "Add a member"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    visitor.go("/projects/speech")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "next=%2Fprojects%2Fspeech" in page.url


def test_a_name_leads_on_by_key_alone(visit: Visit) -> None:
    visitor = visit("ada")
    page = visitor.go("/projects?search=vision")
    page.locator("body").focus()
    page.get_by_role("link", name="vision").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="vision").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator("main")).to_be_focused()


def test_no_text_of_anybody_becomes_more_than_text(visit: Visit) -> None:
    visitor = visit("ada")
    page = visitor.go("/projects/hostile")
    expect(page.locator(".markdown")).to_be_visible(timeout=PATIENCE)
    shown = page.locator(".markdown, .lead")
    for tag in ("script", "img", "svg", "iframe", "style", "link", "form", "input", "base", "math"):
        assert shown.locator(tag).count() == 0, tag
    targets = page.eval_on_selector_all(".markdown a", "found => found.map(each => each.protocol)")
    assert targets
    assert set(targets) <= {"http:", "https:", "mailto:"}
    visitor.shoot("hostile")
    visitor.go("/projects?search=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    visitor.go("/account/tokens")
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
