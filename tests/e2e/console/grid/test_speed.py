"""How quickly the grid scrolls and answers; the figures are printed, and kept in build/console/grid.json.

What is asserted is generous: it is to catch a grid that draws all its rows, not a machine that is busy.
"""

from __future__ import annotations

import functools
import json
import shutil
import statistics
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.console.evaluations.filling import Filling, job_id, metrics
from tests.e2e.console.visiting import ROOT, SHOTS, House, Visit, expect

from starwhale.core.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SCROLL = """async ([right, down, milliseconds]) => {
  const grid = document.querySelector("[role=grid]");
  const lengths = [];
  let last = performance.now();
  const end = last + milliseconds;
  return await new Promise((done) => {
    const step = (now) => {
      lengths.push(now - last);
      last = now;
      grid.scrollBy(right, down);
      const { scrollLeft, clientWidth, scrollWidth } = grid;
      if (scrollLeft <= 0 || scrollLeft + clientWidth >= scrollWidth - 1) right = -right;
      if (now < end) requestAnimationFrame(step);
      else done(lengths.slice(2));
    };
    requestAnimationFrame(step);
  });
}"""
LISTEN = """() => {
  window.heard = [];
  new PerformanceObserver((list) => {
    for (const { interactionId, name, duration } of list.getEntries())
      if (interactionId) window.heard.push([name, duration]);
  }).observe({ type: "event", durationThreshold: 16 });
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page that is a grid and nothing else."""
    npx = shutil.which("npx")
    if not npx or not (ROOT / "web" / "node_modules").is_dir():
        pytest.skip("there is no Node.js to build it with")
    built = tmp_path_factory.mktemp("bench")
    command = [npx, "vite", "build", "-c", "bench/vite.config.ts", "--outDir", str(built), "--emptyOutDir"]
    done = subprocess.run(command, cwd=ROOT / "web", capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/index.html"
    server.shutdown()
    server.server_close()


def note(name: str, **figures: float) -> None:
    """Print figures, and keep them."""
    told = {key: round(value, 1) for key, value in figures.items()}
    print(name, told)
    SHOTS.mkdir(parents=True, exist_ok=True)
    place: Path = SHOTS / "grid.json"
    known = json.loads(place.read_text("utf-8")) if place.exists() else {}
    place.write_text(json.dumps({**known, name: told}, indent=2), "utf-8")


def _scroll(page: Any, name: str) -> None:
    for way, right, down in (("down", 0, 40), ("right", 30, 0), ("both", 20, 20)):
        lengths = page.evaluate(SCROLL, [right, down, 3000])
        frames = 1000 / statistics.mean(lengths)
        note(f"{name}, {way}", frames_per_second=frames, p95_ms=sorted(lengths)[int(len(lengths) * 0.95)])
        assert frames > 10
    assert page.locator("[role=gridcell]").count() < 1500


def _interact(page: Any, name: str) -> None:
    page.evaluate(LISTEN)
    page.get_by_role("grid").focus()
    for key in ("Control+End", "Control+Home", "PageDown", "PageDown", "ArrowRight", "End", "Home", "Space"):
        page.keyboard.press(key)
        page.wait_for_timeout(120)
    page.locator(".grid .head .title").nth(1).click()
    page.wait_for_timeout(300)
    page.locator(".grid .head .title").nth(1).click()
    page.wait_for_timeout(300)
    heard = page.evaluate("window.heard")
    assert heard
    worst = max(length for _, length in heard)
    note(f"{name}, next paint", worst_ms=worst, interactions=len(heard))
    assert worst < 2000


def test_a_million_rows(chromium: Any, bench: str) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{bench}?rows=1000000&columns=50")
    expect(page.locator("[role=gridcell]").first).to_be_visible()
    _scroll(page, "1,000,000 x 50")
    grid = page.get_by_role("grid")
    grid.focus()
    page.keyboard.press("Control+End")
    expect(page.locator(".grid .row").last).to_have_attribute("aria-rowindex", "1000001")
    page.evaluate("document.querySelector('[role=grid]').scrollTop = 7_500_000")
    expect(page.locator(".grid .row [data-place='0']").nth(12)).to_contain_text("500")
    page.keyboard.press("Control+Home")
    expect(page.locator(".grid .row").first).to_have_attribute("aria-rowindex", "2")
    page.mouse.move(600, 400)
    for _ in range(10):
        page.mouse.wheel(0, 100)
        page.wait_for_timeout(60)
    page.wait_for_timeout(500)
    first = int(page.locator(".grid .row").first.get_attribute("aria-rowindex"))
    assert 8 <= first <= 32, "the wheel moves as many rows as in a short list: about 27"
    _interact(page, "1,000,000 x 50")
    page.close()


def test_a_thousand_evaluations_with_two_hundred_metrics(visit: Visit, house: House) -> None:
    with house.as_("ada") as http:
        http.post("/projects", {"name": "thousand"})
    filling = Filling(Settings.at(house.data), "thousand")
    numbers = range(10_000, 11_000)
    filling.add_jobs(numbers)
    filling.log_summaries({job_id(number): metrics(number, 200) for number in numbers})
    filling.close()
    page = visit("ada").go("/projects/thousand/evaluations")
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "1001", timeout=60_000)
    asked = page.evaluate(
        "performance.getEntriesByType('resource').find(({name}) => name.includes('/evaluations?')).toJSON()"
    )
    note("1,000 x 200, loaded", milliseconds=asked["duration"], kilobytes=asked["decodedBodySize"] / 1000)
    _scroll(page, "1,000 x 200")
    _interact(page, "1,000 x 200")
