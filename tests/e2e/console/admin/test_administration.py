"""Administrators: accounts, invitations, pools, settings, audit and health."""

from __future__ import annotations

import json
import re

import pytest
from tests.e2e.console.admin.conftest import MAKER, OWNER, Office
from tests.e2e.console.visiting import PASSWORD, PATIENCE, Visit, expect
from tests.e2e.console.words import Words

from starwhale.client.http import Http
from starwhale.core.errors import StarwhaleError

pytestmark = pytest.mark.e2e


def test_an_account_is_made_changed_and_given_another_password(
    visit: Visit, say: Words, office: Office
) -> None:
    name = f"nina-{say.language.lower()}"
    visitor = visit("admin", language=say.language)
    page = visitor.go("/admin/users")
    page.get_by_role("button", name=say("New user")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(say("Name", of="login"), exact=True).fill(name)
    dialog.get_by_label(say("Email")).fill(f"{name}@example.com")
    dialog.get_by_label(say("Password"), exact=True).fill("short")
    dialog.get_by_role("button", name=say("Create")).click()
    expect(dialog.get_by_text(say("A password has at least 10 characters."))).to_be_visible()
    dialog.get_by_label(say("Password"), exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name=say("Create")).click()
    expect(page.get_by_text(say("{{name}} has an account now.", name=name))).to_be_visible(timeout=PATIENCE)
    page.get_by_label(say("Search users")).fill(name)
    lines = page.get_by_role("region", name=say("Users")).locator(".lines > li")
    expect(lines).to_have_count(1, timeout=PATIENCE)
    assert f"search={name}" in page.url
    page.get_by_role("button", name=say("Edit {{name}}", name=name)).click()
    page.get_by_role("switch", name=say("Administrator")).click()
    page.get_by_role("button", name=say("Save")).click()
    expect(lines.get_by_text(say("Administrator"))).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name=say("Reset password: {{name}}", name=name)).click()
    page.get_by_role("tooltip").get_by_role("button", name=say("Reset password")).click()
    code = page.get_by_role("dialog").locator(".command code")
    expect(code).to_be_visible(timeout=PATIENCE)
    fresh = code.inner_text()
    page.get_by_role("button", name=say("I have copied it")).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert fresh not in page.content()
    with Http(office.house.url) as http:
        assert http.post("/login", {"name": name, "password": fresh})["admin"]
    page.get_by_role("button", name=say("Edit {{name}}", name=name)).click()
    page.get_by_role("switch", name=say("May sign in")).click()
    page.get_by_role("button", name=say("Save")).click()
    expect(lines.get_by_text(re.compile("disabled now|已停用（刚刚）"))).to_be_visible(timeout=PATIENCE)
    with Http(office.house.url) as http, pytest.raises(StarwhaleError):
        http.post("/login", {"name": name, "password": fresh})


def test_an_invitation_leads_to_an_account(visit: Visit, say: Words, office: Office) -> None:
    name = f"lin-{say.language.lower()}"
    visitor = visit("admin", language=say.language)
    page = visitor.go("/admin/users")
    page.get_by_role("button", name=say("Invite")).click()
    page.get_by_role("dialog").get_by_label(say("Email")).fill(f"{name}@example.com")
    page.get_by_role("dialog").get_by_role("button", name=say("Create")).click()
    code = page.get_by_role("dialog").locator(".command code")
    expect(code).to_be_visible(timeout=PATIENCE)
    link = code.inner_text()
    page.get_by_role("button", name=say("I have copied it")).click()
    guest = visit(language=say.language)
    door = guest.go(link.removeprefix(office.house.url))
    expect(door.get_by_label(say("Email"))).to_have_value(f"{name}@example.com")
    door.get_by_label(say("Name", of="login")).fill(name)
    door.get_by_label(say("Password"), exact=True).fill("short")
    door.get_by_role("button", name=say("Make the account"), exact=True).click()
    expect(door.get_by_text(say("A password has at least 10 characters."))).to_be_visible()
    door.get_by_label(say("Password"), exact=True).fill(PASSWORD)
    door.get_by_role("button", name=say("Make the account"), exact=True).click()
    expect(door.get_by_role("button", name=say("Account of {{name}}", name=name))).to_be_visible(
        timeout=PATIENCE
    )
    assert door.url.endswith("/projects")
    late = visit(language=say.language).go(link.removeprefix(office.house.url))
    expect(late.get_by_role("heading", name=say("This invitation leads nowhere"))).to_be_visible()
    visitor.go("/admin/users")
    expect(page.locator("li", has_text=f"{name}@").get_by_text(say("used"), exact=True)).to_be_visible()


def test_an_invitation_that_is_revoked_leads_nowhere(visit: Visit, office: Office) -> None:
    with office.house.as_("admin") as http:
        minted = http.post("/invitations", {"email": "late@example.com"})
    visitor = visit("admin")
    page = visitor.go("/admin/users")
    line = page.locator("li", has_text="late@example.com")
    line.get_by_role("button", name="Revoke").click()
    page.get_by_role("tooltip").get_by_role("button", name="Revoke").click()
    expect(line).to_have_count(0, timeout=PATIENCE)
    guest = visit()
    guest.go(minted["path"])
    expect(guest.page.get_by_role("heading", name="This invitation leads nowhere")).to_be_visible()


