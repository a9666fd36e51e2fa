"""Times of cron: each gives one job, whatever clocks and processes do."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from starwhale.catalog.engine import Catalog
from starwhale.catalog.tables.events import EventRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, InvalidSpec, NotFound
from starwhale.jobs import schedules
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.schedules import Due, Fired, ScheduleService, last_moment, next_moment
from starwhale.jobs.templates import TemplateService
from starwhale.projects.service import ProjectService

ME = Actor(name="me", admin=True)
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def planned(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> ScheduleService:
    """A schedule at three o'clock each night in Berlin, made at `START`."""
    monkeypatch.setattr(schedules, "utc_now", lambda: START)
    ProjectService(catalog).ensure_default(ME)
    TemplateService(catalog).save(ME, "self", "nightly", Blueprint(handler="m:h"))
    service = ScheduleService(catalog)
    service.add(ME, "self", "every-night", "nightly", "0 3 * * *", "Europe/Berlin")
    return service


def taken(planned: ScheduleService, now: datetime) -> list[str]:
    """Names of the schedules whose moment somebody gets here who looks now, and would make its job."""
    names: list[str] = []
    for each in planned.due(ME, now):
        try:
            with planned.catalog.begin() as session:
                planned.fire(session, each)
        except Fired:
            continue
        names.append(each.schedule.name)
    return names


def fire(planned: ScheduleService, each: Due) -> None:
    with planned.catalog.begin() as session:
        planned.fire(session, each)


def test_a_moment_fires_once_and_those_that_were_missed_become_one(planned: ScheduleService) -> None:
    assert taken(planned, START + timedelta(hours=13)) == []
    due = START + timedelta(hours=14)  # 3 in Berlin
    assert taken(planned, due) == ["every-night"]
    assert taken(planned, due + timedelta(minutes=1)) == []
    assert len(taken(planned, due + timedelta(days=5))) == 1
    assert taken(planned, due + timedelta(days=5)) == []


def test_a_clock_that_is_set_back_fires_nothing_again(planned: ScheduleService) -> None:
    due = START + timedelta(hours=14, minutes=30)
    assert len(taken(planned, due)) == 1
    for minutes in range(-90, 60, 10):
        assert taken(planned, due + timedelta(minutes=minutes)) == []


def test_the_hours_of_a_day_on_which_clocks_change_come_once(planned: ScheduleService) -> None:
    # Berlin: 2026-03-29 has no 2:30, 2026-10-25 has two.
    planned.add(ME, "self", "half-past", "nightly", "30 2 * * *", "Europe/Berlin")
    fired: list[str] = []
    for day in (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)):
        taken(planned, day)
        fired.clear()
        for minutes in range(0, 24 * 60, 5):
            fired += taken(planned, day + timedelta(minutes=minutes))
        assert sorted(fired) == ["every-night", "half-past"]


def test_of_many_that_look_at_once_one_gets_it(planned: ScheduleService) -> None:
    due, got = START + timedelta(hours=14), list[str]()
    gate = threading.Barrier(8)

    def look() -> None:
        gate.wait()
        got.extend(taken(planned, due))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["every-night"]


def test_a_moment_stays_when_its_job_does_not_come_about(planned: ScheduleService) -> None:
    due = START + timedelta(hours=14)
    (each,) = planned.due(ME, due)

    def killed() -> None:
        with planned.catalog.begin() as session:
            planned.fire(session, each)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        killed()
    assert taken(planned, due) == ["every-night"]
    with pytest.raises(Fired):
        planned.miss(each, "no such model")


def test_one_that_rests_while_its_job_is_made_gets_none(planned: ScheduleService) -> None:
    (each,) = planned.due(ME, START + timedelta(hours=14))
    planned.enable(ME, "self", "every-night", enabled=False)
    with pytest.raises(Fired), planned.catalog.begin() as session:
        planned.fire(session, each)


def test_one_that_rests_misses_nothing_worth_doing_again(
    planned: ScheduleService, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned.enable(ME, "self", "every-night", enabled=False)
    assert planned.list(ME, "self")[0].due is None
    assert taken(planned, START + timedelta(days=3)) == []
    monkeypatch.setattr(schedules, "utc_now", lambda: START + timedelta(days=3))
    planned.enable(ME, "self", "every-night", enabled=True)
    assert taken(planned, START + timedelta(days=3)) == []
    assert len(taken(planned, START + timedelta(days=4))) == 1


def test_those_of_a_project_in_the_trash_rest_and_go_on_with_it(
    planned: ScheduleService, catalog: Catalog
) -> None:
    projects, due = ProjectService(catalog), START + timedelta(hours=14)
    projects.create(ME, "sound")
    TemplateService(catalog).save(ME, "sound", "nightly", Blueprint(handler="m:h"))
    planned.add(ME, "sound", "other", "nightly", "0 3 * * *", "Europe/Berlin")
    seen = next(each for each in planned.due(ME, due) if each.schedule.name == "other")
    projects.remove(ME, "sound")
    assert [each.name for each in planned.list(ME)] == ["every-night"]
    assert taken(planned, due) == ["every-night"]
    projects.create(ME, "sound")
    for take in (lambda: planned.miss(seen, "no template"), lambda: fire(planned, seen)):
        with pytest.raises(Fired, match="removed"):  # its name is that of another one now
            take()
    assert taken(planned, due + timedelta(minutes=1)) == []
    projects.remove(ME, "sound")
    projects.purge(ME, "sound")
    projects.recover(ME, "sound")
    assert sorted(taken(planned, due + timedelta(days=5))) == ["every-night", "other"]
    assert taken(planned, due + timedelta(days=5)) == []


def test_what_makes_no_sense_is_refused(planned: ScheduleService) -> None:
    for cron in ("", "x", "99 * * * *", "* * * *", "0 0 31 2 *"):
        with pytest.raises(InvalidSpec):
            planned.add(ME, "self", "other", "nightly", cron)
    with pytest.raises(InvalidSpec, match="time zone"):
        planned.add(ME, "self", "other", "nightly", "* * * * *", "Mars/Olympus")
    with pytest.raises(NotFound, match="nightly"):
        planned.add(ME, "self", "other", "nightl", "* * * * *")
    with pytest.raises(Conflict):
        planned.add(ME, "self", "every-night", "nightly", "* * * * *")
    with pytest.raises(NotFound):
        planned.remove(ME, "self", "other")


def test_a_template_takes_its_schedules_along(planned: ScheduleService, catalog: Catalog) -> None:
    TemplateService(catalog).remove(ME, "self", "nightly")
    assert planned.list(ME, "self") == []
    with catalog.read() as session:
        names = list(session.scalars(select(EventRow.name).order_by(EventRow.id.desc()).limit(2)))
    assert names == ["template.removed", "schedule.removed"]


@settings(max_examples=60, deadline=None)
@given(
    cron=st.sampled_from(["* * * * *", "*/7 * * * *", "30 2 * * *", "0 0 1 * *", "15 4 * * MON"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
    now=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001
)
def test_the_last_moment_is_not_after_now_and_the_next_one_is(cron: str, zone: str, now: datetime) -> None:
    moment = now.replace(tzinfo=UTC)
    last, following = last_moment(cron, zone, moment), next_moment(cron, zone, moment)
    assert last <= moment < following
