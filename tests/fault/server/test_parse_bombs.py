"""Small requests that are large to read: each costs less than a second and 256 MiB (FAULTS 35)."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import xxhash
from tests.fault.server.server_process import ServerProcess

from starwhale.storage.tables.frames import HEADER, MAGIC

pytestmark = pytest.mark.fault
SECONDS, MIB = 1.0, 1 << 20
MEMORY = 256 * MIB
BODY = 16 * MIB - 64
JSON = {"Content-Type": "application/json"}
OCTETS = {"Content-Type": "application/octet-stream"}
LOGIN, PROJECTS = "/api/v1/login", "/api/v1/projects"
ROWS = "/api/v1/projects/self/tables/query"


def filled(begin: bytes, again: bytes, end: bytes) -> bytes:
    return begin + again * ((BODY - len(begin) - len(end)) // len(again)) + end


#: By what they are, bodies of the largest size that is taken, or that lie below all limits of size.
BODIES: dict[str, bytes] = {
    "lists": filled(b'{"name":[', b"[],", b"0]}"),
    "objects": filled(b'{"name":[', b'{"":0},', b"0]}"),
    "strings": filled(b'{"name":[', b'"ab",', b"0]}"),
    "numbers": filled(b'{"name":[', b"1.5,", b"0]}"),
    "nested lists": b"[" * BODY,
    "nested objects": filled(b"", b'{"a":', b"1"),
    "nested and closed": b"[" * 900 + b"]" * 900,
    "names": b"{" + b",".join(b'"%x":0' % each for each in range(1_200_000)) + b"}",
    "one number": b'{"name":' + b"9" * (BODY - 20) + b"}",
    "exponent": b'{"name":1e999999999,"password":-1E-999999999}',
    "escapes": filled(b'{"name":"', b"\\u0041", b'","password":"x"}'),
    "halves": filled(b'{"name":"', b"\\ud800", b'","password":"x"}'),
    "spaces": filled(b"{", b" ", b"}"),
    "just within": b'{"name":[' + b"[]," * 49_000 + b'0],"x":[' + b'{"":0},' * 49_000 + b"0]}",
    "numbers just within": b'{"name":[' + b"1.5," * 490_000 + b"0]}",
    "escapes just within": b'{"name":"' + b"\\u0041" * 990_000 + b'"}',
    "blanks just within": b"{" + b" " * (8 * MIB - 100) + b"}",
}


def nested(depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"column": "x", "op": "=", "value": 1}
    for _ in range(depth):
        found = {"all": [found]}
    return found


def png(width: int, height: int) -> bytes:
    """An image of a few bytes that says that it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(10 * MIB))) + chunk(b"IEND", b"")


def tar(**files: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name.replace("__", ".").replace("_in_", "/"))
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "ha">%s]><annotation><x>&a30;</x></annotation>' % (
    b"".join(b'<!ENTITY a%d "&a%d;&a%d;">' % (at, at - 1, at - 1) for at in range(1, 31))
)
ALIASES = b"a0: &a0 [x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (at, at, b",".join([b"*a%d" % (at - 1)] * 9)) for at in range(1, 30)
)


def frame() -> bytes:
    payload = b"[" + b"[]," * (10 * MIB) + b"[]]"
    return HEADER.pack(MAGIC, 0, len(payload), xxhash.xxh3_64_intdigest(payload)) + payload


