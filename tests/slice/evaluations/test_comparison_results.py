"""Jobs compared over real tables: folded rows and fresh ones, summaries, large tables in little memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.memory import peak_memory

from starwhale.core.errors import NotFound, UsageError
from starwhale.core.settings import Settings
from starwhale.evaluations.comparison import Pair, Wanted
from starwhale.evaluations.comparison_intervals import Metric
from starwhale.evaluations.comparison_results import Asked, compare_results
from starwhale.evaluations.results import ResultStore
from starwhale.instance.local import LocalInstance

ROWS = 3_000


@pytest.fixture
def here(tmp_path: Path) -> Iterator[LocalInstance]:
    with LocalInstance(
        Settings.from_env({"HOME": str(tmp_path), "SW_LOCAL_STORAGE": str(tmp_path / "s")})
    ) as made:
        yield made


def filled(here: LocalInstance, job: str, *, wrong: int, rows: int = ROWS, start: int = 0) -> ResultStore:
    """Results of which one in `wrong` is not right."""
    store = here.results("self", job)
    for number in range(start, rows):
        right = number % wrong != 0
        store.log("results", f"row-{number:07}", {"right": right, "output": number % 10 if right else -1})
    store.log_summary({"accuracy": 1 - 1 / wrong})
    store.flush()
    return store


def test_folded_and_fresh_rows_are_compared_alike(here: LocalInstance) -> None:
    one, other = filled(here, "a", wrong=10), filled(here, "b", wrong=5, start=100)
    fresh = compare_results([one, other], Asked(table="results", wanted=Wanted(only_different=True)))
    assert here.tables.fold("self/evaluation/a/results")
    assert here.tables.fold("self/evaluation/b/results")
    other.log("results", "row-0000105", {"output": 7})
    other.flush()
    found = compare_results([one, other], Asked(table="results", wanted=Wanted(only_different=True)))
    assert fresh.rows is not None
    assert found.rows is not None
    # multiples of 5 that are none of 10
    assert fresh.rows.pairs[1] == Pair(equal=2_610, different=290, only_base=100)
    assert found.rows.pairs[1] == fresh.rows.pairs[1]
    changed = next(row for row in found.rows.rows if row.key == "row-0000000")
    assert changed.values[1] is None
    (interval,) = found.intervals
    assert (interval.metric, interval.other) == ("right", 1)
    assert interval.difference is not None
    assert interval.difference.difference == pytest.approx(-0.1)
    assert interval.difference.high < 0
    assert [figure.changes[1] for figure in found.summary] == [pytest.approx(-0.1)]


def test_a_table_that_a_job_lacks_leaves_the_summaries(here: LocalInstance) -> None:
    one, other = filled(here, "a", wrong=10, rows=10), here.results("self", "b")
    found = compare_results([one, other], Asked(table="results", wanted=Wanted()))
    assert found.lacking == (1,)
    assert found.rows is None
    assert found.summary[0].values == (0.9, None)


def test_what_makes_no_sense_is_refused(here: LocalInstance) -> None:
    stores = [filled(here, job, wrong=3, rows=20) for job in "ab"]
    with pytest.raises(UsageError):
        compare_results(stores[:1], Asked(table="results", wanted=Wanted()))
    with pytest.raises(UsageError):
        compare_results(stores, Asked(table="results", wanted=Wanted(), resamples=0))
    with pytest.raises(NotFound, match="'nothing'"):
        compare_results(stores, Asked(table="results", wanted=Wanted(), metrics=(Metric("nothing"),)))
    with pytest.raises(NotFound, match="'nothing'"):
        compare_results(stores, Asked(table="results", wanted=Wanted(columns=("nothing",))))


def test_rows_are_walked_and_not_loaded(here: LocalInstance) -> None:
    """Three times the rows take no more memory."""

    def peak(rows: int, enough: int = 0) -> int:
        stores = [here.results("self", f"{job}{rows}") for job in "ab"]
        for place, store in enumerate(stores):
            for number in range(rows):
                store.log("results", number, {"label": number % (7 + place), "text": f"text {number}"})
            store.flush()
            here.tables.fold(f"self/evaluation/{store.job}/results")

        def compare() -> None:
            found = compare_results(stores, Asked(table="results", wanted=Wanted()))
            assert found.rows is not None
            assert found.rows.total == rows

        return peak_memory(compare, enough=enough)

    peak(500, enough=1 << 62)
    small = peak(20_000)
    # what a row of both takes as dicts is several hundred bytes
    limit = small + 40_000 * 30
    assert peak(60_000, enough=limit) < limit
