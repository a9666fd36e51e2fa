"""Jobs that a later release has made, on both databases: they are listed and ended, but not run."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update
from tests.slice.jobs.conftest import ANN, House

from starwhale.catalog.tables.events import EventRow
from starwhale.catalog.tables.jobs import JobRow
from starwhale.core.errors import Corrupted
from starwhale.core.version import short
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import JobState

pytestmark = pytest.mark.usefixtures("dataset")


def rewrite(house: House, job: JobRead, **more: Any) -> None:
    """Store a plan as a later release would."""
    with house.catalog.begin() as session:
        plan = session.scalar(select(JobRow.plan).where(JobRow.id == job.id)) or {}
        later = {**plan, "mood": "good", "datasets": [{**each, "split": "all"} for each in plan["datasets"]]}
        session.execute(update(JobRow).where(JobRow.id == job.id).values(plan={**later, **more}))


def test_a_job_with_fields_of_a_later_release_is_listed_and_run(house: House) -> None:
    job = house.create()
    rewrite(house, job)
    assert [each.id for each in house.jobs.list(ANN, "self")] == [job.id]
    assert house.run(job).state is JobState.SUCCESS


@pytest.mark.parametrize("more", [{}, {"steps": [{"do": "m:predict"}, {"do": "m:evaluate"}]}])
def test_a_job_of_a_later_format_is_listed_and_canceled_but_not_run(
    house: House, more: dict[str, Any]
) -> None:
    house.script.raises = {6: "no"}
    job = house.run(house.create())
    fresh = house.create()
    rewrite(house, job, format=2, **more)
    rewrite(house, fresh, format=2, **more)
    assert {each.id for each in house.jobs.list(ANN, "self")} == {job.id, fresh.id}
    assert len(house.jobs.info(ANN, house.uri(job)).plan.steps) == 2
    for run in (house.jobs.run, house.jobs.resume):
        with pytest.raises(Corrupted) as caught:
            run(ANN, house.uri(job), house.executor())
        assert str(caught.value) == (
            f"job {short(job.id)} was made by a later release: its plan has format 2, "
            "this release reads 1 (upgrade Starwhale to run it)"
        )
    with house.catalog.read() as session:
        assert "job.resumed" not in set(session.scalars(select(EventRow.name)))
    assert house.jobs.cancel(ANN, house.uri(fresh)).state is JobState.CANCELED
    house.jobs.remove(ANN, house.uri(job), force=True)
    assert [each.id for each in house.jobs.list(ANN, "self")] == [fresh.id]