class Target:
    """A server, and what a request costs it."""

    def __init__(self, place: Path) -> None:
        self.server = ServerProcess(place / "data", env={"SW_SERVER_USER_RATE": "0"})
        self.token = self.server.login()
        self.nobody = httpx2.Client(base_url=self.server.url, trust_env=False, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}"}
        self.client = httpx2.Client(base_url=self.server.url, headers=headers, trust_env=False, timeout=60)

    def stock(self) -> None:
        """Have it hold what is asked for, and load what it loads once."""
        assert self.client.post(PROJECTS, json={"name": "vision"}).status_code == 201
        made = self.build("images", tar(a_in_big__png=png(10_000, 10_000)), format="image")
        assert "built" in made, made
        for _ in range(2):
            self.client.get(PROJECTS)
            self.client.post(LOGIN, json={"name": "nobody", "password": "x"})
            self.client.post(ROWS, json={"tables": ["x"]})
        self.first = self.memory("VmRSS")

    def build(self, name: str, sent: bytes, **told: str) -> dict[str, Any]:
        """Make a dataset of files; the last that is said of it."""
        path = f"{PROJECTS}/vision/datasets/{name}/uploads"
        answer = self.client.post(path, params=told, content=sent, headers=OCTETS)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text.splitlines()[-1])

    @property
    def pid(self) -> int:
        assert self.server.process is not None
        return self.server.process.pid

    def seconds(self) -> float:
        """Processor time of the server and of what it has started and waited for."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / 100

    def memory(self, name: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(each.split()[1]) << 10 for each in lines if each.startswith(name))

    def cost(self, act: Callable[[], Any]) -> tuple[Any, float, int]:
        """What an act gives back, the seconds that it takes, and by how many bytes the server is larger then
        than at first."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")  # its highest mark begins anew
        began = self.seconds()
        given = act()
        return given, self.seconds() - began, self.memory("VmHWM") - self.first

    def close(self) -> None:
        self.client.close()
        self.nobody.close()
        self.server.close()


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    made = Target(tmp_path_factory.mktemp("bombs"))
    try:
        made.stock()
        yield made
    finally:
        made.close()


def acts(target: Target) -> dict[str, tuple[Callable[[], Any], set[int]]]:
    """Each request, and what it may be answered."""
    client, wrong = target.client, {400, 401, 403, 413, 415, 422}
    nobody = target.nobody
    image = f"{PROJECTS}/vision/datasets/images/versions/latest/rows"
    url = next(
        each["url"]
        for each in client.get(image).json()["items"][0]["values"].values()
        if isinstance(each, dict) and "url" in each
    )
    found: dict[str, tuple[Callable[[], Any], set[int]]] = {
        f"JSON: {name}": (lambda body=body: nobody.post(LOGIN, content=body, headers=JSON), wrong)
        for name, body in BODIES.items()
    }
    form = {"Content-Type": "multipart/form-data; boundary=" + "-" * 70}
    found |= {
        f"JSON of a user: {name}": (lambda body=body: client.post(ROWS, content=body, headers=JSON), wrong)
        for name, body in BODIES.items()
    }
    found |= {
        "a filter": (lambda: client.post(ROWS, json={"tables": ["x"], "where": nested(400)}), {*wrong, 404}),
        "a filter on end": (
            lambda: client.post(ROWS, json={"tables": ["x"], "where": {"all": [nested(400)] * 100}}),
            {*wrong, 404},
        ),
        "a batch": (
            lambda: client.post(
                f"{PROJECTS}/vision/tables/writers/1/batches", content=frame(), headers=OCTETS
            ),
            wrong,
        ),
        "a batch of a run": (
            lambda: client.post(f"{PROJECTS}/vision/runs/writers/1/batches", content=frame(), headers=OCTETS),
            wrong,
        ),
        "ranges": (
            lambda: client.get(url, headers={"Range": "bytes=" + "0-0," * 12_000}),
            {200, 400, 416, 431},
        ),
        "a long range": (
            lambda: client.get(url, headers={"Range": "bytes=" + "0" * 60_000 + "-"}),
            {200, 400, 416, 431},
        ),
        "multipart": (lambda: nobody.post(LOGIN, content=filled(b"", b"-" * 71, b""), headers=form), {415}),
        "a search": (lambda: client.get(PROJECTS, params={"search": "%_" * 5_000}), {200, *wrong}),
        "a key": (lambda: client.get(image, params={"start": "[" * 20_000}), {200, *wrong}),
        "a cursor": (lambda: client.get(image, params={"cursor": "WzEs" * 12_000}), wrong),
        "a cookie": (lambda: nobody.get(PROJECTS, headers={"Cookie": "a=b;" * 12_000}), {200, 400, 431}),
        "an image": (lambda: client.get(url), {200}),
    }
    return found


def test_what_is_small_to_send_and_large_to_read_costs_little(target: Target) -> None:
    dear: list[str] = []
    for name, (act, statuses) in acts(target).items():
        answer, seconds, memory = target.cost(act)
        print(f"{name}: {answer.status_code}, {seconds:.2f} s, {memory / MIB:.0f} MiB")
        if seconds >= SECONDS or memory >= MEMORY or answer.status_code not in statuses:
            dear.append(f"{name}: {answer.status_code}, {seconds:.2f} s, {memory / MIB:.0f} MiB")
    assert not dear, "\n" + "\n".join(dear)


