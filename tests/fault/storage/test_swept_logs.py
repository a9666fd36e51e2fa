"""Logs of tables that are swept while rows are written: nothing that was committed is lost (FAULTS 19)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.storage.test_tables_model import MemoryRevisions

from starwhale.kit.times import utc_now
from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects
from starwhale.storage.rows.manifest import LayerStore
from starwhale.storage.tables.logs import DirectoryLogs
from starwhale.storage.tables.ports import Extent, Guard
from starwhale.storage.tables.store import TableStore, TableWriter

pytestmark = pytest.mark.fault
PATHS = ("self/evaluation/a/results", "self/evaluation/b/results", "self/summary")
WIDE = "x" * 3000


class Interrupted(MemoryRevisions):
    """Something happens between what is appended and its commit."""

    def __init__(self) -> None:
        super().__init__()
        self.interrupt = lambda: None

    def commit(self, entries: Sequence[tuple[str, Extent]], guard: Guard | None) -> None:
        self.interrupt()
        super().commit(entries, guard)

    def extents(self, writer: str) -> list[tuple[int, int]]:
        committed = [each for extents in self.commits.values() for each in extents]
        found = [(each.offset, each.length) for each in committed if each.writer == writer]
        self.interrupt()
        return found


@dataclass
class Interleaving:
    """Writers of one process, tables that are dropped, and sweeps that no age holds back."""

    root: Path
    seed: int
    freed: int = 0
    written: dict[str, dict[int, int]] = field(default_factory=dict[str, dict[int, int]])
    writers: list[TableWriter] = field(default_factory=list[TableWriter])
    busy: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self.dice, self.revisions = random.Random(self.seed), Interrupted()
        layers = LayerStore(Blobs(DirectoryObjects(self.root / "objects")))
        self.store = TableStore(layers, DirectoryLogs(self.root / "tables"), self.revisions)
        # As another process has it: what one holds open the other does not.
        self.sweeper = DirectoryLogs(self.root / "tables")
        self.revisions.interrupt = self.interrupt

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.act([self.begin, self.write, self.write, self.write, self.close, self.drop, self.sweep])
            self.check()
        while self.writers:
            self.writers.pop().close()
        self.revisions.commits.pop(PATHS[0], None)
        self.written.pop(PATHS[0], None)
        self.sweep()
        self.check()

    def act(self, acts: Iterable[Any]) -> None:
        self.dice.choice(list(acts))()

    def interrupt(self) -> None:
        if "sweep" not in self.busy:
            self.sweep()
        elif "write" not in self.busy and self.dice.random() < 0.5:
            self.act([self.begin, self.write, self.close])

    def begin(self) -> None:
        self.writers.append(self.store.writer())

    def write(self) -> None:
        if not self.writers or "write" in self.busy:
            return
        self.busy.add("write")
        writer = self.dice.choice(self.writers)
        paths = self.dice.sample(PATHS, self.dice.randrange(1, 4))
        rows = {path: (self.dice.randrange(30), self.dice.randrange(10**6)) for path in paths}
        for path, (key, value) in rows.items():
            for wide in range(10):  # so that there is something to be freed
                writer.put(path, 1000 + wide, {"value": WIDE, "of": value})
            writer.put(path, key, {"value": value})
        writer.flush()
        for path, (key, value) in rows.items():
            self.written.setdefault(path, {})[key] = value
        self.busy.discard("write")

    def close(self) -> None:
        if self.writers and "write" not in self.busy:
            self.writers.pop(self.dice.randrange(len(self.writers))).close()

    def drop(self) -> None:
        path = self.dice.choice(PATHS)
        self.revisions.commits.pop(path, None)
        self.written.pop(path, None)

    def sweep(self) -> None:
        self.busy.add("sweep")
        later = utc_now() + timedelta(hours=1)
        told = list(self.sweeper.sweep(self.revisions.extents, later, dry_run=True)) if self.seed % 2 else []
        self.freed += sum(self.sweeper.sweep(self.revisions.extents, later))
        assert all(told)
        self.busy.discard("sweep")

    def check(self) -> None:
        for path, rows in self.written.items():
            found = dict(self.store.reader(path).scan(0, 1000))
            assert {key: row["value"] for key, row in found.items()} == rows, f"seed {self.seed}"


def interleave(place: Path, seeds: Iterable[int], steps: int) -> int:
    """Bytes that were freed in so many interleavings."""
    freed = 0
    for seed in seeds:
        turn = Interleaving(place / str(seed), seed)
        turn.run(steps)
        freed += turn.freed
    return freed


def test_whoever_writes_meanwhile_loses_nothing(tmp_path: Path) -> None:
    assert interleave(tmp_path, range(20), 12) > 0


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_in_thousands_of_interleavings_nothing_is_lost(tmp_path: Path) -> None:
    print(f"{interleave(tmp_path, range(int(os.environ.get('SW_TURNS', '2000'))), 40)} bytes freed")


WRITER = """
import sys, time
from pathlib import Path
from starwhale.storage.tables.logs import DirectoryLogs
logs = DirectoryLogs(Path(sys.argv[1]))
logs.append("ab" * 16, 0, [b"first"])
print("ready", flush=True)
sys.stdin.readline()
logs.append("ab" * 16, 5, [b"second"])
print("done", flush=True)
sys.stdin.readline()
"""


def test_the_log_of_a_process_that_lives_stays_until_it_dies(tmp_path: Path) -> None:
    later, logs = utc_now() + timedelta(hours=1), DirectoryLogs(tmp_path)
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        assert list(logs.sweep(lambda _: [], later)) == []
        child.stdin.write("\n")
        child.stdin.flush()
        assert child.stdout.readline() == "done\n"
        assert logs.read("ab" * 16, 0, 11) == b"firstsecond"
        assert list(logs.sweep(lambda _: [], later)) == []
        child.kill()
    assert list(logs.sweep(lambda _: [], later)) == [11]
    assert list(logs.sweep(lambda _: [], later)) == []
