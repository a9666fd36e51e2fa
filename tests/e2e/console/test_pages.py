"""Each page as people see it: in both languages and themes, on laptop and phone, and as it is heard."""

from __future__ import annotations

import re

import pytest
from tests.e2e.console.visiting import LOOKS, PATIENCE, Visit, expect

pytestmark = pytest.mark.e2e

PAGES = [
    ("", "/login", "login"),
    ("ada", "/account", "account"),
    ("ada", "/account/tokens", "tokens"),
    ("ada", "/projects", "projects"),
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
