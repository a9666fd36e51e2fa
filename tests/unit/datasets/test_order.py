"""Orders: every row once, in shares without overlap or gap, found again anywhere from the seed."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import UsageError
from starwhale.datasets.loading.order import Order

counts = st.integers(0, 700)
seeds = st.one_of(st.none(), st.integers(0, 5))
buffers = st.integers(1, 300)


def positions(order: Order, start: int = 0) -> list[int]:
    return [position for run in order.runs(start) for position in run]


@given(count=counts, seed=seeds, buffer=buffers, total=st.integers(1, 9))
def test_shares_have_every_row_once(count: int, seed: int | None, buffer: int, total: int) -> None:
    order = Order(count=count, seed=seed, buffer=buffer)
    shares = [order.share(index, total) for index in range(total)]
    seen = [positions(share) for share in shares]
    assert [len(share) for share in shares] == [len(part) for part in seen]
    assert [*chain.from_iterable(seen)] == positions(order)
    assert sorted([*chain.from_iterable(seen)]) == list(range(count))
    assert max(map(len, seen)) - min(map(len, seen)) <= 1


@given(count=counts, seed=seeds, buffer=buffers, total=st.integers(1, 5), start=st.integers(0, 800))
def test_an_order_is_taken_up_anywhere(
    count: int, seed: int | None, buffer: int, total: int, start: int
) -> None:
    share = Order(count=count, seed=seed, buffer=buffer).share(total - 1, total)
    assert positions(share, start) == positions(share)[start:]


@given(count=st.integers(1, 300), ranks=st.integers(1, 4), workers=st.integers(1, 4))
def test_shares_of_shares_have_every_row_once(count: int, ranks: int, workers: int) -> None:
    order = Order(count=count, seed=1, buffer=50)
    seen = [
        position
        for rank in range(ranks)
        for worker in range(workers)
        for position in positions(order.share(rank, ranks).share(worker, workers))
    ]
    assert sorted(seen) == list(range(count))


def test_the_seed_tells_the_order_for_ever() -> None:
    order = Order(count=200, seed=7, buffer=128)
    assert positions(order)[:8] == [151, 196, 192, 128, 169, 164, 183, 159]
    assert positions(order) != positions(Order(count=200, seed=8, buffer=128))
    assert positions(order) != positions(Order(count=200, seed=7, buffer=128, epoch=1))


def test_no_more_than_the_buffer_is_held() -> None:
    runs = list(Order(count=100_000, seed=1, buffer=1000).runs())
    assert max(map(len, runs)) <= 1000


@pytest.mark.parametrize("wrong", [{"total": 0}, {"index": 2, "total": 2}, {"index": -1}, {"buffer": 0}])
def test_wrong_shares_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        Order(count=1, **wrong)
