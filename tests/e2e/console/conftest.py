"""A real server with people and projects in it, and browsers that look at it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.console import corpus
from tests.e2e.console.visiting import House, Visit, Visitor, sync_api, watch

from starwhale.server.console import BUILT, Console


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if not Console().built:
        pytest.skip(f"there is no console in {BUILT}; `make console` builds it")
    home = tmp_path_factory.mktemp("console")
    server = [sys.executable, "-P", "-m", "starwhale.cli", "server"]
    # It runs in another directory, where a relative path would lead to what happens to be installed.
    paths = os.pathsep.join(os.path.abspath(each) for each in sys.path if each)  # noqa: PTH100
    env = {
        **os.environ,
        "HOME": str(home),
        "PYTHONPATH": paths,
        "SW_SERVER_DATA": str(home / "data"),
        "SW_SERVER_WEBHOOKS_TO_PRIVATE": "true",
    }
    started = subprocess.run(
        [*server, "start", "--port", "0", "-o", "json"],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert started.returncode == 0, started.stderr
    found = re.search(r"with the password (\S+)", started.stderr)
    assert found
    try:
        made = House(json.loads(started.stdout)["url"], found[1], home / "data")
        corpus.settle(made)
        yield made
    finally:
        subprocess.run(
            [*server, "stop", "--timeout", "5"], env=env, capture_output=True, timeout=60, check=False
        )


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
def visit(house: House, chromium: Any) -> Iterator[Visit]:
    """Opens browsers: ``visit("ada", language="zh-CN", dark=True, phone=True)``; ``visit("")`` is nobody.

    ``anew`` begins a session of its own.
    """
    opened: list[Visitor] = []

    def open_(
        name: str = "",
        *,
        anew: bool = False,
        language: str = "en-GB",
        dark: bool = False,
        phone: bool = False,
        **more: Any,
    ) -> Visitor:
        context = chromium.new_context(
            locale=language,
            color_scheme="dark" if dark else "light",
            viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 800},
            has_touch=phone,
            reduced_motion="reduce",
            **more,
        )
        visitor = Visitor(house, context.new_page())
        opened.append(visitor)
        watch(visitor)
        if name:
            visitor.enter(name, anew=anew)
        return visitor

    yield open_
    for visitor in opened:
        visitor.page.context.close()
        assert visitor.faults == [], "\n".join(visitor.faults)
