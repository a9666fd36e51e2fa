"""FAULTS 19: collection against writers. Nothing is removed whose put has returned.

Each test is run a second time with the protection taken away, and must then see a loss.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.fault.storage.interleaving import Interleaver
from tests.fault.storage.memory_store import START, MemoryObjects, OpenGate

from starwhale.storage.blobs import Blobs
from starwhale.storage.objects import DirectoryObjects

if TYPE_CHECKING:
    from starwhale.storage.objects.ports import Gate

pytestmark = pytest.mark.fault
CONTENT = b"content that two want"
HOUR = timedelta(hours=1)


def lost_on_object_store(seed: int, *, gate: Gate | None = None) -> bool:
    """One history of writers and sweepers on an object store; whether a blob was lost.

    The store holds a blob that nobody has needed for a day. Two writers put it and others, while two
    sweepers collect; one of these may be killed at any step. Whose put has returned needs his blob.
    """
    dice = random.Random(seed)
    turns = Interleaver(seed)
    objects = MemoryObjects(lambda: None)
    blobs = Blobs(objects)
    contents = [CONTENT, CONTENT + b"2"]
    old = [blobs.put(content) for content in contents]
    for key, (data, _, step) in list(objects.held.items()):
        objects.held[key] = (data, START - timedelta(days=1), step)
    objects = _giving_way(objects, turns, gate)
    blobs = Blobs(objects)
    needed: set[str] = set()

    def write() -> None:
        for _ in range(2):
            way, content = dice.randrange(3), dice.choice(contents)
            if way == 0:
                needed.add(blobs.put(content))
            elif way == 1:
                digest = old[contents.index(content)]
                if blobs.keep(digest):
                    needed.add(digest)
            else:
                with blobs.writer() as writer:
                    writer.write(content)
                    needed.add(writer.commit())

    def sweep() -> None:
        blobs.sweep(lambda digest: digest in needed, objects.now - HOUR)

    kill = {2: dice.randrange(1, 25)} if dice.random() < 0.3 else None
    turns.run(write, write, sweep, sweep, kill=kill)
    assert turns.failures == []
    return not all(f"blobs/{digest[:2]}/{digest[2:]}" in objects.held for digest in needed)


def _giving_way(filled: MemoryObjects, turns: Interleaver, gate: Gate | None) -> MemoryObjects:
    objects = MemoryObjects(turns.give_way)
    objects.held, objects.steps = filled.held, filled.steps
    if gate is not None:
        objects.gate = gate
    return objects


MANY = pytest.param(range(1000, 11_000), marks=[pytest.mark.slow, pytest.mark.timeout(900)])


@pytest.mark.parametrize("seeds", [range(1000), MANY])
def test_no_history_on_an_object_store_loses_a_blob(seeds: range) -> None:
    assert [seed for seed in seeds if lost_on_object_store(seed)] == []


def test_without_its_gate_an_object_store_loses_blobs() -> None:
    assert any(lost_on_object_store(seed, gate=OpenGate()) for seed in range(200))


class Slow(DirectoryObjects):
    """A directory that takes its time between the last look at an object and its deletion."""

    def __init__(self, root: Path, seed: int) -> None:
        super().__init__(root)
        self._dice = random.Random(seed)

    def delete(self, key: str) -> None:
        time.sleep(self._dice.random() * 0.001)
        super().delete(key)

    def touch(self, key: str) -> None:
        time.sleep(self._dice.random() * 0.0002)
        super().touch(key)


def lost_in_directory(root: Path, seed: int, rounds: int, *, gate: Gate | None = None) -> int:
    """Rounds in which a writer puts an old blob while a sweeper collects; how often it was lost."""
    objects = Slow(root, seed)
    if gate is not None:
        objects.gate = gate
    blobs = Blobs(objects)
    path = blobs.local(blobs.put(CONTENT))
    dice = random.Random(seed)
    cut = datetime.now(UTC)

    def write() -> None:
        time.sleep(dice.random() * 0.001)
        blobs.put(CONTENT)

    def sweep() -> None:
        blobs.sweep(lambda _: False, cut)

    lost = 0
    with ThreadPoolExecutor(2) as pool:
        for _ in range(rounds):
            if path.exists():
                os.utime(path, (0, 0))
            cut = datetime.now(UTC)
            for done in [pool.submit(sweep), pool.submit(write)]:
                done.result()
            lost += not path.exists()
    return lost


@pytest.fixture
def quick_place(tmp_path: Path) -> Iterator[Path]:
    """A directory in memory where there is one, since these tests are about order and not about disks."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    place = memory / f"starwhale-{os.getpid()}-{tmp_path.name}"
    place.mkdir()
    yield place
    subprocess.run(["rm", "-rf", place], check=True)


@pytest.mark.parametrize("rounds", [1500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_no_round_in_a_directory_loses_a_blob(quick_place: Path, rounds: int) -> None:
    assert lost_in_directory(quick_place, 19, rounds) == 0


def test_without_its_gate_a_directory_loses_blobs(quick_place: Path) -> None:
    batches = (lost_in_directory(quick_place, seed, 50, gate=OpenGate()) for seed in range(200))
    assert any(lost > 0 for lost in batches)


class Deciding:
    """Lets a put run, as far as it comes, at the very moment when a sweep has decided."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self.thread = threading.Thread(target=self._put)
        self.returned = threading.Event()

    def _put(self) -> None:
        self._blobs.put(CONTENT)
        self.returned.set()

    def live(self, _: str) -> bool:
        if not self.thread.ident:
            self.thread.start()
        self.returned.wait(0.3)
        return False


@pytest.mark.parametrize("protected", [True, False])
def test_a_put_at_the_moment_of_the_decision(tmp_path: Path, protected: bool) -> None:
    objects = DirectoryObjects(tmp_path)
    if not protected:
        objects.gate = OpenGate()
    blobs = Blobs(objects)
    path = blobs.local(blobs.put(CONTENT))
    os.utime(path, (0, 0))
    asked: list[str] = []
    moment = Deciding(blobs)

    def live(digest: str) -> bool:
        asked.append(digest)
        return moment.live(digest) if len(asked) == 2 else False

    blobs.sweep(live, datetime.now(UTC))
    moment.thread.join()
    assert path.exists() is protected


HOLDER = """
import sys, time
from pathlib import Path
from starwhale.storage.objects import DirectoryObjects

def act():
    print("in", flush=True)
    time.sleep(0.4)
    return True

DirectoryObjects(Path(sys.argv[1])).gate.keep("blobs/ab/x", act)
"""


def test_the_gate_holds_between_processes_and_opens_when_one_is_killed(tmp_path: Path) -> None:
    gate = DirectoryObjects(tmp_path).gate
    for kill in (False, True):
        process = subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"in\n"
        began = time.monotonic()
        if kill:
            process.kill()
        with gate.sweeping("blobs/ab"):
            waited = time.monotonic() - began
        process.communicate()
        assert waited < 0.3 if kill else waited > 0.3
