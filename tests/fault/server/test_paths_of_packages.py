"""Paths that lead elsewhere, in every field that takes a name or a path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.fault.server.corpus import corpus

from starwhale.core.errors import InvalidName
from starwhale.core.kinds import Kind
from starwhale.server.access import declared
from starwhale.storage.trees import check_path

CANARY = "canary-of-a-file-outside"
_PARAMETER = re.compile(r"\{(\w+)\}")
_KNOWN = {"project": "vision", "name": "net", "version": "latest", "kind": "model"}
_OURS = ("/projects", "/blobs", "/builds", "/media")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    place = tmp_path / "secret.txt"
    place.write_text(CANARY)
    return place


@pytest.fixture
def stocked(ada: TestClient, make_files: Any, make_dataset: Any) -> TestClient:
    make_files(Kind.MODEL, "net", {"a.txt": b"a", "b/c.txt": b"c"})
    make_files(Kind.RUNTIME, "net", {"a.txt": b"a"})
    make_dataset("net", {0: {"x": 1}})
    return ada


def routes(app: FastAPI) -> Iterator[tuple[str, str, str]]:
    """Method, path and parameter, for every parameter of every route of projects and blobs."""
    for route in declared(app):
        inner = route.path.removeprefix("/api/v1")
        if inner.startswith(_OURS) and route.method in {"GET", "POST", "DELETE"}:
            for name in _PARAMETER.findall(route.path):
                yield route.method, route.path, name


def filled(path: str, parameter: str, text: str) -> str:
    def value(match: re.Match[str]) -> str:
        return text if match[1] == parameter else _KNOWN.get(match[1], "0")

    return _PARAMETER.sub(value, path)


def seen(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if "server" not in path.relative_to(root).parts[:1]}


def test_every_name_in_a_path_stays_a_name(
    stocked: TestClient, server_app: FastAPI, outside: Path, tmp_path: Path
) -> None:
    """Each text on some routes, and over all texts every parameter of every route many times."""
    places = list(routes(server_app))
    assert len({name for _, _, name in places}) >= 5
    before = seen(tmp_path)
    texts = corpus(outside)
    assert len(texts) >= 500
    for number, text in enumerate(texts):
        for offset in range(3):
            method, path, parameter = places[(number * 3 + offset * 37) % len(places)]
            asked = filled(path, parameter, quote(text, safe="") if offset else quote(text, safe="/%;:@"))
            request = stocked.build_request(method, asked, json={} if method == "POST" else None)
            if method == "DELETE" and request.url.raw_path.decode() != asked:
                continue  # the client has made the address of what is above out of it, and asks for that
            answer = stocked.send(request)
            assert answer.status_code < 500, (method, asked, answer.text)
            assert CANARY not in answer.text
    assert seen(tmp_path) == before
    assert stocked.get("/api/v1/projects/vision/models/net/versions/latest/files").status_code == 200


def test_every_path_in_a_package_stays_inside(stocked: TestClient, outside: Path, tmp_path: Path) -> None:
    base = "/api/v1/projects/vision"
    fields = [
        (f"{base}/models/net/versions/latest/files", "path"),
        (f"{base}/models/net/versions/latest/files/text", "path"),
        (f"{base}/runtimes/net/versions/latest/files/raw", "path"),
        (f"{base}/models/net/versions/latest/diff", "with_project"),
        (f"{base}/models/net/versions/latest/diff", "with_name"),
        (f"{base}/datasets/net/versions/latest/diff", "with"),
        (f"{base}/datasets/net/versions/latest/rows", "columns"),
        (f"{base}/datasets/net/versions/latest/rows/one", "key"),
        (f"{base}/datasets/resolve", "name"),
        (f"{base}/models/packages", "search"),
    ]
    for number, text in enumerate(corpus(outside)):
        for offset in range(2):
            place, field = fields[(number + 5 * offset) % len(fields)]
            needed = {"with": "latest", "path": "a.txt"} if "diff" in place else {}
            answer = stocked.get(place, params={**needed, field: text})
            assert answer.status_code in {200, 400, 404, 409, 422}, (place, field, text, answer.text)
            assert CANARY not in answer.text


def test_a_path_that_is_allowed_leads_inside_whatever_it_is_joined_to(outside: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    allowed = 0
    for text in corpus(outside):
        try:
            check_path(text)
        except InvalidName:
            continue
        allowed += 1
        assert (root / text).resolve().is_relative_to(root)
    assert allowed > 50


def test_a_package_shared_to_elsewhere_goes_nowhere(stocked: TestClient, outside: Path) -> None:
    share = "/api/v1/projects/vision/models/net/versions/latest/share"
    for text in corpus(outside)[:150]:
        for body in ({"project": text}, {"project": "vision", "name": text}):
            answer = stocked.post(share, json=body)
            assert answer.status_code in {201, 400, 404, 422}, (body, answer.text)
            if answer.status_code == 201:
                assert answer.json()["name"] == text
