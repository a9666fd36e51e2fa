"""People who wrote their code for Starwhale 0.6, each with a home of his own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cli.conftest import SWCLI, Shell

from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.kinds import Kind
from starwhale.core.settings import Settings
from starwhale.instance.local import LocalInstance

PROGRAMS = Path(__file__).with_name("programs")
DATA = Path(os.environ.get("STARWHALE_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")
PATIENCE = 120.0


class Newcomer(Shell):
    """Somebody whose directory of code holds one of the programs."""

    def bring(self, program: str) -> None:
        """Put a program into the directory."""
        shutil.copytree(PROGRAMS / program, self.code, dirs_exist_ok=True)
        self.environ["PATH"] = f"{SWCLI.parent}{os.pathsep}{self.environ['PATH']}"

    def python(self, *words: str) -> str:
        """Run a script of his, as ``python SCRIPT`` does; what it prints."""
        ran = subprocess.run(
            [sys.executable, *words], env=self.environ, cwd=self.code, capture_output=True, text=True,
            check=False, timeout=PATIENCE, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def run(self, handler: str, *more: str, model: str = "") -> dict[str, Any]:
        """Run a handler to its end, which must be a good one."""
        whence = ["-u", model] if model else ["-w", "."]
        job = self.json("model", "run", *whence, "-h", handler, *more)
        assert job["state"] == "SUCCESS"
        return job

    def store(self) -> LocalInstance:
        """The store that the commands work on."""
        return LocalInstance(Settings.from_env(self.environ))

    def files(self, model: str) -> dict[str, str]:
        """Digests of the files of a model, by path."""
        uri = parse_uri(model, kind=Kind.MODEL, defaults=Defaults())
        with self.store() as store:
            return {
                each.path: each.digest
                for each in store.models.contents.files(store.models.resolve(store.actor, uri))
            }

    def rows(self, job: dict[str, Any], table: str = "results") -> list[dict[str, Any]]:
        """What a job has logged."""
        with self.store() as store:
            return list(store.results("self", job["id"]).scan(table))


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Callable[[str], Newcomer]]:
    """``newcomer("pipelines")`` is somebody with that program."""
    made = Newcomer.at(tmp_path)
    assert isinstance(made, Newcomer)

    def come(program: str) -> Newcomer:
        made.bring(program)
        return made

    yield come
    for process in made.started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def real_data(name: str) -> Path:
    """A folder of the real data, where this machine has it."""
    path = DATA / name
    if not path.is_dir():
        pytest.skip(f"there is no {name} under {DATA}")
    return path
