"""A real server with people and projects in it, and browsers that look at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from tests.e2e.console import corpus
from tests.e2e.console.visiting import Browsers, House, Visit, Visitor, opened, sync_api, watch
from tests.e2e.console.words import Words


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("console"), WEBHOOKS_TO_PRIVATE="true", MOST_JOBS="8") as made:
        corpus.settle(made)
        yield made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = (
            shutil.which("chromium") or shutil.which("google-chrome") or (own if Path(own).exists() else None)
        )
        if not found:
            pytest.skip("no Chromium at hand; `playwright install chromium-headless-shell` brings it")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Words:
    """What the console says; whatever asks for it is done in both languages."""
    return Words(request.param)


def spoken_every_day(test: str) -> str:
    """The language in which a test is run every day: half of them in each, and in the other at length."""
    return ("en-GB", "zh-CN")[crc32(test.encode()) % 2]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever asks for `say` is run in both languages."""
    if "say" in metafunc.fixturenames:
        metafunc.parametrize("say", ["en-GB", "zh-CN"], ids=["en", "zh"], indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the other language of each test for longer runs; looks choose theirs by themselves."""
    for item in items:
        told = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        language = told.get("say") or ("dark" not in told and told.get("language"))
        if Path(__file__).parent in item.path.parents and language in ("en-GB", "zh-CN"):
            assert isinstance(item, pytest.Function)
            if language != spoken_every_day(item.originalname):
                item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def browsers(chromium: Any) -> Browsers:
    return Browsers(chromium)


@pytest.fixture
def visit(house: House, browsers: Browsers) -> Iterator[Visit]:
    """Opens browsers: ``visit("ada", language="zh-CN", dark=True, phone=True)``; ``visit("")`` is nobody.

    ``anew`` begins a session of its own. Whoever changes more of the browser than its page, such as its clock
    or what it permits, says so by ``own`` or by options of it, and nobody uses it after him.
    """
    opened: list[tuple[Visitor, Any, dict[str, Any] | None]] = []

    def open_(
        name: str = "",
        *,
        anew: bool = False,
        own: bool = False,
        language: str = "en-GB",
        dark: bool = False,
        phone: bool = False,
        **more: Any,
    ) -> Visitor:
        look = {
            "locale": language,
            "color_scheme": "dark" if dark else "light",
            "viewport": {"width": 390, "height": 844} if phone else {"width": 1280, "height": 800},
            "has_touch": phone,
            "reduced_motion": "reduce",
        }
        own = own or bool(more)
        context = browsers.chromium.new_context(**look, **more) if own else browsers.lend(look)
        visitor = Visitor(house, context.new_page())
        opened.append((visitor, context, None if own else look))
        watch(visitor)
        if name:
            visitor.enter(name, anew=anew)
        return visitor

    yield open_
    for _, context, look in opened:
        if look is None:
            context.close()
        else:
            browsers.take_back(context, look, house.url)
    for visitor, _, _ in opened:
        assert visitor.faults == [], "\n".join(visitor.faults)
