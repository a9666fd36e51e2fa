"""The page to try functions out, in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from tests.slice.serving.process import Server, module_command, running

pytestmark = pytest.mark.e2e

sync_api: Any = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

# It asks nobody but the page under test.
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic")
CODE = """
import time
from typing import Literal
import PIL.Image
from starwhale import Image
from starwhale.api.service import ComponentValueSpecFloat, LLMChat, api

@api()
def add(x: int, y: int = 2, mode: Literal["plus", "minus"] = "plus", loud: bool = False) -> str:
    "Add two numbers."
    result = x + y if mode == "plus" else x - y
    return f"{result}!" if loud else f"{result}"

@api()
def mirror(picture: Image) -> Image:
    return Image(picture.to_pil().transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT))

@api()
def count(n: int):
    for number in range(n):
        yield number

@api()
def broken(text: str) -> str:
    raise RuntimeError("secret")

@api(inference_type=LLMChat(temperature=ComponentValueSpecFloat(default_val=0.5, min=0, max=1, step=0.1)))
def chat(user_input: str, history: list, temperature: float = 0.5):
    yield f"{len(history)} "
    yield f"{temperature} <b>{user_input}</b>"
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home: Path = tmp_path_factory.mktemp("page")
    (home / "app.py").write_text(CODE)
    with running(module_command(home, "app"), home) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = own if Path(own).exists() else _installed()
        if not found:
            pytest.skip("no Chromium at hand; `playwright install chromium-headless-shell` brings it")
        # A container's root may not have the sandbox.
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", *QUIET])
        yield opened
        opened.close()


def _installed() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), "")


@pytest.fixture
def page(server: Server, browser: Any) -> Iterator[Any]:
    """The page; it must log no error and ask nobody else for anything."""
    found = browser.new_page()
    faults: list[str] = []
    found.on("pageerror", lambda error: faults.append(str(error)))
    found.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((server.url, "data:", "blob:")) else faults.append(asked.url)
        ),
    )
    found.goto(server.url)
    yield found
    found.close()
    assert faults == []


def test_a_form_is_filled_and_sent(page: Any) -> None:
    page.get_by_label("x *").fill("5")
    page.get_by_label("mode").select_option("minus")
    page.get_by_label("loud").check()
    page.get_by_role("button", name="Run").click()
    sync_api.expect(page.locator("main pre")).to_have_text("3!")


def test_a_picture_goes_up_and_comes_back(page: Any, tmp_path: Path) -> None:
    out = BytesIO()
    PIL.Image.new("RGB", (8, 4), (0, 128, 255)).save(out, "PNG")
    (tmp_path / "a.png").write_bytes(out.getvalue())
    page.get_by_role("link", name="mirror").click()
    page.get_by_label("picture *").set_input_files(tmp_path / "a.png")
    page.get_by_role("button", name="Run").click()
    image = page.locator("img[alt=result]")
    sync_api.expect(image).to_be_visible()
    assert image.evaluate("each => [each.naturalWidth, each.naturalHeight]") == [8, 4]


def test_pieces_appear_one_after_the_other_and_faults_are_told(page: Any) -> None:
    page.get_by_role("link", name="count").click()
    page.get_by_label("n *").fill("3")
    page.get_by_role("button", name="Run").click()
    sync_api.expect(page.locator("main pre")).to_have_text(["0", "1", "2"])
    page.get_by_role("link", name="broken").click()
    page.get_by_label("text *").fill("x")
    page.get_by_role("button", name="Run").click()
    sync_api.expect(page.get_by_role("alert")).to_contain_text("the function 'broken' failed")


def test_a_chat_keeps_its_history_and_shows_markup_as_text(page: Any) -> None:
    page.get_by_role("link", name="chat").click()
    for number, text in enumerate(("hello", "again")):
        page.get_by_label("Message").fill(text)
        if number:
            page.get_by_label("Message").press("Enter")
        else:
            page.get_by_role("button", name="Send").click()
        answer = page.locator(".said").nth(2 * number + 1)
        sync_api.expect(answer).to_have_text(f"{2 * number} 0.5 <b>{text}</b>")


def test_the_reference_lists_every_address(page: Any, server: Server) -> None:
    page.get_by_role("link", name="API reference").click()
    sync_api.expect(page.get_by_role("heading", name="POST /api/mirror")).to_be_visible()
    sync_api.expect(page.get_by_text(f"curl {server.url}/api/mirror -F picture=@FILE")).to_be_visible()
