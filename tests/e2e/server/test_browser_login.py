"""Logging a program in by way of a browser: the real page in a real browser, and the real poller."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from starwhale.core.actor import Actor
from starwhale.core.config import load_config
from starwhale.core.errors import Forbidden
from starwhale.core.settings import Settings
from starwhale.instance.logins import Logins
from starwhale.server.app import create_app
from starwhale.server.settings import ServerSettings
from starwhale.serving.running import bind, url_of

pytestmark = pytest.mark.e2e

sync_api: Any = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
PASSWORD = "a whole sentence of words"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    app = create_app(ServerSettings(store=Settings.at(tmp_path / "server"), port=0))
    app.state.services.users.add(Actor(name="root", admin=True), "ada", password=PASSWORD)
    with bind("127.0.0.1", 0) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield url_of(listening)
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def page(url: str) -> Iterator[Any]:
    """A tab; no script of it may fail, and it must ask nobody else for anything."""
    with sync_api.sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = own if Path(own).exists() else shutil.which("chromium") or shutil.which("google-chrome")
        if not found:
            pytest.skip("no Chromium at hand; `playwright install chromium-headless-shell` brings it")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page, faults = browser.new_page(), list[str]()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(dialog.message))
        page.on("request", lambda asked: None if asked.url.startswith(url) else faults.append(asked.url))
        yield page
        browser.close()
        assert faults == []


def test_somebody_lets_this_machine_in_on_the_page(url: str, page: Any, tmp_path: Path) -> None:
    told: list[str] = []

    def visit(address: str) -> None:
        page.goto(address)
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Log in").click()
        sync_api.expect(page.get_by_role("status")).to_contain_text("name or password is wrong")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        sync_api.expect(page.locator("#code")).to_have_text(told[1])
        sync_api.expect(page.locator("#user")).to_have_text("ada")
        page.get_by_role("button", name="Yes").click()
        sync_api.expect(page.get_by_role("status")).to_contain_text("let in")

    logins = Logins(tmp_path / "config.yaml")
    entry = logins.by_browser(
        url, "team", lambda *words: told.extend(words), open_page=visit, pause=lambda _: None
    )
    assert told[0] == f"{url}/cli-login#{told[1]}"
    assert (entry.user_name, entry.uri) == ("ada", url)
    assert load_config(tmp_path / "config.yaml").instances["team"].sw_token.startswith("sw_")


def test_what_a_program_calls_itself_is_shown_as_text_and_can_be_refused(
    url: str, page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "<img src=x onerror=alert(1)>")

    def visit(address: str) -> None:
        page.goto(f"{url}/cli-login#javascript:alert(1)")
        sync_api.expect(page.get_by_role("status")).to_contain_text("holds no code")
        page.goto("about:blank")
        page.goto(address)
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        sync_api.expect(page.locator("#machine")).to_have_text("swcli on <img src=x onerror=alert(1)>")
        page.get_by_role("button", name="No").click()
        sync_api.expect(page.get_by_role("status")).to_contain_text("refused")

    logins = Logins(tmp_path / "config.yaml")
    with pytest.raises(Forbidden):
        logins.by_browser(url, "team", lambda *_: None, open_page=visit, pause=lambda _: None)
