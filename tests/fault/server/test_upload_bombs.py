"""Files that are small to send and large to read cost the process that reads them little, too (FAULTS 35)."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tests.fault.server.test_parse_bombs import FILES, MIB, tar
from tests.pace import slowness

from starwhale.core.actor import Actor
from starwhale.core.settings import Settings
from starwhale.datasets.schemas import OnError
from starwhale.datasets.upload_formats import Format, Reading
from starwhale.server.services import Services
from starwhale.server.settings import ServerSettings
from starwhale.server.upload_build import PROGRAM, SENT, UploadRequest

pytestmark = pytest.mark.fault
SECONDS, MEMORY = 1.0, 256 * MIB
OWNER = Actor(name="owner", admin=True)
#: Starts a build as the server does, and tells what the system has counted of it: a small program, since what
#: its parent holds counts as the child's own until it runs something else.
WATCH = """
    import json, os, subprocess, sys

    program, request = sys.argv[1:]
    answers = os.open("answers", os.O_CREAT | os.O_WRONLY)
    command = [sys.executable, "-P", "-m", program, str(answers), request]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[answers])
    _, status, used = os.wait4(child.pid, 0)
    print(json.dumps([status, used.ru_utime + used.ru_stime, used.ru_maxrss << 10]))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a build took."""

    seconds: float
    memory: int
    last: dict[str, Any]


class Yard:
    """Where builds are made, one after the other, by the program that the server starts for each."""

    def __init__(self, place: Path) -> None:
        self._place, self._store = place, Settings.at(place / "store")
        self._count = 0
        with closing(Services(self._store)) as services:
            services.projects.create(OWNER, "vision")
        for _ in range(2):  # the first one finds nothing in the memory of the machine
            self.usual = self.cost(tar(a__csv=b"x\n1\n"), {})
        assert "built" in self.usual.last, self.usual

    def cost(self, sent: bytes, told: dict[str, str], **settings: Any) -> Cost:
        """What it takes to make a dataset of files, as the settings of a server allow."""
        self._count += 1
        room = self._place / str(self._count)
        room.mkdir()
        (room / SENT).write_bytes(sent)
        limits = ServerSettings(store=self._store).model_copy(update=settings)
        known: dict[str, Any] = {**told, "format": Format(told.get("format", "auto"))}
        request = UploadRequest(
            actor=OWNER,
            project="vision",
            name=f"sent{self._count}",
            reading=Reading(**known),
            overwrite=False,
            message="",
            tags=(),
            on_error=OnError.FAIL,
            largest=limits.largest_upload,
            memory=limits.upload_memory,
            seconds=limits.upload_seconds,
        )
        command = [sys.executable, "-I", "-S", "-c", dedent(WATCH), PROGRAM, request.to_json()]
        ended = subprocess.run(command, cwd=room, env=self._environment(), check=True, capture_output=True)
        status, seconds, memory = json.loads(ended.stdout.splitlines()[-1])
        assert status == 0, ended.stderr.decode()[-2000:]
        lines = [json.loads(line) for line in (room / "answers").read_bytes().splitlines()]
        return Cost(seconds, memory, next(each for each in reversed(lines) if "beat" not in each))

    def _environment(self) -> dict[str, str]:
        return {**self._store.to_env(), "PYTHONPATH": ":".join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    return Yard(tmp_path_factory.mktemp("yard"))


#: The everyday ones: of each way of reading one.
FEW = ("JSON of lists", "columns")


@pytest.mark.parametrize(
    "name",
    [name if name in FEW else pytest.param(name, marks=pytest.mark.slow) for name in FILES],
)
def test_it_costs_whoever_reads_it_little(yard: Yard, name: str) -> None:
    """Beyond what a table of one row costs, for what is loaded and started with any."""
    cost = yard.cost(*FILES[name])
    seconds, memory = cost.seconds - yard.usual.seconds, cost.memory - yard.usual.memory
    print(f"{name}: {seconds:.2f} s, {memory / MIB:.0f} MiB, {str(cost.last)[:100]}")
    assert cost.last.keys() & {"built", "error"}
    assert seconds < SECONDS * slowness()
    assert memory < MEMORY


LONG = b"x\n" + b"1\n" * 1_000_000
#: A document that is read as a whole, for its rows must be looked for in it.
LARGE = b'{"a":[' + b'{"x":1},' * 1_500_000 + b'{"x":1}]}'


@pytest.mark.parametrize(
    ("sent", "told", "settings", "said"),
    [
        (tar(a__csv=LONG), {}, {"upload_seconds": 3}, "these files take too long to read"),
        (
            tar(a__json=LARGE),
            {"format": "json", "field_selector": "a"},
            {"upload_memory": 320 * MIB},
            "these files need too much memory",
        ),
    ],
    ids=["time", "memory"],
)
def test_what_needs_more_than_it_may_have_is_told_so(
    yard: Yard, sent: bytes, told: dict[str, str], settings: dict[str, int], said: str
) -> None:
    last = yard.cost(sent, told, **settings).last
    assert last["error"]["message"] == said
    assert last["error"]["code"] == "usage"
