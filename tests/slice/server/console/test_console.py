"""The console as the server hands it out, with and without one that is built."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from starwhale.server.console import Console
from starwhale.server.routers.console import PAGES

HOME = "http://localhost"
WEB = Path(__file__).parents[4] / "web"
SCRIPT = b"const message = 'a script long enough to be packed';" * 20


@pytest.fixture
def built(tmp_path: Path) -> Console:
    assets = tmp_path / "static" / "assets"
    assets.mkdir(parents=True)
    (tmp_path / "secret.js").write_text("secret")
    (assets.parent / "index.html").write_text(
        '<html><script nonce="STARWHALE_NONCE" src="/assets/a.js"></script>'
    )
    (assets / "a-1b2c.js").write_bytes(SCRIPT)
    (assets / "a-1b2c.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "whale-1b2c.svg").write_text("<svg/>")
    (assets / "notes.txt").write_text("not for the web")
    return Console(assets.parent)


@pytest.fixture
def browser(server_app: FastAPI, built: Console) -> TestClient:
    server_app.state.console = built
    return TestClient(server_app, base_url=HOME)


@pytest.mark.parametrize(
    "path", ["/", "/login", "/projects", "/projects/vision/models/a?x=1", "/account/tokens"]
)
def test_every_address_of_a_page_answers_with_the_page(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


def test_only_what_carries_the_number_of_this_answer_is_a_style_of_ours(browser: TestClient) -> None:
    first, second = browser.get("/"), browser.get("/")
    numbers = [re.findall(r'nonce="([^"]+)"', each.text) for each in (first, second)]
    assert numbers[0] != numbers[1]
    assert len(numbers[0][0]) >= 20
    policy = first.headers["content-security-policy"]
    assert f"style-src 'self' 'nonce-{numbers[0][0]}'" in policy
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert first.headers["x-frame-options"] == "DENY"


def test_files_are_kept_for_ever_and_sent_packed_to_whoever_can_unpack(browser: TestClient) -> None:
    packed = browser.get("/assets/a-1b2c.js")
    plain = browser.get("/assets/a-1b2c.js", headers={"accept-encoding": "br, gzip;q=0"})
    assert packed.content == plain.content == SCRIPT
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    for answer in (packed, plain):
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert browser.get("/assets/whale-1b2c.svg").headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "name",
    ["gone.js", "notes.txt", "..%2f..%2fsecret.js", "%2e%2e", "a-1b2c.js.gz", ".js", "a%00.js", "a.js/b"],
)
def test_nothing_else_is_handed_out(browser: TestClient, name: str) -> None:
    answer = browser.get(f"/assets/{name}")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


def test_nothing_of_the_api_is_covered_up(browser: TestClient) -> None:
    assert browser.get("/api/v1/nothing").json()["code"] == "not_found"
    assert browser.get("/api/v1/login").status_code == 405
    assert browser.get("/healthz").json() == {"status": "ok"}
    assert "cli-login" in browser.get("/cli-login").text
    assert browser.get("/nothing").json()["code"] == "not_found"


def test_an_address_of_nothing_is_a_page_for_whoever_looks(browser: TestClient) -> None:
    looking = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
    answer = browser.get("/nothing", headers=looking)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert browser.get("/api/v1/nothing", headers=looking).json()["code"] == "not_found"
    assert browser.post("/nothing", headers=looking).json()["code"] == "not_found"
    assert browser.get("/nothing", headers={"accept": "*/*"}).json()["code"] == "not_found"


def test_without_a_console_the_page_says_how_to_get_one(server_app: FastAPI, tmp_path: Path) -> None:
    server_app.state.console = Console(tmp_path)
    browser = TestClient(server_app, base_url=HOME)
    answer = browser.get("/projects/vision")
    assert answer.status_code == 200
    assert "make console" in answer.text
    assert "控制台" in answer.text
    assert "STARWHALE_NONCE" not in answer.text
    assert browser.get("/assets/a.js").status_code == 404


def test_every_page_that_the_console_knows_is_answered_by_the_server() -> None:
    texts = [each.read_text("utf-8") for each in (WEB / "src").glob("*/routes.ts")]
    texts.append((WEB / "src" / "shell" / "Frame.tsx").read_text("utf-8"))
    paths = [path for text in texts for path in re.findall(r"""path[=:] ?["'`](/[^"'`]*)["'`]""", text)]
    shown = {"/" + path.split("/")[1] for path in paths}
    assert {"/", "/login", "/projects"} <= shown <= {"/" + path.split("/")[1] for path in PAGES}


@pytest.mark.parametrize(
    "path", ["/", "/login", "/projects/vision/models/a?x=1", "/assets/a-1b2c.js", "/cli-login"]
)
def test_whoever_asks_for_the_head_of_a_page_is_told_what_it_would_be(browser: TestClient, path: str) -> None:
    whole, head = browser.get(path), browser.head(path)
    assert head.status_code == whole.status_code == 200
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.headers["content-length"] == whole.headers["content-length"]
    assert browser.head("/assets/nothing.js").status_code == 404
