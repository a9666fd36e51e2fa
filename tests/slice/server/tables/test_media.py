"""Bytes of media in tables: whole and in parts, as what they are, to whoever may see the table."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Protocol

import pytest
from starlette.testclient import TestClient
from tests.slice.server.tables.conftest import TABLES

from starwhale import Binary, Image, Video
from starwhale.evaluations.results import ResultStore
from starwhale.server.services import Services
from starwhale.storage.blobs import Blobs
from starwhale.storage.layers.media import ROW_LIMIT

ClientOf = Callable[..., TestClient]
RESULTS = "evaluation/night/results"
FILM = b"\0\0\0\x18ftypmp42" + random.Random(7).randbytes(3 * ROW_LIMIT)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


class UrlOf(Protocol):
    """Address of the media in a column of the row."""

    def __call__(self, column: str) -> str: ...


@pytest.fixture
def url_of(
    ada: TestClient, results: ResultStore, services: Services, request: pytest.FixtureRequest
) -> UrlOf:
    """Media of all sizes in one row: the film lies in a blob, all else in the row."""
    results.log(
        "results",
        1,
        {
            "film": Video(FILM, mime_type="video/mp4"),
            "picture": Image(PICTURE, mime_type="image/png"),
            "page": Binary(b"<script>alert(1)</script>" * 400, mime_type="text/html"),
            "raw": b"\x00raw" * 2000,
            "empty": Image(b"", mime_type="image/png"),
        },
    )
    results.flush()
    if getattr(request, "param", ""):
        assert services.tables.fold(f"vision/{RESULTS}")
    values = ada.get(f"{TABLES}/row", params={"path": RESULTS, "id": 1, "integer": True}).json()["values"]
    return lambda column: values[column]["url"]


def part(client: TestClient, url: str, wanted: str, **headers: str) -> tuple[int, str | None, bytes]:
    found = client.get(url, headers={"Range": wanted, **headers})
    return found.status_code, found.headers.get("content-range"), found.content


@pytest.mark.parametrize("url_of", ["", "in a layer"], indirect=True)
@pytest.mark.parametrize(
    ("column", "data"), [("film", FILM), ("picture", PICTURE), ("raw", b"\x00raw" * 2000)]
)
def test_parts_are_what_the_whole_has_there(ada: TestClient, url_of: UrlOf, column: str, data: bytes) -> None:
    url, size = url_of(column), len(data)
    whole = ada.get(url)
    assert (whole.status_code, whole.headers["accept-ranges"], whole.content == data) == (200, "bytes", True)
    assert int(whole.headers["content-length"]) == size
    for wanted, start, end in (
        ("bytes=0-", 0, size),
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        (f"bytes={size - 5}-{size + 100}", size - 5, size),
        ("bytes=-7", size - 7, size),
    ):
        told = f"bytes {start}-{end - 1}/{size}"
        assert part(ada, url, wanted) == (206, told, data[start:end]), wanted


@pytest.mark.parametrize("column", ["film", "picture"])
def test_a_part_behind_the_end_is_refused_with_the_size(ada: TestClient, url_of: UrlOf, column: str) -> None:
    size = len(FILM if column == "film" else PICTURE)
    for wanted in (f"bytes={size}-", f"bytes={size + 1}-{size + 9}", "bytes=-0"):
        status, told, body = part(ada, url_of(column), wanted)
        assert (status, told, json.loads(body)["code"]) == (416, f"bytes */{size}", "usage"), wanted
    # A form that nobody knows counts as none.
    for odd in ("rows=0-9", "bytes=9-3"):
        assert ada.get(url_of(column), headers={"Range": odd}).status_code == 200


def test_media_without_bytes_are_empty(ada: TestClient, url_of: UrlOf) -> None:
    whole = ada.get(url_of("empty"))
    assert (whole.status_code, whole.content) == (200, b"")
    assert part(ada, url_of("empty"), "bytes=0-")[:2] == (416, "bytes */0")


def test_who_seeks_in_a_film_has_only_that_part_read(
    ada: TestClient, url_of: UrlOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, read = url_of("film"), list[int]()
    real = Blobs.read_range

    def read_range(blobs: Blobs, digest: str, start: int, length: int) -> bytes:
        found = real(blobs, digest, start, length)
        read.append(len(found))
        return found

    monkeypatch.setattr(Blobs, "read_range", read_range)
    monkeypatch.setattr(Blobs, "read", lambda *_: pytest.fail("all of it was read"))
    place = 2 * ROW_LIMIT
    assert part(ada, url, f"bytes={place}-{place + 999}")[2] == FILM[place : place + 1000]
    assert sum(read) < 2000
    read.clear()
    # Whoever plays it from there gets it piece by piece.
    assert part(ada, url, f"bytes={place}-")[2] == FILM[place:]
    assert max(read) <= ROW_LIMIT


def test_bytes_are_sent_again_only_when_they_are_others(
    ada: TestClient, url_of: UrlOf, results: ResultStore
) -> None:
    url = url_of("film")
    tag = ada.get(url, headers={"Range": "bytes=0-0"}).headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        same = ada.get(url, headers={"If-None-Match": known})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag), known
    assert ada.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    assert part(ada, url, "bytes=0-9", **{"If-Range": tag})[0] == 206
    other = FILM[::-1]
    results.log("results", 1, {"film": Video(other, mime_type="video/mp4")})
    results.flush()
    assert ada.get(url, headers={"If-None-Match": tag}).content == other
    # A part of the new film would not go with what the player has of the old one.
    assert part(ada, url, "bytes=0-9", **{"If-Range": tag}) == (200, None, other)


def test_only_what_is_no_page_is_shown_in_place(ada: TestClient, url_of: UrlOf) -> None:
    shown = {
        "film": ("video/mp4", "inline"),
        "picture": ("image/png", "inline"),
        "page": ("application/octet-stream", "attachment"),
        "raw": ("application/octet-stream", "attachment"),
    }
    for column, told in shown.items():
        headers = ada.get(url_of(column), headers={"Range": "bytes=0-9"}).headers
        assert (headers["content-type"], headers["content-disposition"]) == told, column
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert headers["cache-control"] == "private, no-cache"


def test_an_address_is_no_key(client_of: ClientOf, url_of: UrlOf) -> None:
    for stranger, status in ((client_of("eve"), 404), (client_of(""), 401)):
        for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}):
            assert stranger.get(url_of("film"), headers=headers).status_code == status
