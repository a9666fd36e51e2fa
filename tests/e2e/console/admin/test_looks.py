"""Administration as people see it: in both languages and themes, on laptop and phone, and as it is heard."""

from __future__ import annotations

import re

import pytest
from tests.e2e.console.admin.conftest import GUEST, OWNER, Office
from tests.e2e.console.visiting import LOOKS, PATIENCE, Visit, expect

pytestmark = pytest.mark.e2e

PAGES = [
    ("admin", "/admin/users", "users"),
    ("admin", "/admin/pools", "pools"),
    ("admin", "/admin/settings", "settings"),
    ("admin", "/admin/audit", "audit"),
    ("admin", "/admin/health", "health"),
    (OWNER, "/projects/steel", "project"),
    (OWNER, "/projects/steel/trash", "trash"),
    (OWNER, "/projects/steel/webhooks", "webhooks"),
    (OWNER, "/projects/steel/webhooks/{webhook}", "webhook"),
    (OWNER, "/projects/steel/audit", "project-audit"),
    (GUEST, "/admin/users", "refused"),
    (GUEST, "/projects/steel/webhooks", "refused-owners"),
    (GUEST, "/invitation#nothing", "nowhere"),
    ("", "/invitation#{secret}", "invitation"),
]
#: On the second phone only these, which differ there from the first.
FEW = ("audit", "health", "webhook", "invitation")
DIALOGS = {
    "new-user": ("admin", "/admin/users", "New user|新建用户"),
    "change-user": ("admin", "/admin/users?search=mio", "Edit mio|编辑 mio"),
    "invite": ("admin", "/admin/users", "Invite|邀请"),
    "pool": ("admin", "/admin/pools", "Edit pool gpus|编辑资源池 gpus"),
    "new-webhook": (OWNER, "/projects/steel/webhooks", "New webhook|新建 Webhook"),
    "invite-member": (OWNER, "/projects/steel", "Invite|邀请"),
}


@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS)
def test_every_page_is_seen_and_heard(
    visit: Visit, office: Office, request: pytest.FixtureRequest, language: str, dark: bool, phone: bool
) -> None:
    look = request.node.callspec.id
    with office.house.as_(OWNER) as http:
        minted = http.post(f"/projects/{office.project}/invitations", {"role": "MAINTAINER"})
    for name in ("admin", OWNER, GUEST, ""):
        visitor = visit(name, language=language, dark=dark, phone=phone)
        for path, shot in [(path, shot) for who, path, shot in PAGES if who == name]:
            if look == "en-dark-phone" and shot not in FEW:
                continue
            page = visitor.go(path.format(webhook=office.webhook, secret=minted["secret"]))
            if shot == "audit":
                page.locator(".events summary").first.click()
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{path} is {wide} px wider than the screen"
            visitor.shoot(f"admin-{shot}-{look}")
            if not phone:
                visitor.check_accessible()
                visitor.check_copyable()


@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS[:3])
def test_every_dialog_is_seen_and_heard(
    visit: Visit, office: Office, request: pytest.FixtureRequest, language: str, dark: bool, phone: bool
) -> None:
    look = request.node.callspec.id
    for name in ("admin", OWNER):
        visitor = visit(name, language=language, dark=dark, phone=phone)
        for shot, (who, path, button) in DIALOGS.items():
            if who != name:
                continue
            page = visitor.go(path)
            page.get_by_role("button", name=re.compile(f"^({button})$")).click()
            expect(page.locator(".ant-modal:visible").first).to_be_visible(timeout=PATIENCE)
            visitor.shoot(f"admin-{shot}-{look}", whole=False)
            if not phone:
                visitor.check_accessible()
