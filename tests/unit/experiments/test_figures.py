"""Summaries, states, smoothing and thinning."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import UnsupportedValue, UsageError
from starwhale.experiments.paths import series_key, series_range
from starwhale.experiments.schemas import ProcessRead, RunState
from starwhale.experiments.series import series_of, smoothed, thinned
from starwhale.experiments.states import SILENCE, blame, end_of, state_of
from starwhale.experiments.tallies import Tally
from starwhale.experiments.values import check_step, numbers

NOW = datetime(2025, 1, 1, tzinfo=UTC)
points = st.lists(
    st.tuples(st.integers(0, 20), st.floats(-1e6, 1e6) | st.just(math.nan), st.floats(0, 100)), max_size=20
)


def tally_of(found: list[tuple[int, float, float]]) -> Tally:
    tally = Tally()
    tally.add([p[0] for p in found], [p[1] for p in found], [p[2] for p in found])
    return tally


@given(points)
def test_a_tally_tells_the_least_the_greatest_and_the_last(found: list[tuple[int, float, float]]) -> None:
    tally = tally_of(found)
    finite = [value for _, value, _ in found if math.isfinite(value)]
    assert (tally.count, tally.odd) == (len(found), len(found) - len(finite))
    assert (tally.low, tally.high) == (min(finite, default=None), max(finite, default=None))
    if found:
        newest = max((step, at) for step, _, at in found)
        assert (tally.step, tally.at) == newest
    if finite:
        assert tally.mean == pytest.approx(sum(finite) / len(finite))


@given(points, points)
def test_tallies_merge_into_that_of_all_points(
    some: list[tuple[int, float, float]], more: list[tuple[int, float, float]]
) -> None:
    merged, whole = tally_of(some).merged(tally_of(more)), tally_of(some + more)
    assert (merged.count, merged.odd, merged.low, merged.high) == (
        whole.count,
        whole.odd,
        whole.low,
        whole.high,
    )
    assert (merged.step, merged.at) == (whole.step, whole.at)
    assert repr(Tally.from_row(merged.to_row())) == repr(merged)


@given(st.text(min_size=1, max_size=6), st.integers(0, 10**10 - 1))
def test_keys_of_a_series_lie_in_its_range(name: str, sequence: int) -> None:
    start, end = series_range(name)
    assert start <= series_key(name, "ab12", sequence) < end


@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(-10, 10)), min_size=1, max_size=300), st.integers(4, 40)
)
def test_thinning_keeps_the_extremes_and_the_ends(found: list[tuple[int, float]], most: int) -> None:
    found.sort()
    kept = thinned([x for x, _ in found], [y for _, y in found], most)
    assert len(kept) <= max(most, 4)
    assert set(kept) <= set(found)
    assert min(y for _, y in kept) == min(y for _, y in found)
    assert max(y for _, y in kept) == max(y for _, y in found)
    assert (kept[0], kept[-1]) == (found[0], found[-1])


def test_smoothing_has_no_bias_to_the_first_values() -> None:
    assert smoothed([5.0] * 5, 0.9) == pytest.approx([5.0] * 5)
    assert smoothed([1.0, 2.0], 0) == [1.0, 2.0]
    assert smoothed([0.0, math.nan, 1.0], 0.5) == [
        0.0,
        pytest.approx(math.nan, nan_ok=True),
        pytest.approx(2 / 3),
    ]
    with pytest.raises(UsageError, match="smoothing"):
        smoothed([1.0], 1)


def test_a_series_is_in_order_of_step_and_time() -> None:
    series = series_of("x", [(2, 5.0, 1.0), (1, 9.0, 2.0), (1, 3.0, 3.0)])
    assert (list(series.steps), list(series.values)) == ([1, 1, 2], [3.0, 2.0, 1.0])
    assert len(series_of("x", [])) == 0


def process(
    *, joined: int, ended: int | None = None, failed: bool = False, alive: bool | None = None, **more: object
) -> ProcessRead:
    def at(seconds: int) -> datetime:
        return NOW + timedelta(seconds=seconds)

    seen = at(joined + 1 if ended is None else ended)
    given = {"forked": False, "error": "boom" if failed else "", "seen_at": seen, **more}
    return ProcessRead(
        id=f"p{joined}",
        host="here/boot/1",
        pid=7,
        started="1",
        joined_at=at(joined),
        ended_at=None if ended is None else at(ended),
        failed=failed,
        alive=alive,
        **given,  # type: ignore[arg-type]
    )


LIVING = process(joined=0, alive=True)
FINE = process(joined=0, ended=5)
BROKEN = process(joined=0, ended=5, failed=True)
KILLED = process(joined=0, alive=False)


@pytest.mark.parametrize(
    ("processes", "state"),
    [
        ([LIVING], RunState.RUNNING),
        ([FINE, LIVING], RunState.RUNNING),
        ([FINE], RunState.FINISHED),
        ([BROKEN], RunState.FAILED),
        ([KILLED], RunState.DEAD),
        ([FINE, KILLED], RunState.DEAD),
        ([BROKEN, process(joined=6, ended=9)], RunState.FINISHED),
        ([KILLED, process(joined=6, ended=9)], RunState.FINISHED),
        ([KILLED, process(joined=6, ended=9, failed=True)], RunState.DEAD),
        ([FINE, process(joined=1, alive=False, forked=True)], RunState.FINISHED),
        ([process(joined=0)], RunState.RUNNING),
        ([process(joined=0, seen_at=NOW - SILENCE)], RunState.DEAD),
    ],
)
def test_the_state_of_a_run_comes_from_its_processes(processes: list[ProcessRead], state: RunState) -> None:
    now = NOW + timedelta(seconds=10)
    assert state_of(processes, now) is state
    assert (end_of(processes, now) is None) == (state is RunState.RUNNING)
    assert bool(blame(processes, now)) == (state in (RunState.FAILED, RunState.DEAD))


def test_numbers_are_taken_from_what_holds_one() -> None:
    import numpy as np

    assert numbers({"a": {"b": np.int64(3)}, "c": np.ones((1, 1)), "d": False}) == {
        "a/b": 3.0,
        "c": 1.0,
        "d": 0.0,
    }
    with pytest.raises(UnsupportedValue, match=r"metric 'a' is no number but 'x' of type str \(log text"):
        numbers({"a": "x"})


@pytest.mark.parametrize("step", [-1, 1.0, "1", True, None, 2**60])
def test_a_step_is_a_whole_number(step: object) -> None:
    with pytest.raises(UsageError, match="a step is a whole number"):
        check_step(step)
