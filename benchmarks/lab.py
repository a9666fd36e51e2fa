"""Where programs are measured: two environments, one program, CPU and wall of whole process trees."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BUILD = HERE.parent / "build" / "bench"
PROGRAMS = HERE / "programs"
PEER_PYTHON = "3.11"  # the newest that the peer runs on


class Unmeasurable(Exception):
    """A side that this machine cannot run; the report says so and the rest goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one process tree cost, and what it said of itself as one line of JSON."""

    wall: float
    cpu: float
    peak: int
    said: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One environment with a store of its own."""

    name: str
    python: Path
    store: Path

    @property
    def swcli(self) -> str:
        return str(self.python.with_name("swcli"))

    def program(self, name: str, *args: object, **options: Any) -> Run:
        """Run ``programs/NAME.py`` in this environment."""
        return self.run([str(self.python), str(PROGRAMS / f"{name}.py"), *map(str, args)], **options)

    def run(self, argv: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None) -> Run:
        """Run a command to its end.

        Raises:
            Unmeasurable: it failed.
        """
        self.store.mkdir(parents=True, exist_ok=True)
        places = {
            "SW_LOCAL_STORAGE": str(self.store / "root"),
            "SW_CLI_CONFIG": str(self.store / "config.yaml"),
            "PYTHONPATH": "",
        }
        with (self.store / "out").open("w+b") as out, (self.store / "err").open("w+b") as err:
            start = time.perf_counter()
            process = subprocess.Popen(
                argv, cwd=cwd or PROGRAMS, env=os.environ | places | (env or {}), stdout=out, stderr=err
            )
            watch = _PeakWatch(process.pid)
            watch.start()
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            watch.done.set()
            watch.join()
        said = (self.store / "out").read_text(errors="replace")
        if process.returncode:
            complaint = said + (self.store / "err").read_text(errors="replace")
            raise Unmeasurable(
                f"{self.name}: {' '.join(argv)} exited {process.returncode}\n{complaint[-2000:]}"
            )
        return Run(wall=wall, cpu=used.ru_utime + used.ru_stime, peak=watch.peak, said=_last_json(said))


class _PeakWatch(threading.Thread):
    """Highest memory of a process and its descendants together, looked at 20 times a second.

    Pages that several of them share are counted once (PSS), so that many processes are not worse than one
    by the libraries they all map.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.done = pid, 0, threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.05):
            self.peak = max(self.peak, sum(map(_resident, _tree(self.pid))))


def _tree(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return [pid]
    return [pid, *(each for child in children for each in _tree(child))]


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    except OSError:
        return 0


def _last_json(text: str) -> dict[str, Any]:
    lines = [line for line in text.splitlines() if line.startswith("{")]
    try:
        return json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}


def us() -> Side:
    """The Starwhale of this checkout, with an empty store."""
    store = BUILD / "us"
    shutil.rmtree(store, ignore_errors=True)
    return Side(name="us", python=Path(sys.executable), store=store)


def _python_for_the_peer() -> str | None:
    if f"{sys.version_info.major}.{sys.version_info.minor}" == PEER_PYTHON:
        return sys.executable
    return shutil.which(f"python{PEER_PYTHON}")


def peer() -> Side:
    """The last release of the old Starwhale in an environment of its own, made when it is missing.

    Raises:
        Unmeasurable: no Python that it runs on, or the package index does not answer.
    """
    home = BUILD / "peer"
    python = home / "venv" / "bin" / "python"
    if not (home / "ready").exists():
        base = _python_for_the_peer()
        if base is None:
            raise Unmeasurable(f"the peer needs Python {PEER_PYTHON}, which is not on this machine")
        print("making the environment of the peer …", file=sys.stderr)
        wants = str(HERE / "peer-requirements.txt")
        for step in (
            [base, "-m", "venv", "--clear", str(home / "venv")],
            [str(python), "-m", "pip", "install", "-qq", "--requirement", wants],
            [str(python), "-m", "compileall", "-q", str(home / "venv" / "lib")],
        ):
            if subprocess.run(step, check=False).returncode and "compileall" not in step:
                raise Unmeasurable(f"the environment of the peer could not be made: {' '.join(step)}")
        (home / "ready").touch()
    return Side(name="peer", python=python, store=home / "store")


@dataclass(slots=True)
class Lab:
    """The sides, and the datasets that were already built on each."""

    us: Side
    peer: Side | None
    rows: int = 60_000
    runs: int = 5
    _built: dict[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])

    def sides(self) -> list[Side]:
        return [self.us] if self.peer is None else [self.us, self.peer]

    def dataset(self, side: Side, rows: int) -> str:
        """Name of a dataset of so many small images on `side`, built when it is not there yet.

        The peer's is kept from one measurement to the next: it takes minutes.
        """
        key = (side.name, rows)
        if key not in self._built:
            name, mark = f"rows{rows}", side.store / f"rows{rows}.built"
            if not mark.exists():
                side.program("dataset_build", rows, name)
                mark.touch()
            self._built[key] = name
        return self._built[key]