def test_a_pool_is_made_and_what_somebody_else_has_changed_is_not_overwritten(
    visit: Visit, say: Words, office: Office
) -> None:
    visitor = visit("admin", language=say.language)
    page = visitor.go("/admin/pools")
    page.get_by_role("button", name=say("New pool")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(say("Name", of="artifacts"), exact=True).fill("large")
    dialog.get_by_label(f"{say('Memory', of='admin.pools')}: {say('At most')}").fill("much")
    dialog.get_by_role("button", name=say("Create")).click()
    expect(dialog.get_by_text(say("An amount, such as {{example}}", example="8Gi"))).to_be_visible()
    dialog.get_by_label(f"{say('Memory', of='admin.pools')}: {say('At most')}").fill("512Gi")
    dialog.get_by_label(f"{say('GPUs', of='admin.pools')}: {say('At most')}").fill("8")
    dialog.get_by_role("button", name=say("Add a label")).click()
    dialog.get_by_label(say("Name of the label")).fill("zone")
    dialog.get_by_label(say("Value of the label")).fill("a")
    dialog.get_by_role("switch", name=say("Private")).click()
    dialog.get_by_label(say("Users who see it")).click()
    page.keyboard.type(OWNER)
    page.locator(f".ant-select-item-option[title='{OWNER}']").click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name=say("Create")).click()
    card = page.locator(".card", has=page.get_by_role("heading", name="large"))
    expect(card.get_by_text("512 GiB")).to_be_visible(timeout=PATIENCE)
    with office.house.as_("admin") as http:
        made = http.get("/pools/large")
        assert (made["labels"], made["users"]) == ({"zone": "a"}, [OWNER])
        page.get_by_role("button", name=say("Edit pool {{name}}", name="large")).click()
        expect(dialog.get_by_label(f"{say('GPUs', of='admin.pools')}: {say('At most')}")).to_have_value(
            "8", timeout=PATIENCE
        )
        http.send("PUT", "/pools/large", json={"description": "Theirs."})
    dialog.get_by_label(say("Description")).fill("Mine.")
    dialog.get_by_role("button", name=say("Save")).click()
    expect(dialog.get_by_role("alert").filter(has_text=re.compile("changed|修改"))).to_be_visible(
        timeout=PATIENCE
    )
    dialog.get_by_role("button", name=say("Cancel")).click()
    expect(card.get_by_text("Theirs.")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name=say("Remove pool {{name}}", name="large")).click()
    page.get_by_role("tooltip").get_by_role("button", name=say("Remove", of="admin")).click()
    expect(card).to_have_count(0, timeout=PATIENCE)


def test_the_audit_is_filtered_exported_and_proven(visit: Visit, say: Words, office: Office) -> None:
    with office.house.as_("admin") as http:
        http.send("PUT", "/pools/small", json={"description": "Changed for the audit."})
    visitor = visit("admin", language=say.language)
    page = visitor.go("/admin/audit?name=pool.")
    lines = page.locator(".events > li")
    expect(lines.filter(has_text="pool.changed").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".events code").filter(has_not_text=re.compile(r"^pool\."))).to_have_count(0)
    page.get_by_role("searchbox", name=say("Who (user name)")).fill(OWNER)
    expect(page.get_by_text(say("Nothing like this has happened"))).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name=say("Show all", of="admin")).click()
    expect(lines).to_have_count(50, timeout=PATIENCE)
    page.get_by_role("button", name=say("Show older")).click()
    expect(lines.nth(50)).to_be_visible(timeout=PATIENCE)
    visitor.go(f"/admin/audit?project={office.project}&name=webhook.")
    expect(lines.filter(has_text="webhook.created")).to_have_count(1, timeout=PATIENCE)
    with page.expect_download() as download:
        page.get_by_role("link", name=say("Export")).click()
    events = [json.loads(line) for line in download.value.path().read_text("utf-8").splitlines()]
    assert {each["name"].partition(".")[0] for each in events} == {"webhook"}
    assert {each["project"] for each in events} == {office.project}
    page.get_by_role("button", name=say("Verify")).click()
    expect(page.get_by_text(say("The log is whole."))).to_be_visible(timeout=PATIENCE)
    page.get_by_label(say("A seal noted elsewhere (optional)")).fill("0" * 64)
    page.get_by_role("button", name=say("Verify")).click()
    expect(
        page.get_by_text(say("The log has been changed, or the seal that you named is not of this log."))
    ).to_be_visible(timeout=PATIENCE)


def test_settings_and_health_are_shown(visit: Visit, say: Words, office: Office) -> None:
    visitor = visit("admin", language=say.language)
    page = visitor.go("/admin/settings?search=metrics")
    expect(page.get_by_text("metrics_token")).to_be_visible()
    page.get_by_label(say("Search settings")).fill("port")
    expect(page.locator("li", has=page.get_by_text("port", exact=True))).to_contain_text("--port")
    visitor.go("/admin/health")
    expect(page.get_by_role("heading", name=say("Server"))).to_be_visible()
    expect(page.locator(".findings > li", has_text=say("Object store"))).to_contain_text(
        "takes, gives and deletes"
    )
    expect(page.locator(".sparkline", has_text=say("Requests")).locator("strong")).to_contain_text(
        re.compile("/s|次/秒"), timeout=PATIENCE
    )


def test_administration_is_for_administrators_alone(visit: Visit, office: Office) -> None:
    visitor = visit(MAKER)
    for path in ("users", "pools", "settings", "audit", "health"):
        page = visitor.go(f"/admin/{path}")
        expect(page.get_by_role("heading", name="This page is not for you")).to_be_visible()
    page.get_by_role("button", name=f"Account of {MAKER}").click()
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Administration")).to_have_count(0)
    nobody = visit()
    nobody.go("/admin/users")
    expect(nobody.page.get_by_role("heading", name="Sign in")).to_be_visible()
