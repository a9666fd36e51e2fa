"""A job is canceled when its auto-release time is over, whoever runs it by then."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from tests.slice.jobs.conftest import ANN, House

from starwhale.core.errors import UsageError
from starwhale.jobs.driver import Driver
from starwhale.jobs.events import Begin
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import JobState, StepState
from starwhale.kit.process import this_process
from starwhale.kit.times import utc_now

pytestmark = pytest.mark.usefixtures("dataset")
OVER = "its auto-release time of {} s is over"


def begun(house: House, job: JobRead, ago: timedelta) -> None:
    """Have a job run whose scheduler began it so long ago and is gone since."""
    ledger, then = house.jobs.ledger, utc_now() - ago
    driver = Driver(ledger, job.id, ledger.adopt(job.id, this_process(), then))
    driver.feed([Begin()], then)


def test_a_job_is_canceled_when_its_time_is_over(house: House) -> None:
    house.script.before = lambda _: time.sleep(0.2)
    job = house.run(house.create(auto_release_time=1))
    assert (job.state, job.cause) == (JobState.CANCELED, OVER.format(1))
    assert job.done < 20
    assert {step.state for step in job.steps} == {StepState.CANCELED}


def test_one_that_is_in_time_succeeds(house: House) -> None:
    assert house.run(house.create(auto_release_time=1000)).state is JobState.SUCCESS


def test_the_time_counts_on_while_a_scheduler_is_gone(house: House) -> None:
    job = house.create(auto_release_time=60)
    begun(house, job, timedelta(seconds=50))
    begun_again = house.jobs.ledger.adopt(job.id, this_process(), utc_now(), force=True).since
    assert begun_again is not None
    assert 49 < (utc_now() - begun_again).total_seconds() < 59
    late = house.create(auto_release_time=60)
    begun(house, late, timedelta(seconds=61))
    ended = house.run(late, force=True)
    assert (ended.state, ended.cause, ended.done) == (JobState.CANCELED, OVER.format(60), 0)
    assert house.script.launched == []


def test_the_time_begins_anew_when_somebody_resumes_the_job(house: House) -> None:
    job = house.create(auto_release_time=60)
    begun(house, job, timedelta(seconds=61))
    assert house.run(job, force=True).state is JobState.CANCELED
    resumed = house.jobs.resume(ANN, house.uri(job), house.executor())
    assert (resumed.state, resumed.done) == (JobState.SUCCESS, 20)


def test_a_time_is_a_number_of_seconds(house: House) -> None:
    with pytest.raises(UsageError, match="an auto-release time is a number of seconds, not -1"):
        house.create(auto_release_time=-1)
