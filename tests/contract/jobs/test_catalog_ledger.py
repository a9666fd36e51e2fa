"""What only a ledger that several processes share has to promise."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from tests.contract.jobs.conftest import NOW, Desk, seconds
from tests.simulation.plans import DATASET
from tests.simulation.stores import LEASE, CatalogStore
from tests.simulation.world import World

from starwhale.catalog.engine import Catalog
from starwhale.core.errors import Conflict
from starwhale.core.handlers import HandlerKind, HandlerSpec
from starwhale.jobs.plan import JobPlan, RangePlan, StepPlan
from starwhale.kit.process import ProcessId


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Where the ledger is kept."""
    return request.param


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """What `act` gives or raises when several threads call it at the same moment."""
    gate = Barrier(count)

    def one(number: int) -> object:
        gate.wait()
        try:
            return act(number)
        except Conflict as refused:
            return refused

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_the_job_of_a_dead_process_is_free_at_once(desk: Desk) -> None:
    desk.ledger.adopt(desk.job, desk.stranger, NOW, force=True)
    assert desk.ledger.adopt(desk.job, desk.me, NOW).epoch == desk.epoch + 2


def test_the_job_of_a_process_elsewhere_is_free_after_three_silent_leases(desk: Desk) -> None:
    elsewhere = ProcessId(host="elsewhere/boot/1", pid=7, started="1")
    epoch = desk.ledger.adopt(desk.job, elsewhere, NOW, force=True).epoch
    with pytest.raises(Conflict, match="7 on elsewhere"):
        desk.ledger.adopt(desk.job, desk.me, seconds(3 * LEASE - 1))
    desk.ledger.beat(desk.job, epoch, [], seconds(2 * LEASE))
    with pytest.raises(Conflict):
        desk.ledger.adopt(desk.job, desk.me, seconds(5 * LEASE - 1))
    assert desk.ledger.adopt(desk.job, desk.me, seconds(5 * LEASE + 1))


def test_of_many_schedulers_that_want_a_job_one_gets_it(desk: Desk) -> None:
    desk.ledger.resign(desk.job, desk.epoch, "", NOW)
    found = at_once(5, lambda _: desk.ledger.adopt(desk.job, desk.me, NOW).epoch)
    assert [each for each in found if isinstance(each, int)] == [desk.epoch + 1]
    assert sum(isinstance(each, Conflict) for each in found) == 4


def test_of_many_workers_that_want_a_range_one_gets_it(catalog: Catalog) -> None:
    spec = HandlerSpec(id="m:p", module="m", qualname="p", kind=HandlerKind.PREDICT, replicas=4)
    plan = JobPlan(project="self", handler="m:p", steps=(StepPlan(spec=spec, datasets=(DATASET,)),))
    work = [RangePlan(step=0, dataset=0, start=start, end=start + 1, rows=1) for start in range(40)]
    store = CatalogStore(catalog)
    desk = Desk(store, store.create(plan, work))
    desk.start("0.0", "0.1", "0.2", "0.3")

    def drain(number: int) -> list[int]:
        mine: list[int] = []
        while (lease := desk.ledger.lease(desk.holder(f"0.{number}"), NOW)) is not None:
            store.commit(desk.ledger.complete(lease, 1, 0))
            assert isinstance(lease.start, int)
            mine.append(lease.start)
        return mine

    found = at_once(4, drain)
    assert sorted(row for mine in found if isinstance(mine, list) for row in mine) == list(range(40))


@pytest.mark.parametrize("seed", range(8))
def test_the_simulator_breaks_no_promise_of_the_catalog(seed: int, catalog: Catalog) -> None:
    World(seed, CatalogStore(catalog)).run()
