"""Logs of tables give back their space, and keep what is referred to, wherever they lie."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from starwhale.core.errors import Corrupted
from starwhale.kit.times import utc_now
from starwhale.storage.objects import Objects
from starwhale.storage.tables.logs import DirectoryLogs, ObjectLogs
from starwhale.storage.tables.ports import Logs

SIZE = 200_000
KEPT = {"a" * 32: [(SIZE, SIZE)], "b" * 32: [], "c" * 32: [(0, SIZE), (SIZE, SIZE)]}
HOUR = timedelta(hours=1)


@pytest.fixture
def logs(store_kind: str, objects: Objects, tmp_path: Path) -> Logs:
    """Of three writers, each of whom has appended three frames, in two goes."""
    made = DirectoryLogs(tmp_path / "tables") if store_kind == "directory" else ObjectLogs(objects)
    for writer in KEPT:
        made.append(writer, 0, [frame(writer, 0), frame(writer, 1)])
        made.append(writer, 2 * SIZE, [frame(writer, 2)])
        made.close(writer)
    return made


def frame(writer: str, number: int) -> bytes:
    return f"{writer[0]}{number}".encode() * (SIZE // 2)


def read(logs: Logs, writer: str, number: int) -> bytes | None:
    """A frame; None where it is gone."""
    try:
        found = logs.read(writer, number * SIZE, SIZE)
    except Corrupted:
        return None
    return found if any(found) else None


def test_what_nothing_refers_to_goes_and_the_rest_stays(logs: Logs) -> None:
    def kept(writer: str) -> list[tuple[int, int]]:
        return KEPT[writer]

    everything = {(writer, number): frame(writer, number) for writer in KEPT for number in range(3)}
    assert list(logs.sweep(kept, utc_now() - HOUR)) == []
    told = list(logs.sweep(kept, utc_now() + HOUR, dry_run=True))
    assert {where: read(logs, *where) for where in everything} == everything
    freed = list(logs.sweep(kept, utc_now() + HOUR))
    assert told == freed
    for writer, wanted in zip(KEPT, (2 * SIZE, 3 * SIZE, SIZE), strict=True):
        assert freed[list(KEPT).index(writer)] == pytest.approx(wanted, abs=8192)
        named = {offset // SIZE for offset, _ in KEPT[writer]}
        for number in range(3):
            assert read(logs, writer, number) == (frame(writer, number) if number in named else None)
    assert list(logs.sweep(kept, utc_now() + HOUR)) == []


def test_a_log_that_is_taken_up_again_goes_on_where_it_was(logs: Logs) -> None:
    writer = "b" * 32
    assert len(list(logs.sweep(lambda _: [], utc_now() + HOUR))) == 3
    logs.append(writer, 3 * SIZE, [frame(writer, 7)])
    assert logs.read(writer, 3 * SIZE, SIZE) == frame(writer, 7)
    logs.close(writer)
