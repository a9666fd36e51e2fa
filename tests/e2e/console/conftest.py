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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for `say` in one language every day, half of it in each, and in the other at length."""
    if "say" in metafunc.fixturenames:
        everyday = crc32(metafunc.function.__name__.encode()) % 2
        ways = [
            pytest.param(language, id=name, marks=[] if place == everyday else pytest.mark.slow)
            for place, (name, language) in enumerate([("en", "en-GB"), ("zh", "zh-CN")])
        ]
        metafunc.parametrize("say", ways, indirect=True)


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
