"""The live display: it fits every terminal, and tells how fast and how long."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from starwhale.cli.progress import JobDisplay, StepProgress
from starwhale.cli.progress_lines import board_lines
from starwhale.cli.progress_pace import Pace, StepNow, rate_text, span_text

STATES = ["CREATED", "RUNNING", "PAUSED", "CANCELED", "SUCCESS", "FAIL"]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@st.composite
def moments(draw: st.DrawFn) -> StepNow:
    total = draw(st.sampled_from([0, 0, 5, 60_000, 10**9]))
    tasks = draw(st.sampled_from([1, 3, 10_000]))
    step = StepProgress(
        name=draw(st.text(min_size=1, max_size=60)),
        state=draw(st.sampled_from(STATES)),
        done=draw(st.integers(0, total)),
        total=total,
        failed=draw(st.sampled_from([0, 0, 3])),
        tasks=tasks,
        tasks_done=draw(st.integers(0, tasks)),
        tasks_failed=draw(st.sampled_from([0, 1])),
        workers=draw(st.integers(0, 4)),
    )
    rate = draw(st.sampled_from([None, 0.0, 0.01, 12.5, 1e6]))
    return StepNow(step=step, rate=rate, took=draw(st.sampled_from([None, 0.1, 4000.0])))


@settings(deadline=None)
@given(st.lists(moments(), max_size=30), st.integers(1, 120), st.integers(1, 40))
def test_no_frame_is_wider_or_higher_than_the_terminal(many: list[StepNow], width: int, height: int) -> None:
    lines = board_lines(many, width=width, height=height)
    assert len(lines) <= height
    assert all(line.cell_len <= width for line in lines)
    assert all("\n" not in line.plain for line in lines)


def texts(
    steps: list[StepProgress], *, width: int = 80, height: int = 24, rate: float | None = None
) -> list[str]:
    many = [StepNow(step=step, rate=rate, took=2.0 if step.state != "CREATED" else None) for step in steps]
    return [line.plain for line in board_lines(many, width=width, height=height)]


def test_a_step_tells_tasks_rows_speed_and_what_is_left() -> None:
    step = StepProgress(
        name="predict", state="RUNNING", done=5_000, total=20_000, failed=3, tasks=4, tasks_done=1, workers=3
    )
    (line,) = texts([step], rate=500.0)
    for part in ("predict", "1/4 tasks", "5,000/20,000 rows", "500 rows/s", "3 failed", "ETA 30 s"):
        assert part in line


def test_a_step_without_rows_is_told_in_tasks() -> None:
    step = StepProgress(name="score", state="RUNNING", tasks=2_000, tasks_done=500, tasks_failed=1)
    (line,) = texts([step], rate=50.0)
    for part in ("500/2,000 tasks", "50.0 tasks/s", "1 failed", "ETA 30 s"):
        assert part in line
    (alone,) = texts([StepProgress(name="score", state="RUNNING")], rate=None)
    assert alone.split() == ["score", "for", "2", "s"]


def test_a_narrow_terminal_keeps_what_is_most_telling() -> None:
    step = StepProgress(name="a_long_name_of_a_step", state="RUNNING", done=50, total=200, tasks=2)
    (wide,) = texts([step], width=100, rate=10.0)
    assert "█" in wide
    (narrow,) = texts([step], width=39, rate=10.0)
    assert "50/200 rows" in narrow
    assert "ETA 15 s" in narrow
    assert "tasks" not in narrow


def test_of_many_steps_those_that_matter_stay() -> None:
    steps = [StepProgress(name=f"old{number}", state="SUCCESS") for number in range(20)]
    steps += [StepProgress(name="wrong", state="FAIL"), StepProgress(name="busy", state="RUNNING")]
    steps += [StepProgress(name=f"next{number}", state="CREATED") for number in range(20)]
    lines = texts(steps, height=6)
    assert [line.split()[0] for line in lines[:-1]] == ["wrong", "busy", "next0", "next1", "next2"]
    assert lines[-1] == "20/42 steps, 37 not shown"


def test_a_pace_is_that_of_the_last_seconds() -> None:
    pace = Pace()
    assert pace.rate is None
    for second in range(60):
        pace.note(float(second), second * 10 if second < 30 else 300 + (second - 30) * 100, running=True)
    assert pace.rate == pytest.approx(100)
    assert pace.took == 59
    pace.note(60.0, 9_999, running=False)
    assert pace.rate is None
    assert pace.took == 60
    pace.note(100.0, 3_000, running=True)
    pace.note(110.0, 2_000, running=True)
    assert pace.rate == 0.0
    assert pace.took == 70


def test_a_job_that_goes_on_is_not_credited_with_what_was_done_before() -> None:
    pace = Pace()
    pace.note(0.0, 1_000_000, running=True)
    pace.note(2.0, 1_000_020, running=True)
    assert pace.rate == 10.0


@pytest.mark.parametrize(
    ("rate", "text"), [(1234.5, "1,234"), (99.94, "99.9"), (12.34, "12.3"), (0.256, "0.26")]
)
def test_rates_have_few_digits(rate: float, text: str) -> None:
    assert rate_text(rate) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 s"),
        (42.4, "42 s"),
        (59.7, "1 min 00 s"),
        (185, "3 min 05 s"),
        (7380, "2 h 03 min"),
        (432_000, "5 days"),
    ],
)
def test_what_is_left_is_told_roughly(seconds: float, text: str) -> None:
    assert span_text(seconds) == text


def test_a_log_is_told_speed_and_what_is_left() -> None:
    file, clock = io.StringIO(), Clock()
    with JobDisplay(Console(file=file, width=200), clock=clock) as display:
        for second in range(26):
            clock.now = 100.0 + second
            step = StepProgress(name="predict", state="RUNNING", done=second * 10, total=1_000)
            display.show([step, StepProgress(name="score", state="RUNNING", tasks=50, tasks_done=second)])
    lines = [line for line in file.getvalue().splitlines() if line.startswith("predict")]
    assert lines[0] == "predict: 0/1,000 rows"
    assert lines[1] == "predict: 100/1,000 rows, 10.0 rows/s, 1 min 30 s left"
    assert len(lines) == 3
    assert "score: 10/50 tasks, 1.00 tasks/s, 40 s left" in file.getvalue().splitlines()


def test_a_terminal_that_becomes_narrower_is_wiped_clean() -> None:
    file, clock = io.StringIO(), Clock()
    console = Console(file=file, width=80, height=24, force_terminal=True, color_system=None)
    step = StepProgress(name="predict", state="RUNNING", done=1, total=9, tasks=2)
    with JobDisplay(console, clock=clock) as display:
        display.show([step])
        before = len(file.getvalue())
        console.width = 30
        clock.now += 1
        display.show([step])
        fresh = file.getvalue()[before:]
    # a line of some 60 columns has become two on 30: one more to go up than was drawn
    assert fresh.startswith("\r\x1b[2K\x1b[1A")
    assert max(len(line) for line in fresh.splitlines()[-1:]) < 60


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    file = io.StringIO()
    with JobDisplay(Console(file=file, width=80, force_terminal=True)) as display:
        display.show([StepProgress(name="predict", state="RUNNING", done=1, total=9)])
    assert file.getvalue() == "predict: 1/9 rows\n"
