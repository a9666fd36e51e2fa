"""The gate of object stores, by a clock of its own: dead sweepers, and two at once."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from tests.contract.storage.s3 import S3Server, open_s3

from starwhale.core.errors import Unavailable
from starwhale.storage.objects import DirectoryObjects
from starwhale.storage.objects.marker_gate import MarkerGate

if TYPE_CHECKING:
    from pathlib import Path

    from starwhale.storage.objects.remote import RemoteObjects

MARK = ".sweep/blobs/ab"


@dataclass
class Clock:
    """Time that passes only by waiting."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


@pytest.fixture
def remote(s3_server: S3Server) -> RemoteObjects:
    return open_s3(s3_server.url, s3_server.bucket())


def gate_of(remote: RemoteObjects, clock: Clock) -> MarkerGate:
    return MarkerGate(remote, turn=10.0, lifetime=60.0, clock=clock.read, sleep=clock.sleep)


def test_a_writer_does_not_wait_when_nobody_sweeps(remote: RemoteObjects) -> None:
    clock = Clock()
    remote.put("blobs/ab/x", b"1")
    assert gate_of(remote, clock).keep("blobs/ab/x", lambda: True)
    assert clock.slept == []


def test_a_writer_writes_again_after_a_sweep(remote: RemoteObjects) -> None:
    clock = Clock()
    acts: list[int] = []

    def put() -> bool:
        remote.put("blobs/ab/x", b"1")
        acts.append(1)
        if len(acts) == 1:  # a sweep that decided before, and is not yet done
            assert remote.mark(MARK, b"somebody", replacing=None)
        return True

    class Sweeper(Clock):
        def sleep(self, seconds: float) -> None:
            remote.delete("blobs/ab/x")
            remote.unmark(MARK)

    gate = MarkerGate(remote, clock=clock.read, sleep=Sweeper().sleep)
    assert gate.keep("blobs/ab/x", put)
    assert len(acts) == 2
    assert remote.get("blobs/ab/x") == b"1"


def test_a_writer_notices_that_a_whole_sweep_came_between(remote: RemoteObjects) -> None:
    acts: list[int] = []

    def put() -> bool:
        remote.put("blobs/ab/x", b"1")
        acts.append(1)
        if len(acts) == 1:
            remote.delete("blobs/ab/x")
        return True

    assert gate_of(remote, Clock()).keep("blobs/ab/x", put)
    assert len(acts) == 2


def test_the_mark_of_a_dead_sweeper_counts_for_its_lifetime(remote: RemoteObjects) -> None:
    clock = Clock()
    remote.put("blobs/ab/x", b"1")
    assert remote.mark(MARK, b"dead", replacing=None)
    assert gate_of(remote, clock).keep("blobs/ab/x", lambda: True)
    assert 60.0 < clock.now < 70.0
    assert remote.marker(MARK) is None


def test_a_sweeper_takes_over_from_a_dead_one(remote: RemoteObjects) -> None:
    clock = Clock()
    assert remote.mark(MARK, b"dead", replacing=None)
    with gate_of(remote, clock).sweeping("blobs/ab") as turn:
        assert clock.now > 60.0
        assert turn.open()
        clock.now += 11.0
        assert not turn.open()
    assert remote.marker(MARK) is None


def test_the_mark_of_a_sweep_that_failed_stays_for_its_lifetime(remote: RemoteObjects) -> None:
    clock = Clock()
    remote.put("blobs/ab/x", b"1")
    with pytest.raises(Unavailable), gate_of(remote, clock).sweeping("blobs/ab"):
        raise Unavailable("no answer to a deletion")
    assert remote.marker(MARK) is not None
    assert gate_of(remote, clock).keep("blobs/ab/x", lambda: True)
    assert clock.now > 60.0


def test_two_sweepers_never_sweep_at_once(remote: RemoteObjects) -> None:
    inside: list[int] = []
    overlaps: list[int] = []

    def sweep() -> None:
        gate = MarkerGate(remote)
        for _ in range(5):
            with gate.sweeping("blobs/ab"):
                inside.append(1)
                overlaps.append(len(inside))
                time.sleep(0.01)
                inside.pop()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == [1] * 20


def test_other_prefixes_are_not_held_up(remote: RemoteObjects) -> None:
    clock = Clock()
    remote.put("blobs/cd/x", b"1")
    with gate_of(remote, clock).sweeping("blobs/ab"):
        assert gate_of(remote, clock).keep("blobs/cd/x", lambda: True)
    assert clock.slept == []


def test_a_mark_is_written_under_its_condition(remote: RemoteObjects) -> None:
    assert remote.mark(MARK, b"one", replacing=None)
    assert remote.mark(MARK, b"one", replacing=None)  # the answer to one's own first attempt was lost
    assert not remote.mark(MARK, b"two", replacing=None)
    found = remote.marker(MARK)
    assert found is not None
    assert found[0] == b"one"
    assert remote.mark(MARK, b"two", replacing=found[1])
    assert not remote.mark(MARK, b"three", replacing=found[1])
    remote.unmark(MARK)
    remote.unmark(MARK)
    assert not remote.mark(MARK, b"four", replacing=found[1])
    assert remote.marker(MARK) is None
    assert list(remote.list()) == []


def test_a_crowd_of_writers_does_not_starve_the_sweeper(tmp_path: Path) -> None:
    gate = DirectoryObjects(tmp_path).gate
    over = threading.Event()

    def hold() -> bool:
        time.sleep(0.005)
        return True

    def crowd() -> None:
        while not over.is_set():
            gate.keep("blobs/ab/x", hold)

    threads = [threading.Thread(target=crowd) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    began = time.monotonic()
    for _ in range(10):
        with gate.sweeping("blobs/ab") as turn:
            assert turn.open()
    waited = time.monotonic() - began
    over.set()
    for thread in threads:
        thread.join()
    assert waited < 5.0


def test_a_sweepers_turn_is_short_but_never_empty(tmp_path: Path) -> None:
    with DirectoryObjects(tmp_path).gate.sweeping("blobs/ab") as turn:
        time.sleep(0.1)
        assert turn.open()
        time.sleep(0.1)
        assert not turn.open()


def test_a_store_that_does_not_answer_cannot_be_swept() -> None:
    nowhere = open_s3("http://127.0.0.1:9", "bucket", retry_config={"max_retries": 0})
    with pytest.raises(Unavailable), nowhere.gate.sweeping("blobs/ab"):
        pytest.fail("nobody answered")
