"""What is done ahead comes in order, and no more of it than was agreed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starwhale.kit.ahead import ahead


@settings(deadline=None)
@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 4), st.integers(1, 4), st.integers(1, 60))
def test_results_come_in_order_and_what_waits_weighs_no_more_than_the_limit(
    tasks: list[int], workers: int, waiting: int, limit: int
) -> None:
    taken: list[int] = []
    handed: list[int] = []

    def told() -> Iterator[int]:
        for task in tasks:
            yield task
            # Asked for the next one: this one is under way.
            taken.append(task)

    for task in ahead(lambda each: each, told(), workers=workers, waiting=waiting, weigh=int, limit=limit):
        handed.append(task)
        under_way = taken[len(handed) :]
        assert sum(under_way) <= limit or len(under_way) <= 1
        assert len(under_way) < workers + waiting
    assert handed == tasks


def test_a_failure_comes_where_its_result_would_have() -> None:
    def act(each: int) -> int:
        if each == 2:
            raise ValueError("two")
        return each

    found = ahead(act, range(5), workers=2, waiting=2)
    assert [next(found), next(found)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(found)


def test_whoever_stops_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    found = ahead(lambda each: each, range(100), workers=3, waiting=3)
    assert next(found) == 0
    found.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert threading.active_count() == before
