"""People with browsers, who look at a server that runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from starwhale.client.http import Http
from starwhale.core.errors import Unauthorized
from starwhale.server.console import BUILT, Console

sync_api: Any = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect: Any = sync_api.expect
ROOT = Path(__file__).parents[3]
SHOTS = ROOT / "build" / "console"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "a whole sentence of words"
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
#: Set where pictures of what is seen are to be kept in `SHOTS`, for people to look at.
PICTURES = "STARWHALE_PICTURES"
#: Language, darkness and size of what people look at: each of them every day, and how they go together on
#: demand.
LOOKS = [
    pytest.param("en-GB", True, False, id="en-dark"),
    pytest.param("zh-CN", False, True, id="zh-light-phone"),
    pytest.param("en-GB", False, False, id="en-light", marks=pytest.mark.slow),
    pytest.param("zh-CN", True, False, id="zh-dark", marks=pytest.mark.slow),
    pytest.param("zh-CN", False, False, id="zh-light", marks=pytest.mark.slow),
    pytest.param("en-GB", True, True, id="en-dark-phone", marks=pytest.mark.slow),
]
# What moves comes to rest, but for what turns for ever; and what that leads to has been drawn.
_REST = """async () => {
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const moving = () => document.getAnimations().filter(
    (each) => each.playState === "running" && each.effect.getComputedTiming().endTime !== Infinity);
  await drawn();
  for (let round = 0; round < 20 && moving().length > 0; round += 1) {
    await Promise.allSettled(moving().map((each) => each.finished));
    await drawn();
  }
}"""
# Beginnings of ids, and whole ones, that are read where no button copies them. What is drawn, chosen from or
# gone back to leads to a page that has one, the heads of grids have it in their menu, and people write what
# they like.
_UNCOPIED = r"""() => {
  const id = /(?<![\w@-])(?=[a-z]*[2-7])(?=[2-7]*[a-z])[a-z2-7]{12}(?:[a-z2-7]{28})?(?![\w-])/;
  const elsewhere = "nav, .grid .head, .message, .ant-select, .ant-segmented, .react-flow, svg, pre, .unseen";
  const lines = "td, th, dd, dt, li, p, h1, h2, .line, .cell, .heading";
  const found = new Set();
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement: place, data } = texts.currentNode;
    if (!id.test(data) || place.closest(elsewhere) || !place.checkVisibility()) continue;
    if (!(place.closest(lines) ?? place).querySelector(".anticon-copy")) found.add(data.trim());
  }
  return [...found];
}"""
_FAULTY = {"serious", "critical"}
# What the browser says of refusals that the page is made to show.
_EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


@dataclass(frozen=True, slots=True)
class House:
    """A server that runs.

    Attributes:
        url: Its address.
        password: Of its first administrator.
        data: Where it keeps all it has.
        sessions: Cookies of those who have come in.
    """

    url: str
    password: str
    data: Path
    sessions: dict[str, list[tuple[str, str]]] = field(default_factory=dict[str, list[tuple[str, str]]])

    @contextmanager
    def as_(self, name: str, *, anew: bool = False) -> Generator[Http]:
        """Ask as somebody, in the session that he has or in another: the server counts who comes in."""
        with Http(self.url) as http:
            for key, value in () if anew else self.sessions.get(name, ()):
                http._client.cookies.set(key, value)
            if anew or not self._is_in(http, name):
                password = self.password if name == "admin" else PASSWORD
                http._client.cookies.clear()
                http.post("/login", {"name": name, "password": password})
            cookies = [(each.name, each.value or "") for each in http._client.cookies.jar]
            if not anew:
                self.sessions[name] = cookies
            yield http

    def _is_in(self, http: Http, name: str) -> bool:
        if name not in self.sessions:
            return False
        try:
            return http.get("/me")["name"] == name
        except Unauthorized:
            return False


@contextmanager
def opened(home: Path, **settings: str) -> Generator[House]:
    """A server that runs, with nothing in it; ``MEDIA_LASTS="2"`` is one of its settings."""
    if not Console().built:
        pytest.skip(f"there is no console in {BUILT}; `make console` builds it")
    server = [sys.executable, "-P", "-m", "starwhale.cli", "server"]
    # It runs in another directory, where a relative path would lead to what happens to be installed.
    paths = os.pathsep.join(os.path.abspath(each) for each in sys.path if each)  # noqa: PTH100
    env = {
        **os.environ,
        "HOME": str(home),
        "PYTHONPATH": paths,
        "SW_SERVER_DATA": str(home / "data"),
        **{f"SW_SERVER_{name}": value for name, value in settings.items()},
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
        yield House(json.loads(started.stdout)["url"], found[1], home / "data")
    finally:
        subprocess.run(
            [*server, "stop", "--timeout", "5"], env=env, capture_output=True, timeout=60, check=False
        )


@dataclass(slots=True)
class Visitor:
    """Somebody with a browser.

    Attributes:
        page: His tab.
        faults: What went wrong in it: scripts that failed or that nobody meant to run, styles and requests
            that the policy of the page refused, requests to other servers.
    """

    house: House
    page: Any
    faults: list[str] = field(default_factory=list[str])

    def go(self, path: str) -> Any:
        """Open a page, and wait until it shows something."""
        self.page.goto(self.house.url + path)
        expect(self.page.locator("main h1")).to_be_visible(timeout=PATIENCE)
        expect(self.page.locator(".waiting")).to_have_count(0, timeout=PATIENCE)
        return self.page

    def enter(self, name: str, *, anew: bool = False) -> None:
        """Come in without the page, which has a test of its own."""
        with self.house.as_(name, anew=anew) as http:
            cookies = [(each.name, each.value) for each in http._client.cookies.jar]
        self.page.context.add_cookies(
            [{"name": key, "value": value, "url": self.house.url} for key, value in cookies]
        )

    def rest(self) -> None:
        """Wait until nothing moves any more."""
        self.page.evaluate(_REST)

    def shoot(self, name: str, *, whole: bool = True) -> None:
        """Keep a picture of the page where that is asked for: all of it, or what is on the screen."""
        if not os.environ.get(PICTURES):
            return
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.rest()
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=whole)

    def check_accessible(self) -> None:
        """Have axe look at what is shown."""
        self.rest()
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        told = [
            f"{each['id']}: {node['target']} {node['failureSummary']}".replace("\n", " ")
            for each in found["violations"]
            if each["impact"] in _FAULTY
            for node in each["nodes"]
        ]
        self.faults += [f"{self.page.url} {each}" for each in told]

    def check_copyable(self) -> None:
        """Have each id that is shown looked at: whoever reads one wants all of it elsewhere."""
        told = self.page.evaluate(_UNCOPIED)
        self.faults += [f"{self.page.url} has no button that copies {each!r}" for each in told]


Visit = Callable[..., Visitor]


@dataclass(slots=True)
class Browsers:
    """Browsers that one after the other uses: what pages are made of is loaded and compiled once for many.

    Attributes:
        chromium: Has them.
        free: Those that nobody uses, by how they look.
    """

    chromium: Any
    free: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])

    def lend(self, look: dict[str, Any]) -> Any:
        """A browser in which nobody is and that remembers nobody; give it back when done."""
        idle = self.free.setdefault(repr(look), [])
        return idle.pop() if idle else self.chromium.new_context(**look)

    def take_back(self, context: Any, look: dict[str, Any], url: str) -> None:
        """Close all pages, and forget what this server has left there."""
        for page in context.pages:
            page.close()
        context.clear_cookies()
        blank = context.new_page()
        kept = {"origin": url, "storageTypes": "cookies,indexeddb,local_storage,service_workers"}
        context.new_cdp_session(blank).send("Storage.clearDataForOrigin", kept)
        blank.close()
        self.free[repr(look)].append(context)


def watch(visitor: Visitor) -> None:
    page, faults = visitor.page, visitor.faults

    def hear(said: Any) -> None:
        if said.type in {"error", "warning"} and not _EXPECTED.search(said.text):
            faults.append(said.text)

    def look(asked: Any) -> None:
        if not asked.url.startswith((visitor.house.url, "data:", "blob:")):
            faults.append(asked.url)

    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
    page.on("console", hear)
    page.on("request", look)
