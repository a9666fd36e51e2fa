"""A project with datasets in versions, made of real data where it is at hand."""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from tests.e2e.console.visiting import House

from starwhale import Image, MIMEType
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.core.uri import ArtifactUri
from starwhale.instance.remote import RemoteInstance

PROJECT = "gallery"
DATA = Path(os.environ.get("STARWHALE_TEST_DATA") or Path(__file__).parents[5] / "shared" / "data")
DIGITS = 120
QUESTIONS = 60
Rows = Mapping[int, Mapping[str, Any]]


@pytest.fixture(scope="session")
def gallery(house: House, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The project: ada owns it, bob maintains it, wu looks."""
    with house.as_("ada") as http:
        http.post("/projects", {"name": PROJECT, "description": "Datasets to look at."})
        http.patch(f"/projects/{PROJECT}", {"public": True})
        http.put(f"/projects/{PROJECT}/members/bob", {"role": "MAINTAINER"})
        http.put(f"/projects/{PROJECT}/members/wu", {"role": "GUEST"})
        http.post("/projects", {"name": "blank"})
        token = http.post("/me/tokens", {"name": "corpus"})["token"]
    home = tmp_path_factory.mktemp("data")
    with RemoteInstance("team", house.url, token=token, user="ada", settings=Settings.at(home)) as there:
        _fill(there)
    return PROJECT


def _fill(there: RemoteInstance) -> None:
    digits = dict(_digits())
    first = {key: row for key, row in digits.items() if key < DIGITS - 20}
    publish(there, "digits", first, message="The first hundred, as they were drawn.", tags=["drawn"])
    changed = {key: {**digits[key], "label": (digits[key]["label"] + 1) % 10} for key in (3, 14, 15)}
    later = {**{key: row for key, row in digits.items() if key >= DIGITS - 20}, **changed}
    publish(there, "digits", later, gone=[7, 8], message="Twenty more, and three labels mended.")
    checked = {key: {"checked": key % 2 == 0, "score": 1 / (key + 1)} for key in range(40)}
    publish(there, "digits", checked, message="Half of them looked at again.", tags=["production", "checked"])
    publish(there, "questions", dict(_questions()), message="Sums in words.")
    publish(there, "retired", {0: {"x": 1}})
    there.artifacts.remove(there.actor, _uri("retired"))


def publish(there: RemoteInstance, name: str, rows: Rows, gone: list[int] | None = None, **told: Any) -> None:
    head = there.datasets.find(there.actor, _uri(name))
    writer = there.datasets.writer(there.actor, PROJECT, name, head)
    try:
        for key, row in rows.items():
            writer.put(key, row)
        for key in gone or []:
            writer.delete(key)
        writer.commit(**told)
    finally:
        writer.close()


def _uri(name: str) -> ArtifactUri:
    return ArtifactUri(instance="team", project=PROJECT, kind=Kind.DATASET, name=name)


def _digits() -> Iterator[tuple[int, dict[str, Any]]]:
    """Written digits of MNIST; squares where there are none."""
    place = DATA / "mnist"
    if place.is_dir():
        pixels = gzip.decompress((place / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
        labels = gzip.decompress((place / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    else:
        pixels = b"".join(bytes((row * number) % 256 for row in range(784)) for number in range(DIGITS))
        labels = bytes(number % 10 for number in range(DIGITS))
    for number in range(DIGITS):
        picture = io.BytesIO()
        PIL.Image.frombytes("L", (28, 28), pixels[number * 784 : (number + 1) * 784]).save(picture, "PNG")
        yield (
            number,
            {
                "image": Image(picture.getvalue(), mime_type=MIMEType.PNG),
                "label": labels[number],
                "source": "mnist" if number % 3 else "pen",
                "ink": sum(pixels[number * 784 : (number + 1) * 784]) / 784 / 255,
            },
        )


def _questions() -> Iterator[tuple[int, dict[str, Any]]]:
    place = DATA / "gsm8k" / "test.jsonl"
    if not place.is_file():
        yield from (
            (each, {"question": f"{each} + 1?", "answer": str(each + 1)}) for each in range(QUESTIONS)
        )
        return
    with place.open(encoding="utf-8") as lines:
        for number, line in zip(range(QUESTIONS), lines, strict=False):
            yield number, json.loads(line)
