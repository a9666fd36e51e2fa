"""Somebody whose code behaves badly, at his shell."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.e2e.cli.conftest import Shell

from starwhale.core.settings import Settings
from starwhale.core.uri import JobUri
from starwhale.instance.local import LocalInstance
from starwhale.jobs.schemas import JobRead

CODE = Path(__file__).with_name("naughty.py")


class Ended(NamedTuple):
    """How a command ended: its status, the last line it said, all that it said, and the job."""

    status: int
    said: str
    errors: str
    job: JobRead


class Rogue(Shell):
    """See the module. A dataset `d` has 20 rows, a model `naughty` holds the code."""

    def prepare(self) -> None:
        shutil.copy(CODE, self.code)
        (self.code / "weights.txt").write_text("heavy")
        (self.code / "big.bin").write_bytes(bytes(1_000_000))
        (self.code / "gone.txt").write_text("here")
        (self.code / "folder").mkdir()
        (self.code / "folder" / "a.txt").write_text("a")
        self.json("dataset", "build", "-h", "naughty:rows", "-n", "d")
        self.json("model", "build", ".", "-m", "naughty", "-n", "naughty")

    def run(self, handler: str, *more: str) -> Ended:
        """Run a handler of the package to whatever end it takes."""
        ran = self("model", "run", "-u", "naughty", "-h", f"naughty:{handler}", "-d", "d", *more)
        last = ran.stderr.rstrip().rpartition("\n")[2]
        return Ended(ran.returncode, last, ran.stderr, self.jobs()[0])

    def store(self) -> LocalInstance:
        """The store that the commands work on."""
        return LocalInstance(Settings.from_env(self.environ))

    def jobs(self) -> list[JobRead]:
        """The newest one first."""
        with self.store() as store:
            return list(store.jobs.list(store.actor, "self"))

    def rows(self, job: str, table: str = "results") -> list[dict[str, Any]]:
        """What a job has logged."""
        with self.store() as store:
            return list(store.results("self", job).scan(table))

    def summary(self, job: JobRead) -> dict[str, Any]:
        with self.store() as store:
            return store.results("self", job.id).get_summary()

    def log(self, job: JobRead, task: str) -> bytes:
        """What a task has printed."""
        uri = JobUri(instance="local", project="self", job=job.id)
        with self.store() as store:
            return store.jobs.logs(store.actor, uri, task, limit=1 << 30).data


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is copied for every test."""
    rogue = Rogue.at(tmp_path_factory.mktemp("prepared"))
    assert isinstance(rogue, Rogue)
    rogue.prepare()
    return rogue.home


@pytest.fixture
def rogue(prepared: Path, tmp_path: Path) -> Iterator[Rogue]:
    made = Rogue.at(tmp_path)
    assert isinstance(made, Rogue)
    for name in ("code", "store"):
        shutil.copytree(prepared / name, made.home / name, dirs_exist_ok=True)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
        process.communicate()
    assert not any((made.home / "store" / "run" / "code").glob("*")), "a copy of the code was left"
