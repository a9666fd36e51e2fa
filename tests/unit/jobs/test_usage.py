"""What is used over time: written by a scheduler, read as a curve."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.jobs import usage_tracks
from starwhale.jobs.usage import TaskUsage, Usage, UsageTotals, add_up
from starwhale.jobs.usage_points import points_of
from starwhale.jobs.usage_tracks import FIRST, Track, UsageTracks


def used(seconds: float, cpu: float = 0.0, memory: int = 0, written: int = 0) -> Usage:
    return Usage(
        seconds=seconds,
        cpu_seconds=cpu,
        memory=memory,
        memory_peak=memory,
        bytes_read=0,
        bytes_written=written,
    )


@given(
    st.builds(
        Usage,
        seconds=st.floats(0, 1e6),
        cpu_seconds=st.floats(0, 1e6),
        memory=st.integers(0, 2**50),
        memory_peak=st.integers(0, 2**50),
        bytes_read=st.integers(0, 2**50),
        bytes_written=st.integers(0, 2**50),
    )
)
def test_what_a_worker_tells_is_heard(usage: Usage) -> None:
    heard = Usage.from_wire(usage.to_wire())
    assert heard.seconds == pytest.approx(usage.seconds, abs=1e-4)
    assert heard.to_wire() == usage.to_wire()


def test_totals_add_up_and_nothing_recorded_is_none() -> None:
    one = UsageTotals(attempts=1, cpu_seconds=1.5, memory_peak=7, bytes_read=1, bytes_written=2)
    two = UsageTotals(attempts=2, cpu_seconds=0.5, memory_peak=9, bytes_read=0, bytes_written=3)
    both = UsageTotals(attempts=3, cpu_seconds=2.0, memory_peak=9, bytes_read=1, bytes_written=5)
    assert add_up([one, None, two]) == both
    assert add_up([None, None]) is None


def test_lines_become_rates_and_a_new_attempt_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "0.0.usage"
    first, second = Track(path, 1), Track(path, 2)
    first.note(used(2, cpu=1, memory=50, written=200), 102)
    first.note(used(4, cpu=4, memory=70, written=200), 104)
    second.note(used(2, cpu=0.5, memory=20), 112)
    told = [(each.attempt, each.cores, each.memory, each.write_rate) for each in points_of(path.read_bytes())]
    assert told == [(1, 0.5, 50, 100.0), (1, 1.5, 70, 0.0), (2, 0.25, 20, 0.0)]


def test_the_longer_it_takes_the_fewer_lines_are_added(tmp_path: Path) -> None:
    path = tmp_path / "job.usage"
    track = Track(path, 1)
    week = 7 * 86_400
    for second in range(0, week, 2):
        track.note(used(second, cpu=second, memory=second), float(second))
    track.note(used(week, cpu=week, memory=1), float(week), last=True)
    lines = path.read_bytes().count(b"\n")
    assert FIRST < lines < 1000
    points = points_of(path.read_bytes())
    assert 100 < len(points) <= 241
    assert all(each.cores == pytest.approx(1.0) for each in points)
    assert sum(each.seconds for each in points) == pytest.approx(week)
    # A peak between two lines is not lost.
    assert max(each.memory for each in points) == week - 2


def test_who_goes_on_with_a_file_knows_how_long_it_is(tmp_path: Path) -> None:
    path = tmp_path / "job.usage"
    for scheduler in range(20):
        track = Track(path, scheduler)
        for second in range(0, 600, 2):
            track.note(used(second + 1), 1_700_000_000.0 + 600 * scheduler + second)
    assert path.read_bytes().count(b"\n") < 500


@given(st.binary(max_size=200))
def test_what_is_no_line_is_left_out(rubbish: bytes) -> None:
    good = b"[1,100.0,2.0,1.0,5,0,0]\n"
    points = points_of(rubbish.replace(b"[", b"(") + b"\n" + good + b"[1,102.0,4.0,")
    assert [(each.cores, each.memory) for each in points] == [(0.5, 5)]


def test_nothing_written_is_no_curve() -> None:
    assert points_of(b"") == ()


def test_a_job_is_the_sum_of_its_tasks_and_quick_ones_have_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(usage_tracks.time, "time", lambda: now[0])
    tracks = UsageTracks(tmp_path, {"0.0": 0, "0.1": 0, "1.0": 1}, epoch=1)
    now[0] = 1002.0
    tracks.note(TaskUsage(task="0.0", attempt=1, usage=used(2, cpu=2, memory=100)))
    tracks.note(TaskUsage(task="0.1", attempt=1, usage=used(2, cpu=1, memory=50)))
    tracks.tick()
    now[0] = 1004.0
    tracks.note(TaskUsage(task="0.0", attempt=1, usage=used(4, cpu=4, memory=100)))
    tracks.note(TaskUsage(task="0.1", attempt=1, usage=used(3, cpu=1, memory=50)))
    tracks.end("0.1", 1)
    tracks.note(TaskUsage(task="1.0", attempt=1, usage=used(0.5, cpu=0.4, memory=80)))
    tracks.end("1.0", 1)
    tracks.tick(last=True)
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "0.0.usage",
        "0.1.usage",
        "0.usage",
        "1.usage",
        "job.usage",
    ]
    told = [(each.cores, each.memory) for each in points_of((tmp_path / "job.usage").read_bytes())]
    # What has ended counts for as long as it was there: 80 for half a second of two.
    assert told == [(1.5, 150), (pytest.approx(1.2), 100 + 50 + 20)]
    (quick,) = points_of((tmp_path / "1.usage").read_bytes())
    assert (quick.cores, quick.memory) == (pytest.approx(0.1), 20)


def test_where_nothing_is_told_nothing_is_written(tmp_path: Path) -> None:
    tracks = UsageTracks(tmp_path / "usage", {"0.0": 0}, epoch=1)
    tracks.end("0.0", 1)
    tracks.tick(last=True)
    assert not (tmp_path / "usage").exists()


def test_threads_of_one_process_share_their_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(usage_tracks.time, "time", lambda: now[0])
    tracks = UsageTracks(tmp_path, {"0.0": 0, "0.1": 0, "1.0": 1}, epoch=1, threads=True)
    now[0] = 1002.0
    for task in ("0.0", "0.1", "1.0"):
        tracks.note(TaskUsage(task=task, attempt=1, usage=used(2, cpu=1, memory=100)))
    tracks.end("0.1", 1)
    tracks.tick()
    told = [(each.cores, each.memory) for each in points_of((tmp_path / "job.usage").read_bytes())]
    assert told == [(1.5, 100)]
