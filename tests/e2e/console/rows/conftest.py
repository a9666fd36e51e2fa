"""A project with rows of every kind: real ones where they are at hand, drawn, hostile and very many ones."""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
from tests.e2e.console.corpus import ATTACKS
from tests.e2e.console.publishing import publish, reached, writing
from tests.e2e.console.visiting import House

from starwhale import (
    Audio,
    Binary,
    BoundingBox,
    ClassLabel,
    COCOObjectAnnotation,
    GrayscaleImage,
    Image,
    Line,
    Link,
    MIMEType,
    Point,
    Polygon,
    Text,
    Video,
)
from starwhale.instance.remote import RemoteInstance

PROJECT = "rows"
DATA = Path(os.environ.get("STARWHALE_TEST_DATA") or Path(__file__).parents[5] / "shared" / "data")
MANY = 1_000_000
CLASSES = ["sky", "boat", "sun"]


@pytest.fixture(scope="session")
def there(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteInstance]:
    """The server, as ada reaches it with the SDK."""
    with house.as_("ada") as http:
        http.post("/projects", {"name": PROJECT, "description": "Rows to look at."})
    with reached(house, "ada", tmp_path_factory.mktemp("rows")) as instance:
        yield instance


@pytest.fixture(scope="session")
def rows(there: RemoteInstance) -> str:
    """The project, with its datasets but the largest."""
    publish(there, PROJECT, "digits", dict(_digits(200)))
    publish(there, PROJECT, "spoken", dict(_spoken(24)))
    publish(there, PROJECT, "sums", dict(_sums(120)))
    publish(there, PROJECT, "scenes", dict(_scenes(12)))
    publish(there, PROJECT, "odd", dict(_odd()))
    publish(there, PROJECT, "hostile", dict(_hostile()))
    publish(there, PROJECT, "bare", {})
    return PROJECT


@pytest.fixture(scope="session")
def million(there: RemoteInstance) -> str:
    """Name of a dataset of a million rows."""
    with writing(there, PROJECT, "million") as writer:
        for key in range(MANY):
            row = {"label": key % 10, "score": (key * 7919 % 1000) / 1000, "name": f"sample-{key:07}"}
            writer.put(key, row)
    return "million"


