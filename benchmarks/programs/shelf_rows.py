"""The rows that every side stores and reads: made from a seed, so that no side reads a file for them."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SIZES = {"images": 60_000, "blobs": 4_000, "texts": 300_000, "mnist": 10_000, "digits": 300}
WORDS = [f"word{number}" for number in range(997)]


def rows(kind: str, count: int) -> Iterator[dict[str, Any]]:
    """Rows of plain values: bytes, text, numbers, lists and records.

    Args:
        kind: ``images`` (784 bytes and a label), ``blobs`` (100 KB), ``texts`` (nested), ``mnist``,
            ``digits`` (recordings).
        count: How many.
    """
    return {"images": _images, "blobs": _blobs, "texts": _texts, "mnist": _mnist, "digits": _digits}[kind](
        count
    )


def _images(count: int) -> Iterator[dict[str, Any]]:
    source = random.Random(7)
    kept = [source.randbytes(784) for _ in range(1000)]
    for number in range(count):
        yield {"data": kept[number % 1000], "label": number % 10}


def _blobs(count: int) -> Iterator[dict[str, Any]]:
    source = random.Random(7)
    kept = source.randbytes(1 << 20)
    for number in range(count):
        at = (number * 7919) % (len(kept) - 100_000)
        yield {"data": number.to_bytes(8, "little") + kept[at : at + 99_992], "label": number % 10}


def _texts(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        begin = number % 900
        yield {
            "text": " ".join(WORDS[begin : begin + 20]),
            "label": number % 7,
            "meta": {"source": WORDS[number % 50], "score": number / 7, "length": 20},
            "tags": [WORDS[number % 31], WORDS[number % 17]],
        }


def _shared() -> Path:
    return Path(os.environ.get("STARWHALE_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")


def has(kind: str) -> bool:
    """Whether the rows can be made on this machine."""
    needed = {"mnist": "mnist", "digits": "fsdd"}
    return kind not in needed or (_shared() / needed[kind]).is_dir()


def _mnist(count: int) -> Iterator[dict[str, Any]]:
    import gzip

    folder = _shared() / "mnist"
    images = gzip.decompress(next(folder.glob("*images*")).read_bytes())[16:]
    labels = gzip.decompress(next(folder.glob("*labels*")).read_bytes())[8:]
    for number in range(count):
        yield {"data": images[number * 784 : (number + 1) * 784], "label": labels[number]}


def _digits(count: int) -> Iterator[dict[str, Any]]:
    for path in sorted((_shared() / "fsdd" / "recordings").glob("*.wav"))[:count]:
        yield {"data": path.read_bytes(), "label": int(path.name[0])}
