"""Links read where the bytes stay: files, http with and without ranges, S3 with keys from the config."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import obstore
import pytest
from tests.contract.storage.s3 import S3Server, open_s3

from starwhale.core.errors import Corrupted, Forbidden, InvalidSpec, NotFound, Unavailable, UsageError
from starwhale.core.link_auth import LinkAuth, read_link_auths
from starwhale.core.types.link import Link, set_link_opener
from starwhale.storage import web
from starwhale.storage.links import LinkPolicy, LinkReaders
from starwhale.storage.objects.remote import connect

DATA = bytes(range(256)) * 40


class Site(BaseHTTPRequestHandler):
    """Serves DATA in the ways that servers have, by path."""

    failures: int = 0

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/flaky" and Site.failures > 0:
            Site.failures -= 1
            self.send_error(503)
        elif path in ("/data", "/flaky"):
            self._ranged(DATA)
        elif path == "/plain":
            self._whole(DATA)
        elif path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", str(len(DATA) + 10))
            self.end_headers()
            self.wfile.write(DATA)
        elif path == "/away":
            self.send_response(302)
            self.send_header("Location", "/data")
            self.end_headers()
        elif path == "/to-file":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        elif path == "/secret":
            self.send_error(403)
        elif path == "/wrong":
            self.send_response(206)
            self.send_header("Content-Range", f"bytes 0-4/{len(DATA)}")
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(DATA[:5])
        else:
            self.send_error(404)

    def _ranged(self, data: bytes) -> None:
        asked = self.headers.get("Range", "")
        if not asked:
            self._whole(data)
            return
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start, stop = int(first), min(int(last or len(data)) + 1, len(data))
        if start >= len(data):
            self.send_error(416)
            return
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(data)}")
        self.send_header("Content-Length", str(stop - start))
        self.end_headers()
        self.wfile.write(data[start:stop])

    def _whole(self, data: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def opener() -> Iterator[None]:
    before = set_link_opener(LinkReaders(tuple))
    yield
    set_link_opener(before)


@pytest.mark.parametrize("path", ["/data", "/plain", "/away", "/data?signature=a%2Fb"])
def test_http_is_read_whole_and_in_parts(site: str, path: str) -> None:
    reader = Link(site + path).reader()
    assert reader.size == len(DATA)
    assert reader.read() == DATA
    assert reader.read(10, 5) == DATA[10:15]
    assert reader.read(len(DATA) - 3) == DATA[-3:]
    assert reader.read(len(DATA) - 3, 50) == DATA[-3:]
    assert reader.read(len(DATA) + 5, 3) == b""
    assert Link(site + path, offset=7, size=20).to_bytes() == DATA[7:27]


def test_what_fails_for_a_while_is_asked_again(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "PAUSE", 0.001)
    Site.failures = web.ATTEMPTS - 1
    assert Link(f"{site}/flaky", size=4).to_bytes() == DATA[:4]
    Site.failures = web.ATTEMPTS
    with pytest.raises(Unavailable, match="answers 503"):
        Link(f"{site}/flaky", size=4).to_bytes()


def test_faults_of_the_other_side_are_told(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "PAUSE", 0.001)
    with pytest.raises(NotFound, match="nothing at"):
        Link(f"{site}/nothing").to_bytes()
    with pytest.raises(Forbidden, match="may not be read"):
        Link(f"{site}/secret?token=hush").to_bytes()
    with pytest.raises(Unavailable):
        Link("http://127.0.0.1:1/x").to_bytes()
    with pytest.raises(Corrupted, match="another part"):
        Link(f"{site}/wrong", offset=9, size=5).to_bytes()
    with pytest.raises(Unavailable):
        Link(f"{site}/short").to_bytes()
    with pytest.raises(Corrupted, match="the link says 20"):
        Link(f"{site}/data", offset=len(DATA) - 5, size=20).to_bytes()
    with pytest.raises(Unavailable):
        Link(f"{site}/to-file").to_bytes()


def test_no_message_shows_a_secret(site: str) -> None:
    with pytest.raises(Forbidden) as caught:
        Link(f"{site}/secret?token=hush").to_bytes()
    assert "hush" not in str(caught.value)
    assert "hush" not in repr(LinkAuth(ak="hush", sk="hush"))


def test_files_and_unknown_kinds(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(DATA)
    assert Link(str(tmp_path / "f"), offset=3, size=4).to_bytes() == DATA[3:7]
    assert Link(f"file://{tmp_path}/f").to_bytes() == DATA
    with pytest.raises(UsageError, match="links to ftp:// cannot be read"):
        Link("ftp://host/x").to_bytes()
    with pytest.raises(Corrupted, match="the link says 9"):
        Link(str(tmp_path / "f"), offset=len(DATA) - 1, size=9).to_bytes()


def test_a_policy_refuses_what_must_not_be_read(tmp_path: Path, site: str) -> None:
    (tmp_path / "f").write_bytes(DATA)
    set_link_opener(
        LinkReaders(
            tuple, LinkPolicy(schemes=frozenset({"https", "http"}), allows=lambda uri: "127.0" not in uri)
        )
    )
    for uri in (str(tmp_path / "f"), f"file://{tmp_path}/f", f"{site}/data", "s3://bucket/key"):
        with pytest.raises(Forbidden, match="may not be read here"):
            Link(uri).to_bytes()
    set_link_opener(LinkReaders(tuple, LinkPolicy(largest=100)))
    with pytest.raises(UsageError, match="more than 100"):
        Link(f"{site}/data").to_bytes()
    assert Link(f"{site}/data", size=100).to_bytes() == DATA[:100]


def test_objects_of_s3_are_read_with_the_keys_of_their_bucket(s3_server: S3Server) -> None:
    bucket = s3_server.bucket()
    store = open_s3(s3_server.url, bucket)
    store.put("data.bin", DATA)
    auths = read_link_auths(
        [
            {"type": "s3", "ak": "no", "sk": "no", "endpoint": "http://127.0.0.1:1", "bucket": "another"},
            {
                "type": "s3",
                "ak": "key",
                "sk": "secret",
                "endpoint": s3_server.url,
                "bucket": bucket,
                "region": "us-east-1",
            },
        ]
    )
    set_link_opener(LinkReaders(lambda: auths))
    reader = Link(f"s3://{bucket}/some/prefix/data.bin").reader()
    assert (reader.size, reader.read(5, 7), reader.read()) == (len(DATA), DATA[5:12], DATA)
    with pytest.raises(NotFound):
        Link(f"s3://{bucket}/nothing").to_bytes()
    host, port = s3_server.address
    set_link_opener(LinkReaders(lambda: [LinkAuth(ak="key", sk="secret")]))
    assert Link(f"s3://{host}:{port}/{bucket}/some/prefix/data.bin", offset=1, size=2).to_bytes() == DATA[1:3]
    obstore.put(
        connect(
            f"s3://{bucket}",
            {
                "endpoint": s3_server.url,
                "region": "us-east-1",
                "access_key_id": "key",
                "secret_access_key": "secret",
                "client_options": {"allow_http": True},
            },
            {},
            {},
        ),
        "a b/é+ü.jpg",
        b"odd",
    )
    assert Link(f"s3://{host}:{port}/{bucket}/a b/é+ü.jpg").to_bytes() == b"odd"
    with pytest.raises(UsageError, match="names no object"):
        Link("s3://bucket").to_bytes()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"type": "s3"}, "must be a list"),
        (["x"], r"link_auths\[0\] in config.yaml must have fields"),
        ([{"type": "ftp"}], "only 's3' is known"),
        ([{"sk": 5}], r"sk of link_auths\[0\] in config.yaml must be text"),
        ([{"read_timeout": "soon"}], "must be seconds above 0"),
    ],
)
def test_wrong_keys_are_named(value: Any, said: str) -> None:
    with pytest.raises(InvalidSpec, match=said):
        read_link_auths(value)