def _digits(count: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Written digits of MNIST; stripes where there are none."""
    place = DATA / "mnist"
    if place.is_dir():
        pixels = gzip.decompress((place / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
        labels = gzip.decompress((place / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    else:
        pixels = b"".join(bytes(row * (each + 1) % 256 for row in range(784)) for each in range(count))
        labels = bytes(each % 10 for each in range(count))
    for each in range(count):
        array = np.frombuffer(pixels, np.uint8, 784, each * 784).reshape(28, 28)
        yield (
            each,
            {"image": Image(array), "raw": GrayscaleImage(array), "array": array, "label": labels[each]},
        )


def _spoken(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Spoken digits; tones where there are none."""
    files = sorted((DATA / "fsdd" / "recordings").glob("*.wav"))[:: max(1, 300 // count)][:count]
    for path in files:
        digit, speaker, take = path.stem.split("_")
        sound = Audio(path.read_bytes(), display_name=path.name, mime_type=MIMEType.WAV)
        yield path.stem, {"sound": sound, "digit": int(digit), "speaker": speaker, "take": int(take)}
    for each in range(0 if files else count):
        yield f"tone-{each:02}", {"sound": Audio(_tone(each), mime_type=MIMEType.WAV), "digit": each % 10}


def _tone(number: int) -> bytes:
    samples = (np.sin(np.arange(8000) * (0.05 + number / 200)) * np.hanning(8000) * 30000).astype("<i2")
    size = samples.nbytes
    head = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    form = b"\1\0\1\0" + (8000).to_bytes(4, "little") + (16000).to_bytes(4, "little") + b"\2\0\x10\0"
    return head + form + b"data" + size.to_bytes(4, "little") + samples.tobytes()


def _sums(count: int) -> Iterator[tuple[int, dict[str, Any]]]:
    place = DATA / "gsm8k" / "test.jsonl"
    if not place.is_file():
        for each in range(count):
            steps = [f"{each} + 1 = {each + 1}", f"#### {each + 1}"]
            row = {"question": f"{each} + 1? " * 40, "answer": "\n".join(steps)}
            yield each, {**row, "final": each + 1, "steps": steps}
        return
    with place.open(encoding="utf-8") as lines:
        for number, line in zip(range(count), lines, strict=False):
            row = json.loads(line)
            final = row["answer"].rpartition("####")[2].strip().replace(",", "")
            yield number, {**row, "final": int(final), "steps": row["answer"].split("\n")}


def _scenes(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Boats under the sun, drawn, with all that marks them."""
    for each in range(count):
        width, height = 320, 200
        picture = PIL.Image.new("RGB", (width, height), (150, 200, 235))
        draw = PIL.ImageDraw.Draw(picture)
        draw.rectangle((0, 130, width, height), fill=(40, 90, 140))
        x, sun = 30 + 15 * each, (250 - 10 * each, 40)
        hull = [(x, 125), (x + 100, 125), (x + 80, 155), (x + 20, 155)]
        sail = [(x + 45, 120), (x + 45, 50), (x + 95, 120)]
        draw.polygon(hull, fill=(120, 60, 30))
        draw.polygon(sail, fill=(250, 250, 240))
        draw.ellipse((sun[0] - 20, sun[1] - 20, sun[0] + 20, sun[1] + 20), fill=(255, 220, 90))
        mask = np.zeros((height, width), np.uint8)
        mask[130:] = 1
        runs = COCOObjectAnnotation(
            id=each, image_id=each, category_id=2, bbox=[sun[0] - 20, sun[1] - 20, 40, 40]
        )
        runs.segmentation = _runs(
            np.hypot(*np.ogrid[-sun[1] : height - sun[1], -sun[0] : width - sun[0]]) < 20
        )
        boat = COCOObjectAnnotation(id=100 + each, image_id=each, category_id=1, bbox=[x, 50, 100, 105])
        boat.segmentation = [[float(value) for spot in shape for value in spot] for shape in (hull, sail)]
        yield (
            f"scene-{each:02}",
            {
                "image": Image(picture, display_name=f"scene-{each:02}.png"),
                "boxes": [{"label": "boat", "box": BoundingBox(x, 50, 100, 105)}],
                "outline": Polygon(sail),
                "mast": Line([(x + 45, 125), (x + 45, 45)]),
                "keypoints": [Point(x, 125), Point(x + 100, 125), Point(x + 45, 45)],
                "objects": [boat, runs],
                "water": mask,
                "shade": Image(mask * 255, as_mask=True),
                "classes": ClassLabel(CLASSES),
                "boats": 1,
                **(
                    {"film": Video(_film(), display_name="waves.mp4", mime_type=MIMEType.MP4)}
                    if each < 2
                    else {}
                ),
            },
        )


def _runs(mask: np.ndarray[Any, Any]) -> dict[str, Any]:
    flat = mask.astype(np.int8).ravel(order="F")
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flat, [0]))))
    counts = np.diff(np.concatenate(([0], edges, [flat.size]))) if edges.size else np.array([flat.size])
    return {"size": list(mask.shape), "counts": [int(each) for each in counts]}


def _film(frames: int = 48) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for number in range(frames):
            wave = np.sin(np.arange(160) / 12 + number / 4) * 20 + 48
            pixels = np.where(
                np.arange(96)[:, None, None] > wave[None, :, None], [40, 90, 140], [150, 200, 235]
            )
            frame = av.VideoFrame.from_ndarray(pixels.astype(np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


def _odd() -> Iterator[tuple[int | str, dict[str, Any]]]:
    yield (
        0,
        {
            "none": None,
            "nan": float("nan"),
            "infinite": float("-inf"),
            "large": 2**63 - 1,
            "huge": 2**90,
            "truth": True,
            "empty": "",
            "words": "All work and no play makes Jack a dull boy. " * 300,
            "lines": "\n".join(f"line {each}" for each in range(200)),
            "raw": bytes(range(256)),
            "when": datetime(2026, 1, 31, 12, 30, tzinfo=UTC),
            "day": date(2026, 1, 31),
            "complex": 1 - 2j,
            "nested": {"list": [1, {"deep": [None, "x", 2**60]}], "many": list(range(300))},
            "vector": np.linspace(0, 1, 50, dtype=np.float32),
            "matrix": np.arange(12, dtype=np.int64).reshape(3, 4),
            "planes": np.stack([np.full((16, 24), value, np.float32) for value in (0, 0.5, 1)]),
            "text": Text("A text of its own.\n" * 50),
            "file": Binary(b"PK\3\4" + bytes(100), mime_type=MIMEType.UNDEFINED),
            "away": Image(link=Link("https://example.com/elsewhere.png")),
            "link": Link("s3://bucket/key.bin", offset=3, size=9),
            "label": ClassLabel(["cat", "dog"]),
        },
    )
    yield 2**63 - 1, {"large": -(2**63), "nan": 1.5}
    yield "a key in words", {"words": "短文本 · متن · טקסט", "truth": False}
    yield "17", {"words": "seventeen in letters"}


def _hostile() -> Iterator[tuple[str, dict[str, Any]]]:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    html = b"<!doctype html><script>alert(1)</script><img src=//evil.example/x>"
    for number, attack in enumerate(ATTACKS):
        yield (
            attack,
            {
                "text": attack,
                attack[:100]: attack,
                "as_text": Text(attack),
                "nested": {attack: [attack, {attack: attack}]},
                "svg": Image(svg, mime_type=MIMEType.SVG, display_name=attack),
                "page": Image(html, mime_type=MIMEType.PNG, display_name=attack),
                "file": Binary(html, mime_type=MIMEType.HTML),
                "link": Link(f"javascript:alert({number})"),
                "web": Link(f"https://evil.example/{attack}"),
                "forged": {
                    "type": "image",
                    "mime": "image/svg+xml",
                    "size": 3,
                    "url": "https://evil.example/x",
                },
                "forged_too": {
                    "type": "image",
                    "mime": "image/png",
                    "size": 3,
                    "url": "/api/v1/media/../logout",
                },
                "boxes": [{"label": attack, "box": BoundingBox(1, 2, 3, 4)}],
                "classes": ClassLabel([attack, attack]),
            },
        )
