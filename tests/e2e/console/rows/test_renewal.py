"""Pages that stay open longer than the addresses of their media are good."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from tests.e2e.console import corpus
from tests.e2e.console.publishing import publish, reached
from tests.e2e.console.visiting import PATIENCE, House, Visit, expect, opened, sync_api

from starwhale import Audio, Image, MIMEType

pytestmark = pytest.mark.e2e

ADDRESS = "/projects/open/datasets/seen/versions/latest?tab=rows"
#: Samples of a sound of an hour, more than a browser loads ahead.
RATE, SAMPLES = 4000, 4000 * 3600
ENDED = """(name) => {
  const media = document.querySelector(name);
  const word = media.getAttribute("src").split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const until = Number(atob(word).split(",")[1]);
  return Date.now() / 1000 > until + 0.5;
}"""

SHOWN = """(first) => {
  const shown = [...document.querySelectorAll("main img")].filter((each) => each.loading === "lazy");
  return shown.length > 2 && !document.querySelector(".media-file") &&
    shown.every(({ src, naturalWidth }) => naturalWidth === 40 && !src.endsWith(first));
}"""
PICTURES = (
    "[...document.querySelectorAll('main img')].map((each) => [each.complete, each.naturalWidth, each.src])"
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server of its own, whose addresses of media are good for five to ten seconds."""
    with opened(tmp_path_factory.mktemp("brief"), MEDIA_LASTS="5") as made:
        corpus.settle(made)
        _fill(made, tmp_path_factory.mktemp("filling"))
        yield made


def _fill(house: House, home: Path) -> None:
    with house.as_("ada") as http:
        http.post("/projects", {"name": "open"})
    with reached(house, "ada", home) as there:
        pictures = {key: {"image": Image(_picture(key), mime_type=MIMEType.PNG)} for key in range(100)}
        sound = {"sound": Audio(_sound(), mime_type=MIMEType.WAV, display_name="hour.wav")}
        publish(there, "open", "seen", {**pictures, 1000: sound})


def _picture(number: int) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (40, 30), (number * 2, 90, 200 - number)).save(file, "PNG")
    return file.getvalue()


def _sound() -> bytes:
    samples = (np.sin(np.arange(SAMPLES) * 0.3) * 9000).astype("<i2")
    numbers = ((36 + samples.nbytes, 4), (16, 4), (1, 2), (1, 2), (RATE, 4), (RATE * 2, 4), (2, 2), (16, 2))
    size, *form = (number.to_bytes(length, "little") for number, length in numbers)
    data = b"data" + samples.nbytes.to_bytes(4, "little") + samples.tobytes()
    return b"RIFF" + size + b"WAVEfmt " + b"".join(form) + data


def test_pictures_that_come_into_sight_late_are_shown(visit: Visit) -> None:
    page = visit("ada").go(ADDRESS)
    expect(page.locator("main img").first).to_be_visible(timeout=PATIENCE)
    page.wait_for_function(ENDED, arg="main img", timeout=PATIENCE)
    first = page.locator("main img").first.get_attribute("src")
    answers: list[str] = []
    page.on("response", lambda answer: answers.append(f"{answer.status} {answer.url[-40:]}"))
    page.get_by_role("grid").focus()
    page.keyboard.press("Control+End")
    expect(page.get_by_role("button", name="1000")).to_be_visible()
    try:
        page.wait_for_function(SHOWN, arg=first, timeout=PATIENCE)
    except sync_api.TimeoutError:
        pytest.fail(f"shown: {page.evaluate(PICTURES)}\nanswers: {answers}")


def test_a_sound_goes_on_where_it_was(visit: Visit) -> None:
    page = visit("ada").go(f"{ADDRESS}&row=1000")
    sound = page.locator(".rowvalues audio")
    slider = page.locator(".rowvalues").get_by_role("slider")
    page.locator(".rowvalues").get_by_role("button", name="Play").click()
    page.wait_for_function(
        "() => document.querySelector('.rowvalues audio').currentTime > 0.1", timeout=PATIENCE
    )
    page.wait_for_function(ENDED, arg=".rowvalues audio", timeout=PATIENCE)
    before = sound.get_attribute("src")
    slider.focus()
    with page.expect_response("**/media/renew"):
        for _ in range(15):
            page.keyboard.press("ArrowRight")
    page.wait_for_function(
        """() => {
          const { currentTime, paused, error, readyState } = document.querySelector(".rowvalues audio");
          return currentTime > 2700 && currentTime < 2800 && !paused && !error && readyState >= 2;
        }""",
        timeout=PATIENCE,
    )
    assert sound.get_attribute("src") != before
    where: Any = sound.evaluate("({ currentTime }) => currentTime")
    page.wait_for_function(
        f"() => document.querySelector('.rowvalues audio').currentTime > {where}", timeout=PATIENCE
    )
