"""Rows from files behind http: read from a server of this process that also does what servers should not."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from starwhale.core.errors import Forbidden, NotFound, StarwhaleError, Unavailable, UsageError
from starwhale.datasets.sources.csvfile import CsvSource
from starwhale.datasets.sources.jsonfile import JsonSource
from starwhale.datasets.sources.port import BadRow, SourceRow
from starwhale.storage.web import fetched

TABLE = b"a\tb\n1\t2\n"
LINES = b'{"a": 1}\n{"a"\n{"a": 2}\n'
LARGE = b'{"a": "%s"}\n' % (b"x" * 1000) * 20_000
FILES = {
    "/table.tsv": TABLE,
    "/lines.jsonl": LINES,
    "/lines.jsonl.gz": gzip.compress(LINES),
    "/list.json": json.dumps({"data": [{"a": 1}, {"a": 2}]}).encode(),
    "/large.jsonl": LARGE,
    "/table": b"a;b\n1;2\n",
}
REFUSALS = {"/401": 401, "/403": 403, "/404": 404, "/410": 410, "/500": 500, "/503": 503}
REDIRECTS = {
    "/moved": "/table.tsv",
    "/loop": "/loop",
    "/to-file": "file:///etc/passwd",
    "/to-ftp": "ftp://127.0.0.1/a.csv",
    "/to-data": "data:text/csv,a%0A1",
    "/to-gopher": "gopher://127.0.0.1/",
}


class Handler(BaseHTTPRequestHandler):
    """Answers each path in its own manner."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in FILES:
            self.answer(200, FILES[path])
        elif path in REFUSALS:
            self.answer(REFUSALS[path], b"no")
        elif path in REDIRECTS:
            self.answer(302, b"", Location=REDIRECTS[path])
        elif path == "/short.csv":
            self.answer(200, TABLE, length=1000)
        elif path == "/endless.csv":
            self.endless()
        elif path == "/silent.csv":
            time.sleep(1)
            self.close_connection = True
        else:
            self.wfile.write(b"\x00\xff no HTTP at all\r\n\r\n")
            self.close_connection = True

    def answer(self, code: int, body: bytes, *, length: int | None = None, **headers: str) -> None:
        """Send a whole answer, or one that breaks off before its length."""
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = length is not None

    def endless(self) -> None:
        """Send lines without telling how many, until the other side has had enough."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            for _ in range(1000):
                self.wfile.write(b"1,2\n" * 10_000)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Says nothing of clients that hang up, which is what they should do here."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Address of the server."""
    http = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{http.server_address[1]}"
    http.shutdown()
    thread.join()
    http.server_close()


def rows_of(source: JsonSource | CsvSource) -> list[Any]:
    return [row.features if isinstance(row, SourceRow) else row for row in source.rows()]


def test_suffixes_and_contents_mean_what_they_mean_on_disk(server: str) -> None:
    assert rows_of(CsvSource([f"{server}/table.tsv"])) == [{"a": "1", "b": "2"}]
    assert rows_of(CsvSource([f"{server}/table"], delimiter=";", infer_types=True)) == [{"a": 1, "b": 2}]
    bad = BadRow(2, "expecting ':' delimiter at column 5")
    for name in ("lines.jsonl", "lines.jsonl.gz", "lines.jsonl?version=2", "lines.jsonl.gz?a=b#c"):
        assert rows_of(JsonSource([f"{server}/{name}"])) == [{"a": 1}, bad, {"a": 2}]
    assert rows_of(JsonSource([f"{server}/list.json"], field_selector="data[1]")) == [{"a": 2}]
    assert len(rows_of(JsonSource([f"{server}/large.jsonl"]))) == 20_000


def test_rows_name_their_address_without_what_may_be_secret(server: str) -> None:
    secret = f"{server}/table.tsv?token=s3cret".replace("//", "//me:pass@", 1)
    source = CsvSource([f"{server}/table.tsv", f"{server}/lines.jsonl?token=s3cret"])
    assert source.name == f"{server}/table.tsv, {server}/lines.jsonl"
    assert next(row.file for row in source.rows()) == f"{server}/table.tsv"
    for name in ("401", "404", "500", "loop", "short.csv", "nonsense"):
        address = secret.replace("table.tsv", name)
        with pytest.raises(StarwhaleError) as caught:
            rows_of(CsvSource([address]))
        assert "s3cret" not in str(caught.value)
        assert "pass" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("401", Forbidden, "may not be read: 401"),
        ("403", Forbidden, "may not be read: 403"),
        ("404", NotFound, "there is nothing at"),
        ("410", NotFound, "there is nothing at"),
        ("500", Unavailable, "answers 500"),
        ("503", Unavailable, "answers 503"),
        ("short.csv", Unavailable, "ended after 8 of 1,000 bytes|broke off"),
        ("nonsense", Unavailable, "cannot read"),
        ("loop", Unavailable, "redirect|answers 302"),
    ],
)
def test_what_a_server_refuses_or_breaks_is_one_sentence(
    server: str, name: str, kind: type[StarwhaleError], said: str
) -> None:
    for source in (CsvSource([f"{server}/{name}"]), JsonSource([f"{server}/{name}"])):
        with pytest.raises(kind, match=said):
            rows_of(source)


def test_redirects_are_followed_to_http_only(server: str) -> None:
    with fetched(f"{server}/moved") as file:
        assert file.read() == TABLE
    for name in ("to-file", "to-ftp", "to-data", "to-gopher"):
        with pytest.raises((Unavailable, UsageError), match=r"no http or https|answers 302"):
            rows_of(CsvSource([f"{server}/{name}"]))


def test_a_file_has_a_limit_whether_its_length_is_told_or_not(server: str) -> None:
    for name in ("large.jsonl", "endless.csv"):
        with (
            pytest.raises(UsageError, match="more than 100,000 bytes"),
            fetched(f"{server}/{name}", limit=100_000),
        ):
            raise AssertionError("it should not have been fetched")
    with fetched(f"{server}/large.jsonl", limit=len(LARGE)) as file:
        assert file.read() == LARGE


def test_a_server_that_is_silent_is_given_up(server: str) -> None:
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="timed out"), fetched(f"{server}/silent.csv", timeout=0.1):
        raise AssertionError("it should not have been fetched")
    assert time.monotonic() - begun < 0.9


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match=r"cannot reach http://127\.0\.0\.1:9/a\.csv"):
        rows_of(CsvSource(["http://127.0.0.1:9/a.csv"]))


@pytest.mark.parametrize(
    "address", ["http://", "https:///a.csv", "http://[::1/a.csv", "http://host:99999/a.csv", "http://h:x/"]
)
def test_what_only_begins_as_an_address_is_said_to(address: str) -> None:
    with pytest.raises(UsageError, match="is no web address"):
        CsvSource([address])


@pytest.mark.parametrize("address", ["ftp://host/a.csv", "file:///etc/passwd", "gopher://host/a"])
def test_other_schemes_are_no_addresses(address: str) -> None:
    with pytest.raises(NotFound, match="no file"):
        CsvSource([address])
