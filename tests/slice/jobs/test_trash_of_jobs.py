"""Jobs that leave the trash for good while somebody takes them out, where the database lets both go on."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import text
from tests.slice.jobs.conftest import ANN, House

from starwhale.catalog.engine import Catalog
from starwhale.jobs.repository import JobRepository
from starwhale.kit.times import utc_now

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def database() -> str:
    """SQLite has one writer at a time."""
    return "postgresql"


def until_it_waits(catalog: Catalog, other: Future[object]) -> None:
    deadline = time.monotonic() + 20
    while not other.done():
        with catalog.read() as session:
            if session.scalar(_WAITING):
                return
        assert time.monotonic() < deadline, "it neither ends nor waits"
        time.sleep(0.02)


@pytest.mark.usefixtures("dataset")
def test_a_job_that_is_taken_out_of_the_trash_while_it_is_emptied_stays(house: House) -> None:
    taken, left = house.run(house.create()), house.run(house.create())
    for job in (taken, left):
        house.jobs.remove(ANN, house.uri(job))
    old = house.jobs.expired(utc_now())
    assert set(old) == {taken.id, left.id}

    def purge() -> object:
        with house.catalog.begin() as session:
            return house.jobs.purge(session, old, utc_now())

    with ThreadPoolExecutor(1) as pool:
        with house.catalog.begin() as session:
            jobs = JobRepository(session)
            assert jobs.lock(taken.id)
            jobs.mark(taken.id, None)
            purged = pool.submit(purge)
            until_it_waits(house.catalog, purged)
        assert purged.result() == [left.id]
    assert [job.id for job in house.jobs.list(ANN, "self", include_removed=True).items] == [taken.id]
