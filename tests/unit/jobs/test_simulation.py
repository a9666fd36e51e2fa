"""The pure scheduler among thousands of small catastrophes. Replay one with `World(SEED).run()`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from tests.simulation.clockwork import Violation
from tests.simulation.memory import Book, MemoryLedger, Range
from tests.simulation.stores import MemoryStore
from tests.simulation.world import World

from starwhale.jobs.events import Release, Released
from starwhale.jobs.leases import Holder, Lease
from starwhale.jobs.states import JobState


def _run(seeds: range) -> Counter[JobState]:
    return Counter(World(seed).run() for seed in seeds)


def test_two_thousand_seeds_break_no_promise() -> None:
    ends = _run(range(2000))
    # A simulator in which nothing ever goes wrong proves nothing.
    assert ends[JobState.SUCCESS] > 1000
    assert ends[JobState.FAIL] > 100
    assert ends[JobState.CANCELED] > 100


@pytest.mark.slow
@pytest.mark.fault
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_seeds_break_no_promise() -> None:
    _run(range(2000, 102_000))


@pytest.mark.parametrize("seed", [3, 41, 135, 1544])
def test_a_seed_tells_the_same_story_again(seed: int) -> None:
    first, again = World(seed), World(seed)
    assert first.run() == again.run()
    assert first.trace == again.trace
    assert len(first.trace) > 3


class WithoutTokens(MemoryLedger):
    """Accepts results under any lease."""

    def _held(self, lease: Lease) -> Range:
        return self.books[lease.holder.job].ranges[lease.range]


class WithoutEpochs(MemoryLedger):
    """Accepts whatever any scheduler writes."""

    def _fence(self, job: str, epoch: int) -> Book:
        return self.books[job]


class WithoutCounting(MemoryLedger):
    """Forgets that workers died."""

    def _release(self, book: Book, order: Release) -> Released:
        released = super()._release(book, order)
        return Released(task=released.task, attempt=released.attempt, progressed=True)


class WithoutQuestions(MemoryLedger):
    """Leases to attempts that are over."""

    def _is_present(self, book: Book, holder: Holder) -> bool:
        return True


@pytest.mark.parametrize("careless", [WithoutTokens, WithoutEpochs, WithoutCounting, WithoutQuestions])
def test_a_ledger_with_a_protection_removed_is_found_out(careless: Callable[..., MemoryLedger]) -> None:
    def all_seeds() -> None:
        for seed in range(2000):
            World(seed, MemoryStore(partial(careless))).run()

    with pytest.raises(Violation, match=r"^seed \d+: "):
        all_seeds()
