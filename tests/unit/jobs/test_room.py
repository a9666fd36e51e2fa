"""What is asked of a machine, what it has, and who gets it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from starwhale.core.errors import InvalidSpec
from starwhale.core.resources import normalise, of_texts
from starwhale.jobs.capacity import Ask, Capacity
from starwhale.jobs.executors.room import Grant, Room
from starwhale.server import machine
from starwhale.server.machine import capacity_of, find_gpus

GB = 1 << 30
FOUR = Capacity(millicores=4000, memory=8 * GB, gpus=("0", "1"), hides=True)


def taken(room: Room, who: object, **ask: int) -> Grant | None:
    return room.take(who, Ask(**ask), lambda: None)


def test_nothing_is_counted_where_nothing_is_asked_for() -> None:
    assert not Ask.of({})
    assert not Ask.of(normalise({"cpu": 0, "gpu": 0}))
    # A limit that nobody asked for is no claim.
    assert not Ask.of(normalise({"memory": {"request": 0, "limit": "1Gi"}}))


def test_what_is_asked_for_is_the_request_and_else_the_limit() -> None:
    asked = normalise({"cpu": 0.5, "memory": {"request": "1Gi", "limit": "2Gi"}, "gpu": {"limit": 1}})
    assert Ask.of(asked) == Ask(millicores=500, memory=GB, gpus=1)


def test_devices_are_handed_out_by_number_and_come_back() -> None:
    room = Room(FOUR)
    first, second = taken(room, 1, gpus=1), taken(room, 2, gpus=1)
    assert first is not None
    assert second is not None
    assert (first.gpus, second.gpus) == (("0",), ("1",))
    assert taken(room, 3, gpus=1) is None
    room.give_back(second)
    room.give_back(first)
    third = taken(room, 3, gpus=2)
    assert third is not None
    assert third.gpus == ("0", "1")


def test_what_does_not_fit_waits_and_is_woken() -> None:
    room, woken = Room(FOUR), threading.Event()
    held = taken(room, 1, memory=6 * GB, millicores=1000)
    assert held is not None
    assert room.take(2, Ask(memory=3 * GB), woken.set) is None
    assert taken(room, 3, millicores=3000) is not None
    assert not woken.is_set()
    room.give_back(held)
    assert woken.is_set()
    assert taken(room, 2, memory=3 * GB) is not None


def test_whoever_waits_is_not_overtaken_by_those_who_want_the_same() -> None:
    room = Room(FOUR)
    held = taken(room, 1, millicores=2000)
    assert held is not None
    assert taken(room, 2, millicores=4000) is None
    assert taken(room, 3, millicores=1000) is None
    assert taken(room, 4, memory=GB) is not None
    room.give_back(held)
    assert taken(room, 3, millicores=1000) is None
    assert taken(room, 2, millicores=4000) is not None
    room.forget(3)
    assert taken(room, 5, memory=GB) is not None


def test_whoever_is_forgotten_is_in_nobodys_way() -> None:
    room = Room(FOUR)
    assert taken(room, 1, millicores=2000) is not None
    assert taken(room, 2, millicores=4000) is None
    assert taken(room, 3, millicores=1000) is None
    room.forget(2)
    assert taken(room, 3, millicores=1000) is not None


def test_a_machine_holds_what_it_has() -> None:
    assert FOUR.holds(Ask(millicores=4000, memory=8 * GB, gpus=2))
    for more in (Ask(millicores=4001), Ask(memory=8 * GB + 1), Ask(gpus=3)):
        assert not FOUR.holds(more)
    assert Capacity.from_json({**FOUR.to_json(), "later": 1}) == FOUR


def test_amounts_are_told_in_words() -> None:
    assert str(FOUR) == "4 cores, 8.0 GiB of memory and 2 GPUs"
    assert str(Ask(millicores=500, gpus=1)) == "0.5 cores and 1 GPU"
    assert str(Ask(memory=200 << 20)) == "200.0 MiB of memory"
    assert str(Capacity(millicores=1000, memory=GB)) == "1 core, 1.0 GiB of memory and no GPUs"


@pytest.mark.parametrize(
    ("told", "found"),
    [("", ()), ("-1", ()), ("2,3", ("2", "3")), ("GPU-1a, 0", ("GPU-1a", "0")), ("0,-1,1", ("0",))],
)
def test_devices_are_those_that_the_server_sees(
    monkeypatch: pytest.MonkeyPatch, told: str, found: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", told)
    assert find_gpus() == found


def test_what_is_said_counts_and_the_rest_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4")
    found = capacity_of({})
    assert found.millicores >= 100
    assert found.memory > 1 << 20
    assert (found.gpus, found.hides) == (("4",), True)
    said = capacity_of({"cpu": 2, "memory": GB, "nvidia.com/gpu": 3})
    assert said == Capacity(millicores=2000, memory=GB, gpus=("4", "0", "1"), hides=True)
    assert capacity_of({"nvidia.com/gpu": 0}).gpus == ()
    assert capacity_of({"nvidia.com/gpu": 0}).hides


@pytest.mark.parametrize(("memory", "kept"), [(GB, 128 << 20), (16 * GB, 512 << 20), (512 * GB, GB)])
def test_tables_have_a_share_of_the_memory_in_bounds(
    monkeypatch: pytest.MonkeyPatch, memory: int, kept: int
) -> None:
    monkeypatch.setattr(machine, "find_memory", lambda: memory)
    assert machine.room_for_tables() == kept


def test_limits_of_a_group_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text("1073741824\n")
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    assert (machine.find_cores(), machine.find_memory()) == (0.5, GB)
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert machine.find_cores() >= 1
    assert machine.find_memory() > 0


def test_amounts_may_be_texts() -> None:
    assert of_texts({"cpu": "1.5", "memory": "1Gi", "gpu": "2"}) == normalise(
        {"cpu": 1.5, "memory": "1Gi", "gpu": 2}
    )
    for wrong in ({"cpu": "much"}, {"gpu": "1.5"}, {"memory": "much"}, {"disk": "1"}):
        with pytest.raises(InvalidSpec):
            of_texts(wrong)