FILES: dict[str, tuple[bytes, dict[str, str]]] = {
    "an image": (tar(a_in_big__png=png(100_000, 100_000)), {"format": "image"}),
    "XML beside images": (tar(a_in_one__png=png(1, 1), a_in_one__xml=LAUGHS), {"format": "image"}),
    "XML alone": (tar(a__xml=LAUGHS), {}),
    "YAML": (tar(dataset__yaml=ALIASES, a__csv=b"x\n1\n"), {}),
    "JSON nested": (tar(a__json=b"[" * MIB), {"format": "json"}),
    "JSON of lists": (tar(a__json=b'[{"a":[' + b"[]," * (4 * MIB) + b"[]]}]"), {"format": "json"}),
    "a selector": (tar(a__json=b"[]"), {"format": "json", "field_selector": "a[0]." * 80 + "a"}),
    "quotes": (tar(a__csv=b"x\n" + b'"' * (4 * MIB)), {"format": "csv"}),
    "columns": (tar(a__csv=b"," * MIB + b"\n"), {"format": "csv"}),
}


def test_why_a_body_is_not_read_is_told(target: Target) -> None:
    def told(body: bytes, client: httpx2.Client = target.client, path: str = ROWS) -> tuple[int, str]:
        answer = client.post(path, content=body, headers=JSON)
        return answer.status_code, answer.json()["detail"]

    assert told(BODIES["lists"]) == (400, "a body holds at most 100,000 lists and objects")
    assert told(BODIES["numbers"]) == (400, "a body holds at most 500,000 values")
    assert told(b"[" * 100_000) == (400, "a body is nested too deeply")
    assert told(BODIES["spaces"], target.nobody) == (401, "so much is not read of anybody")
    assert told(BODIES["spaces"], path=LOGIN) == (413, "a body has at most 1,048,576 bytes here")
    pieces = (b" " * MIB for _ in range(3))  # no header says how many they are
    answer = target.client.post(PROJECTS, content=pieces, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "names",
    [("an image", "JSON nested"), pytest.param(tuple(FILES), marks=pytest.mark.slow)],
    ids=["2", "all"],
)
def test_files_that_are_sent_cost_the_server_little(target: Target, names: tuple[str, ...]) -> None:
    """They are read by a child process with limits of its own; the server only passes them on."""
    dear: list[str] = []
    for number, name in enumerate(names):
        sent, told = FILES[name]
        last, _, memory = target.cost(lambda n=number, s=sent, t=told: target.build(f"sent{n}", s, **t))
        print(f"{name}: {memory / MIB:.0f} MiB, {str(last)[:100]}")
        if memory >= MEMORY or not last.keys() & {"built", "problem"} or "ended" in str(last):
            dear.append(f"{name}: {memory / MIB:.0f} MiB, {last}")
    assert not dear, "\n" + "\n".join(dear)


#: Somebody else, in a process of his own: the milliseconds that each of his requests takes.
OTHER = """
import sys, time
import httpx2

url, token, seconds = sys.argv[1:]
end = time.monotonic() + float(seconds)
with httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as client:
    while time.monotonic() < end:
        began = time.perf_counter()
        assert client.get("/api/v1/projects").status_code == 200
        print(1000 * (time.perf_counter() - began))
        time.sleep(0.005)
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_others_do_not_notice(target: Target) -> None:
    """In turns, since the machine may do much else."""
    kinds = {"alone": [], "beside bombs": [act for act, _ in acts(target).values()]}
    found = {name: list[float]() for name in kinds}
    for _ in range(6):
        for name, thrown in kinds.items():
            command = [sys.executable, "-c", OTHER, target.server.url, target.token, "8"]
            other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            while thrown and other.poll() is None:
                thrown[0]()
                thrown.append(thrown.pop(0))
                time.sleep(0.25)
            found[name] += map(float, other.communicate()[0].split())
            assert other.returncode == 0
    late = {name: sorted(times)[int(len(times) * 0.99)] for name, times in found.items()}
    print("99 of 100 requests take at most", {name: f"{each:.1f} ms" for name, each in late.items()})
    assert late["beside bombs"] < 2 * late["alone"]
