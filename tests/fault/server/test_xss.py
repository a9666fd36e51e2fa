"""Pages, images and names of users: nothing of theirs is ever served as a page that runs."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from starwhale import Audio, Binary, Image, Text, Video
from starwhale.core.kinds import Kind

SCRIPT = "<script>document.title='run'</script>"
PAGES = {
    "page.html": f"<!doctype html><html>{SCRIPT}</html>",
    "image.svg": f'<svg xmlns="http://www.w3.org/2000/svg" onload="x()">{SCRIPT}</svg>',
    "page.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml">{SCRIPT}</html>',
    "style.xml": '<?xml-stylesheet type="text/xsl" href="data:text/xml,x"?><a/>',
    "code.js": "document.title='run'",
    "code.mjs": "import('x')",
    "book.ipynb": '{"cells":[{"outputs":[{"data":{"text/html":"' + SCRIPT + '"}}]}]}',
    "read.md": f"[x](javascript:alert(1)) {SCRIPT}",
    "table.csv": f"=cmd|' /C calc'!A0,{SCRIPT}",
    "plot.vl.json": '{"$schema":"https://vega.github.io/schema/vega-lite/v5.json"}',
    "paper.pdf": "%PDF-1.7 /OpenAction /JavaScript",
    "module.wasm": "\0asm",
    "log.txt": SCRIPT,
    "frame.mht": "MIME-Version: 1.0",
}
#: Types that a browser shows without running anything that is in them.
QUIET = ("image/", "audio/", "video/", "text/plain", "application/octet-stream", "application/json")


def check_quiet(answer: Any, *, shown: bool = False) -> None:
    """Nothing that a browser runs, guesses or frames."""
    kind = answer.headers["content-type"]
    assert kind.startswith(QUIET), kind
    assert "svg" not in kind
    assert "html" not in kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    if not shown:
        assert answer.headers["content-disposition"].startswith("attachment")


def test_files_of_packages_are_saved_and_not_shown(ada: TestClient, make_files: Any) -> None:
    make_files(Kind.MODEL, "net", {name: text.encode() for name, text in PAGES.items()})
    base = "/api/v1/projects/vision/models/net/versions/latest/files"
    entries = {each["name"]: each for each in ada.get(base).json()["items"]}
    for name in PAGES:
        check_quiet(ada.get(f"{base}/raw", params={"path": name}))
        check_quiet(ada.get(f"/api/v1/blobs/{entries[name]['digest']}"))
        text = ada.get(f"{base}/text", params={"path": name})
        assert text.headers["content-type"] in {"application/json", "application/problem+json"}
        assert text.headers["x-content-type-options"] == "nosniff"


def test_names_of_files_cannot_break_out_of_a_header(ada: TestClient, make_files: Any) -> None:
    names = ['a".html', "a'; filename=b.html", "ü.svg", "a%0d%0ab.txt", "a;b", "a,b", "(c)"]
    make_files(Kind.MODEL, "net", dict.fromkeys(names, b"x"))
    for name in names:
        answer = ada.get(
            "/api/v1/projects/vision/models/net/versions/latest/files/raw", params={"path": name}
        )
        check_quiet(answer)
        value = answer.headers["content-disposition"]
        assert value.startswith("attachment; filename*=UTF-8''")
        assert value.count(";") == 1
        assert value.isascii()
        assert '"' not in value


@pytest.mark.parametrize("kind", [Image, Audio, Video, Binary, Text])
def test_media_that_are_pages_are_shown_as_none(ada: TestClient, make_dataset: Any, kind: Any) -> None:
    rows: dict[int, dict[str, Any]] = {}
    for number, text in enumerate(PAGES.values()):
        data = text.encode()
        rows[number] = {"m": Text(text) if kind is Text else kind(data)}
    make_dataset("d", rows)
    page = ada.get("/api/v1/projects/vision/datasets/d/versions/latest/rows").json()
    for row in page["items"]:
        check_quiet(ada.get(row["values"]["m"]["url"]), shown=kind is Text)


@pytest.mark.parametrize(
    ("kind", "mime"),
    [
        (Image, "image/svg+xml"),
        (Binary, "text/html"),
        (Image, "image/x-portable-pixmap"),
        (Video, "video/avi"),
    ],
)
def test_a_type_that_may_run_is_not_believed(
    ada: TestClient, make_dataset: Any, kind: Any, mime: str
) -> None:
    make_dataset("d", {0: {"m": kind(PAGES["image.svg"].encode(), mime_type=mime)}})
    page = ada.get("/api/v1/projects/vision/datasets/d/versions/latest/rows").json()
    answer = ada.get(page["items"][0]["values"]["m"]["url"])
    check_quiet(answer)
    assert answer.headers["content-type"] == "application/octet-stream"


def test_texts_of_users_come_as_json_and_are_never_a_page(ada: TestClient) -> None:
    ada.patch("/api/v1/projects/vision", json={"description": SCRIPT, "readme": SCRIPT})
    for path in ("/api/v1/projects", "/api/v1/projects/vision", f"/api/v1/projects/{SCRIPT}"):
        answer = ada.get(path, headers={"Accept": "text/html"})
        assert answer.headers["content-type"] in {"application/json", "application/problem+json"}
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "script-src" not in answer.headers["content-security-policy"]
        assert "default-src 'self'" in answer.headers["content-security-policy"]
