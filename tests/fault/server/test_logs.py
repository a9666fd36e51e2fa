"""Ten thousand lines a second, and readers who hardly read: nothing piles up, nobody notices (FAULTS 21)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from textwrap import dedent

import httpx2
import pytest
from tests.fault.server.server_process import ServerProcess
from tests.fault.server.soak import MIB, held

from starwhale.client.http import Http
from starwhale.core.settings import Settings
from starwhale.instance.local import LocalInstance
from starwhale.models.builder import BuildRequest
from starwhale.models.discovery import discover

pytestmark = pytest.mark.fault
LINES = 10_000
READERS = 20
#: Bytes that the server may grow by, and looks at which it has not grown before it counts as at rest.
MOST = 50 * MIB
CALM = 5
#: Lines that are there when they come: more than anybody may hold for each of them.
BEFORE = 80_000
CODE = """
    import os, sys, time
    from starwhale import handler

    LINE = "x" * 99 + "\\n"

    @handler
    def shout():
        sys.stdout.write(LINE * BEFORE)
        began, told = time.monotonic(), 0
        while not os.path.exists(OVER):
            due = int((time.monotonic() - began) * 10_000)
            sys.stdout.write(LINE * (due - told))
            sys.stdout.flush()
            told = due
            time.sleep(0.02)
        print("told", told, "in", time.monotonic() - began)
"""


class Shouting:
    """A server, and a job on it that prints ten thousand lines a second."""

    def __init__(self, place: Path) -> None:
        self.over = place / "over"
        self.server = ServerProcess(place / "data", env={"SW_SERVER_USER_RATE": "0"})
        self.token = self.server.login()
        code = place / "code"
        code.mkdir()
        text = dedent(CODE).replace("OVER", repr(str(self.over))).replace("BEFORE", str(BEFORE))
        (code / "code_of_user.py").write_text(text)
        with closing(LocalInstance(Settings.at(self.server.data))) as house:
            wanted = BuildRequest(workdir=code, name="m", modules=("code_of_user",))
            house.models.build(house.actor, "self", wanted, discover=discover)
        with Http(self.server.url, self.token) as http:
            made = http.post("/projects/self/jobs", {"model": "m", "handler": "code_of_user:shout"})
            self.path = f"/projects/self/jobs/{made['id']}"
            until = time.monotonic() + 60
            while self.lines() < BEFORE:
                assert time.monotonic() < until, http.get(self.path)["cause"]
                time.sleep(0.05)

    def lines(self) -> int:
        """How many it has printed."""
        with Http(self.server.url, self.token) as http:
            return sum(each["bytes"] for each in http.get(f"{self.path}/logs")["items"]) // 100

    def listen(self) -> socket.socket:
        """Follow the log, and read nothing of it."""
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.connect(("127.0.0.1", self.server.port))
        head = f"GET /api/v1{self.path}/logs/0.0/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        made.sendall(f"{head}Authorization: Bearer {self.token}\r\n\r\n".encode())
        assert made.recv(512).startswith(b"HTTP/1.1 200")
        return made

    def rss(self) -> int:
        assert self.server.process is not None
        return held(self.server.process.pid, 0).rss

    def times(self, seconds: float) -> list[float]:
        """How long other requests take, by themselves, for a while."""
        found: list[float] = []
        until = time.monotonic() + seconds
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx2.Client(base_url=self.server.url, headers=headers, trust_env=False) as client:
            while time.monotonic() < until:
                began = time.perf_counter()
                assert client.get("/api/v1/projects").status_code == 200
                found.append(time.perf_counter() - began)
        return found

    def close(self) -> None:
        self.over.touch()
        with Http(self.server.url, self.token) as http:
            until = time.monotonic() + 30
            while http.get(self.path)["state"] not in {"SUCCESS", "FAIL"} and time.monotonic() < until:
                time.sleep(0.1)
        self.server.close()


@pytest.fixture
def shouting(tmp_path: Path) -> Iterator[Shouting]:
    made = Shouting(tmp_path)
    yield made
    made.close()


@contextmanager
def dribbling(readers: Sequence[socket.socket]) -> Generator[None]:
    """Have them read a little now and then."""
    over = threading.Event()

    def read() -> None:
        while not over.wait(0.1):
            for each in readers:
                each.recv(256)

    thread = threading.Thread(target=read)
    thread.start()
    yield
    over.set()
    thread.join()


def _listened(shouting: Shouting, seconds: float) -> tuple[int, float]:
    """Bytes by which the server grows while readers do not read; lines a second meanwhile.

    It is looked at for so long at least, and until it has not grown for a while.
    """
    shouting.times(0.5)
    before, printed, began = shouting.rss(), shouting.lines(), time.monotonic()
    most, calm = before, 0
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(shouting.listen())) for _ in range(READERS)]
        while (time.monotonic() - began < seconds or calm < CALM) and most - before < MOST:
            for each in slow:
                each.recv(256)
            shouting.times(0.2)
            calm = calm + 1 if shouting.rss() < most + MIB else 0
            most = max(most, shouting.rss())
    return most - before, (shouting.lines() - printed) / (time.monotonic() - began)


def test_nothing_piles_up_for_readers_who_hardly_read(shouting: Shouting) -> None:
    growth, rate = _listened(shouting, 3)
    assert growth < MOST, f"{growth / MIB:.1f} MiB"
    print(f"{growth / MIB:.1f} MiB more at {rate:.0f} lines a second")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_others_do_not_notice(shouting: Shouting) -> None:
    growth, rate = _listened(shouting, 60)
    assert growth < MOST, f"{growth / MIB:.1f} MiB"
    assert rate > LINES * 0.9, f"it printed {rate:.0f} lines a second"
    # In turns with and without, since the machine may do much else; the job prints all the time.
    alone, beside = list[float](), list[float]()
    for _ in range(8):
        alone += shouting.times(3)
        with ExitStack() as stack:
            slow = [stack.enter_context(closing(shouting.listen())) for _ in range(READERS)]
            stack.enter_context(dribbling(slow))
            shouting.times(1)
            beside += shouting.times(3)
    late = [sorted(each)[int(len(each) * 0.99)] for each in (alone, beside)]
    print(
        f"{growth / MIB:.1f} MiB more at {rate:.0f} lines a second; 99 of 100 requests take"
        f" {late[0] * 1000:.1f} ms without, {late[1] * 1000:.1f} ms with {READERS} readers"
    )
    assert late[1] < 2 * late[0]
