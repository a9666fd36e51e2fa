"""Each page as people see it: in both languages and themes, on laptop and phone, and as it is heard."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.e2e.console.visiting import LOOKS, PATIENCE, Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e

PAGES = [
    ("", "/login", "login"),
    ("ada", "/account", "account"),
    ("ada", "/account/tokens", "tokens"),
    ("ada", "/projects", "projects"),
    ("ada", "/projects?scope=public", "projects-public"),
    ("ada", "/projects?scope=trash", "trash"),
    ("eve", "/projects?scope=mine", "empty"),
    ("ada", "/projects/vision", "project"),
    ("ada", "/projects/bare", "project-bare"),
    ("", "/projects/vision", "project-visitor"),
    ("eve", "/projects/speech", "hidden"),
]


@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS)
def test_every_page_is_seen_and_heard(
    visit: Visit, request: pytest.FixtureRequest, language: str, dark: bool, phone: bool
) -> None:
    look = request.node.callspec.id
    for name in ("", "ada", "eve"):
        visitor = visit(name, language=language, dark=dark, phone=phone)
        for path, shot in [(path, shot) for who, path, shot in PAGES if who == name]:
            page = visitor.go(path)
            assert page.evaluate("document.documentElement.lang") == (
                "zh-CN" if language == "zh-CN" else "en"
            )
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{path} is {wide} px wider than the screen"
            visitor.shoot(f"{shot}-{look}")
            if not phone:
                visitor.check_accessible()
                visitor.check_copyable()


@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS[:3])
def test_every_dialog_is_seen_and_heard(
    visit: Visit, request: pytest.FixtureRequest, language: str, dark: bool, phone: bool
) -> None:
    look = request.node.callspec.id
    visitor = visit("ada", language=language, dark=dark, phone=phone)
    dialogs = {
        "new-project": ("/projects", "New project|新建项目"),
        "new-token": ("/account/tokens", "New token|新建令牌"),
        "settings": ("/projects/vision", "Settings|设置"),
        "add-member": ("/projects/vision", "Add a member|添加成员"),
        "readme": ("/projects/vision", "Edit|编辑"),
    }
    for shot, (path, button) in dialogs.items():
        page = visitor.go(path)
        page.get_by_role("button", name=re.compile(f"^({button})$")).click()
        expect(page.locator(".ant-modal:visible, .editor").first).to_be_visible()
        visitor.shoot(f"{shot}-{look}", whole=False)
        if not phone:
            visitor.check_accessible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("menu", ["Language", "Appearance"])
def test_every_menu_is_seen_and_heard(visit: Visit, dark: bool, menu: str) -> None:
    visitor = visit("ada", dark=dark)
    page = visitor.go("/projects")
    page.get_by_role("button", name=menu, exact=True).click()
    chosen = page.locator(".ant-dropdown-menu-item-selected")
    expect(chosen).to_be_visible(timeout=PATIENCE)
    visitor.shoot(f"menu-{menu.lower()}-{'dark' if dark else 'light'}", whole=False)
    visitor.check_accessible()
    chosen.hover()
    visitor.shoot(f"menu-{menu.lower()}-over-{'dark' if dark else 'light'}", whole=False)
    visitor.check_accessible()


def broken(route: Any) -> None:
    route.fulfill(status=500, json={"code": "internal", "detail": "something broke", "status": 500})


def cut_off(route: Any) -> None:
    route.abort("connectionrefused")


@pytest.mark.parametrize(
    ("fail", "told"),
    [
        (broken, "Something broke."),
        (cut_off, "The server does not answer. Check your connection; nothing you typed is lost."),
    ],
)
def test_what_fails_is_told_and_tried_again(visit: Visit, say: Words, fail: Any, told: str) -> None:
    visitor = visit("ada", language=say.language)
    visitor.page.route("**/api/v1/projects/vision*", fail)
    page = visitor.go("/projects/vision")
    notice = page.locator("main").filter(has=page.get_by_role("heading", name=say("This did not work")))
    expect(notice).to_be_visible(timeout=PATIENCE)
    expect(notice).to_contain_text(told if fail is broken else say(told))
    visitor.shoot(f"failure-{fail.__name__}-{say.language}")
    visitor.check_accessible()
    again = page.get_by_role("button", name=say("Try again"), exact=True)
    again.click()
    expect(again).to_be_visible(timeout=PATIENCE)  # it fails once more
    page.unroute("**/api/v1/projects/vision*", fail)
    again.click()
    expect(page.get_by_role("heading", name="vision", level=1)).to_be_visible(timeout=PATIENCE)
    expect(again).to_have_count(0)
    # What the browser says of it is what was done to it.
    visitor.faults = [each for each in visitor.faults if "Failed to load resource" not in each]
