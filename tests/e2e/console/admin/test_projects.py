"""What owners do about their projects: invitations, trash, webhooks, audit; and the way to others."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from tests.e2e.console.admin.conftest import GUEST, MAKER, OWNER, PROJECT, Office
from tests.e2e.console.visiting import PASSWORD, PATIENCE, Visit, expect
from tests.e2e.console.words import Words

pytestmark = pytest.mark.e2e


class _Taker(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""


@pytest.fixture
def receiver() -> Iterator[str]:
    """Address of somebody who takes what is delivered."""
    with HTTPServer(("127.0.0.1", 0), _Taker) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/starwhale"
        server.shutdown()


def test_whoever_has_an_account_joins_a_project_by_a_link(visit: Visit, say: Words, office: Office) -> None:
    project = f"joined-{say.language}"
    with office.house.as_(OWNER) as http:
        http.post("/projects", {"name": project})
    visitor = visit(OWNER, language=say.language)
    page = visitor.go(f"/projects/{project}")
    page.get_by_role("button", name=say("Invite")).click()
    page.get_by_role("dialog").get_by_role("button", name=say("Create")).click()
    code = page.get_by_role("dialog").locator(".command code")
    expect(code).to_be_visible(timeout=PATIENCE)
    link = code.inner_text().removeprefix(office.house.url)
    guest = visit(GUEST, language=say.language)
    door = guest.go(link)
    expect(
        door.get_by_role("heading", name=say("You are invited to “{{project}}”", project=project))
    ).to_be_visible()
    door.get_by_role("button", name=say("Join as {{name}}", name=GUEST)).click()
    expect(door).to_have_url(f"{office.house.url}/projects/{project}")
    with office.house.as_(OWNER) as http:
        members = http.get(f"/projects/{project}/members")["items"]
    assert {each["user"]: each["role"] for each in members} == {OWNER: "OWNER", GUEST: "MAINTAINER"}


def test_an_invitation_is_there_yet_when_somebody_has_signed_in(visit: Visit, office: Office) -> None:
    """By the way that leads there from every page, which is another page; and after a leap to the content."""
    with office.house.as_(OWNER) as http:
        project = http.post("/projects", {"name": "by-the-way"})["name"]
        path = http.post(f"/projects/{project}/invitations", {"email": "", "role": "GUEST"})["path"]
    guest = visit()
    page = guest.go(path)
    title = page.get_by_role("heading", name="You are invited to")
    expect(title).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    expect(title).to_be_visible()
    page.get_by_role("banner").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert path.split("#")[1] not in page.url  # a server would be told of it with the page
    page.get_by_label("Name", exact=True).fill(GUEST)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=f"Join as {GUEST}").click()
    expect(page).to_have_url(f"{office.house.url}/projects/{project}")
    # It is not offered once more.
    guest.go("/invitation")
    expect(page.get_by_role("heading", name="This invitation leads nowhere")).to_be_visible()


def test_what_was_thrown_away_comes_back_or_goes_for_ever(visit: Visit, office: Office) -> None:
    maker = visit(MAKER)
    page = maker.go(f"/projects/{PROJECT}")
    page.get_by_role("button", name="More of this project").click()
    expect(page.get_by_role("menuitem", name="Webhooks")).to_have_count(0)
    page.get_by_role("menuitem", name="Trash").click()
    expect(page.get_by_role("heading", name="Trash")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name=re.compile("Delete for ever"))).to_have_count(0)
    # It is one of three versions, and said so.
    page.get_by_role("button", name=re.compile("Recover plates [a-z2-7]{12}")).click()
    expect(page.get_by_text(re.compile("“plates [a-z2-7]{12}” is back."))).to_be_visible(timeout=PATIENCE)
    owner = visit(OWNER, language="zh-CN")
    page = owner.go(f"/projects/{PROJECT}/trash")
    lines = page.locator(".lines > li")
    expect(lines).to_have_count(1, timeout=PATIENCE)
    page.get_by_role("button", name="清空回收站").click()
    page.get_by_role("tooltip").get_by_role("button", name="清空回收站").click()
    expect(page.get_by_text("回收站是空的")).to_be_visible(timeout=PATIENCE)


def test_a_webhook_is_made_changed_and_sent_again(
    visit: Visit, say: Words, office: Office, receiver: str
) -> None:
    visitor = visit(OWNER, language=say.language)
    page = visitor.go(f"/projects/{PROJECT}/webhooks")
    page.get_by_role("button", name=say("New webhook")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(say("Address")).fill("nowhere")
    dialog.get_by_role("button", name=say("Create")).click()
    expect(dialog.get_by_text(say("An address, such as https://ci.example.com/starwhale"))).to_be_visible()
    dialog.get_by_label(say("Address")).fill(receiver)
    dialog.get_by_label(say("Description")).fill("For the test.")
    dialog.get_by_role("button", name=say("Create")).click()
    expect(dialog.locator(".command code")).to_be_visible(timeout=PATIENCE)
    secret = dialog.locator(".command code").inner_text()
    page.get_by_role("button", name=say("I have copied it")).click()
    with visitor.house.as_(OWNER) as http:
        http.patch(f"/projects/{PROJECT}", {"description": "What the cameras see, and who is told."})
    page.get_by_role("link", name=receiver).click()
    expect(page.get_by_role("heading", name=re.compile("Webhook"))).to_be_visible(timeout=PATIENCE)
    replay = page.get_by_role("button", name=re.compile(rf"^{say('Deliver again')}"))
    for _ in range(60):
        visitor.go(page.url.removeprefix(office.house.url))
        if replay.count():
            break
        page.wait_for_timeout(500)
    replay.first.click()
    expect(page.get_by_text(say("once more"))).to_be_visible(timeout=PATIENCE)
    # It was waiting a moment ago, and nobody has loaded the page anew.
    expect(
        page.locator("li", has_text=say("once more")).get_by_text(say("delivered"), exact=True).first
    ).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name=say("Edit webhook")).click()
    dialog.get_by_role("switch", name=say("Active")).click()
    dialog.get_by_role("button", name=say("Save")).click()
    expect(page.get_by_text(say("stopped"))).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name=say("Renew secret")).click()
    page.get_by_role("tooltip").get_by_role("button", name=say("Renew secret")).click()
    expect(dialog.locator(".command code")).to_be_visible(timeout=PATIENCE)
    assert dialog.locator(".command code").inner_text() != secret
    page.get_by_role("button", name=say("I have copied it")).click()
    visitor.go(f"/projects/{PROJECT}/webhooks/{office.webhook}")
    page.get_by_text(say("given up"), exact=True).click()
    expect(page.get_by_text(say("No deliveries here."))).to_be_visible(timeout=PATIENCE)
    assert page.url.endswith("?state=dead")
    visitor.go(f"/projects/{PROJECT}/audit?name=webhook.")
    expect(page.locator(".events > li").filter(has_text="webhook.secret_renewed").first).to_be_visible()


def test_the_way_to_another_project_is_found_by_key_alone(visit: Visit, office: Office) -> None:
    visitor = visit(OWNER)
    page = visitor.go("/account")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search projects")
    expect(field).to_be_focused(timeout=PATIENCE)
    page.keyboard.type("no such thing")
    expect(page.get_by_text("No project matches “no such thing”")).to_be_visible(timeout=PATIENCE)
    visitor.check_accessible()
    field.fill(PROJECT)
    expect(page.get_by_role("option")).to_have_count(1, timeout=PATIENCE)
    visitor.shoot("admin-switcher", whole=False)
    visitor.check_accessible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=PROJECT)).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Go to a project").click()
    expect(field).to_be_focused(timeout=PATIENCE)
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
