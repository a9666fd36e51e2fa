from __future__ import annotations

import json
import os
import subprocess
import sysconfig
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from starwhale.core.page import PageRequest
from starwhale.core.settings import Settings
from starwhale.instance.local import LocalInstance

SWCLI = Path(sysconfig.get_path("scripts")) / "swcli"
PATIENCE = 60.0


@dataclass
class Shell:
    """A user at his shell: a home, a directory of code, and the program."""

    home: Path
    environ: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    patience: float = PATIENCE

    @classmethod
    def at(cls, home: Path) -> Shell:
        made = cls(home=home, environ=environment(home))
        made.code.mkdir()
        made.marks.mkdir()
        return made

    @property
    def code(self) -> Path:
        return self.home / "code"

    @property
    def marks(self) -> Path:
        """Where the code of the tests leaves word of its processes."""
        return self.home / "marks"

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SWCLI, *words],
            env=self.environ,
            cwd=self.code,
            capture_output=True,
            text=True,
            check=False,
            timeout=self.patience,
            stdin=subprocess.DEVNULL,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start the program as a process group of its own, as a shell does."""
        process = subprocess.Popen(
            [SWCLI, *words],
            env=self.environ,
            cwd=self.code,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def json(self, *words: str) -> Any:
        ran = self("-o", "json", *words)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    def newest_job(self) -> dict[str, Any]:
        return self.json("job", "list", "--size", "1")[0]

    def newest_job_done(self) -> int:
        """Rows that the newest job has done; 0 while there is no job.

        Asked of the store, since whoever waits asks often, and a program takes a while to start.
        """
        with closing(LocalInstance(Settings.from_env(self.environ))) as house:
            jobs = house.jobs.list(house.actor, "self", PageRequest(size=1)).items
        return jobs[0].done if jobs else 0

    def workers(self) -> list[int]:
        """Process ids that ran the code of the tests."""
        return [int(path.name) for path in self.marks.iterdir()]

    def wait(self, until: Callable[[], object]) -> None:
        patience = time.monotonic() + PATIENCE
        while not until():
            assert time.monotonic() < patience, "it did not come about"
            time.sleep(0.05)

    def alive(self) -> list[int]:
        """Processes that ran the code of the tests and still do."""
        return [pid for pid in self.workers() if _is_running(pid)]


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    except NotADirectoryError:  # no /proc on this system
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True
    return state != "Z"


def environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "SW_LOCAL_STORAGE": str(home / "store"),
        "SW_LEASE_SECONDS": "5",
        "MARKS": str(home / "marks"),
        "COLUMNS": "80",
    }


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path)


@pytest.fixture
def shell(tmp_path: Path):
    made = Shell.at(tmp_path)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
        process.communicate()
