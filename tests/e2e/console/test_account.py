"""Coming in, going out, and what belongs to oneself."""

from __future__ import annotations

import httpx2
import pytest
from tests.e2e.console.visiting import PASSWORD, PATIENCE, Visit, expect
from tests.e2e.console.words import Words

from starwhale.client.http import Http

pytestmark = pytest.mark.e2e


def test_somebody_comes_in_where_he_wanted_to_go_and_goes_out(visit: Visit, say: Words) -> None:
    visitor = visit(language=say.language)
    page = visitor.go("/account/tokens")
    expect(page.get_by_role("heading", name=say("Sign in"))).to_be_visible()
    page.get_by_role("button", name=say("Sign in")).click()
    expect(page.get_by_text(say("Type your name."))).to_be_visible()
    page.get_by_label(say("Name", of="login")).fill("bob")
    page.get_by_label(say("Password"), exact=True).fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text=say("Name or password is wrong."))).to_be_visible()
    visitor.shoot(f"login-wrong-{say.language}")
    page.get_by_label(say("Password"), exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=say("Access tokens"))).to_be_visible()
    assert page.url.endswith("/account/tokens")
    page.get_by_role("button", name=say("Account of {{name}}", name="bob")).click()
    page.get_by_role("menuitem", name=say("Sign out")).click()
    expect(page.get_by_role("heading", name=say("Sign in"))).to_be_visible()
    visitor.go("/account")
    expect(page.get_by_role("heading", name=say("Sign in"))).to_be_visible()


def test_whoever_guesses_is_told_to_wait(visit: Visit) -> None:
    visitor = visit(language="zh-CN")
    with httpx2.Client(base_url=visitor.house.url, trust_env=False) as client:
        wrong = {"name": "nobody", "password": "wrong"}
        while client.post("/api/v1/login", json=wrong).status_code != 429:
            continue
    page = visitor.go("/login")
    page.get_by_label("用户名").fill("nobody")
    page.get_by_label("密码", exact=True).fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="请求过于频繁")).to_be_visible()


def test_who_signs_in_on_the_way_finds_the_page_as_it_was(visit: Visit) -> None:
    visitor = visit()
    page = visitor.go("/projects?search=vision&sort=name")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    visitor.enter("ada")
    page.reload()
    expect(page).to_have_url(f"{visitor.house.url}/projects?search=vision&sort=name")


def test_a_login_leads_to_no_other_site(visit: Visit) -> None:
    visitor = visit("ada")
    for address in (
        "//evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/%5Cevil.example",
        "/%09/evil.example",
    ):
        page = visitor.go(f"/login?next={address}")
        assert page.url.startswith(f"{visitor.house.url}/projects")


def test_language_and_looks_are_chosen_and_kept(visit: Visit) -> None:
    visitor = visit("ada")
    page = visitor.go("/projects")
    page.get_by_role("button", name="Language").click()
    page.get_by_role("menuitem", name="中文").click()
    expect(page.get_by_role("heading", name="项目", exact=True)).to_be_visible()
    page.get_by_role("button", name="外观").click()
    page.get_by_role("menuitem", name="深色").click()
    expect(page.locator("html[data-appearance=dark]")).to_be_attached()
    visitor.go("/account")
    expect(page.locator("html[data-appearance=dark][lang=zh-CN]")).to_be_attached()


def test_a_token_is_made_shown_once_and_revoked(visit: Visit, say: Words) -> None:
    visitor = visit("bob", language=say.language)
    page = visitor.go("/account/tokens")
    page.get_by_role("button", name=say("New token")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(say("Name", of="tokens")).fill("nightly")
    dialog.get_by_text(say("Chosen rights")).click()
    dialog.get_by_label(say("Rights"), exact=True).click()
    page.keyboard.type("job:")
    page.locator(".ant-select-item-option[title='job:read']").click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name=say("Create")).click()
    code = dialog.locator(".command code")
    expect(code).to_be_visible(timeout=PATIENCE)
    token = code.inner_text()
    visitor.shoot(f"token-made-{say.language}", whole=False)
    with Http(visitor.house.url, token) as http:
        assert http.get("/projects")["items"] == []
    dialog.get_by_role("button", name=say("I have copied it")).click()
    expect(page.get_by_text("job:read")).to_be_visible()
    assert token not in page.content()
    page.get_by_role("button", name=say("Revoke")).click()
    page.get_by_role("tooltip").get_by_role("button", name=say("Revoke")).click()
    expect(page.get_by_text(say("You have no tokens yet"))).to_be_visible(timeout=PATIENCE)
    with Http(visitor.house.url, token) as http, pytest.raises(Exception, match=r"token|log"):
        http.get("/me")


def test_a_password_is_changed_and_other_sessions_end(visit: Visit, say: Words) -> None:
    name = {"en-GB": "kim", "zh-CN": "min"}[say.language]
    visitor, other = (visit(name, anew=True, language=say.language) for _ in range(2))
    page = visitor.go("/account")
    page.get_by_label(say("Present password")).fill(PASSWORD)
    page.get_by_label(say("New password"), exact=True).fill("another sentence of words")
    page.get_by_label(say("New password again")).fill("another sentence of word")
    page.get_by_role("button", name=say("Change password")).click()
    expect(page.get_by_text(say("The two differ."))).to_be_visible()
    page.get_by_label(say("New password again")).fill("another sentence of words")
    page.get_by_role("button", name=say("Change password")).click()
    expect(page.get_by_text(say("Your password is changed; other sessions have ended."))).to_be_visible(
        timeout=PATIENCE
    )
    expect(page.get_by_text(say("This browser"), exact=True)).to_have_count(1)
    other.go("/account")
    expect(other.page.get_by_role("heading", name=say("Sign in"))).to_be_visible()
