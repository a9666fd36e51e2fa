"""What the tables' own types keep, and events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import StatementError

from starwhale.catalog.engine import Catalog
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.events import EventRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.core.actor import Actor
from starwhale.kit.times import utc_now

ME = Actor(name="me")
documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=zones)  # noqa: DTZ001


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=moments, payload=st.dictionaries(st.text("abc", max_size=3), documents, max_size=4))
def test_moments_and_documents_read_back_as_written(
    catalog: Catalog, moment: datetime, payload: dict
) -> None:
    row = {"at": moment, "actor": "me", "name": "x", "payload": payload}
    with catalog.begin() as session:
        session.execute(delete(EventRow))
        session.execute(insert(EventRow).values(row))
    with catalog.read() as session:
        at, read = session.execute(select(EventRow.at, EventRow.payload)).one()
        again = session.scalar(select(EventRow.name).where(EventRow.at == moment))
    assert (at, at.tzinfo, read, again) == (moment, UTC, payload, "x")


def test_a_moment_without_a_zone_is_refused(catalog: Catalog) -> None:
    def naive() -> None:
        with catalog.begin() as session:
            row = {"at": utc_now().replace(tzinfo=None), "actor": "me", "name": "x", "payload": {}}
            session.execute(insert(EventRow).values(row))

    with pytest.raises(StatementError, match="without a zone"):
        naive()


def test_moments_are_ordered_by_time_whatever_their_zone(catalog: Catalog) -> None:
    east = datetime(2024, 1, 1, 12, tzinfo=timezone(timedelta(hours=8)))
    west = datetime(2024, 1, 1, 6, tzinfo=timezone(timedelta(hours=-8)))
    with catalog.begin() as session:
        for name, at in (("west", west), ("east", east)):
            row = {"at": at, "actor": "me", "name": name, "payload": {}}
            session.execute(insert(EventRow).values(row))
    with catalog.read() as session:
        assert list(session.scalars(select(EventRow.name).order_by(EventRow.at))) == ["east", "west"]
        assert list(
            session.scalars(select(EventRow.name).where(EventRow.at < east + timedelta(hours=1)))
        ) == ["east"]


def test_names_are_ordered_byte_by_byte(catalog: Catalog) -> None:
    names = ["b", "a", "B", "_", "-", "1", "é"]
    now = datetime.now(UTC)
    with catalog.begin() as session:
        for name in names:
            row = {"name": name, "description": "", "created_at": now, "created_by": "me"}
            session.execute(insert(ProjectRow).values(row))
    with catalog.read() as session:
        assert list(session.scalars(select(ProjectRow.name).order_by(ProjectRow.name))) == sorted(names)


def test_an_event_is_there_exactly_when_its_change_is(catalog: Catalog) -> None:
    def fail() -> None:
        with catalog.begin() as session:
            emit(session, ME, "table.lost", {})
            raise ZeroDivisionError

    with catalog.begin() as session:
        emit(session, ME, "table.made", {"name": "x"})
    with pytest.raises(ZeroDivisionError):
        fail()
    with catalog.read() as session:
        assert session.execute(select(EventRow.actor, EventRow.name, EventRow.payload)).all() == [
            ("me", "table.made", {"name": "x"})
        ]


def test_the_number_of_an_event_is_never_given_twice(catalog: Catalog) -> None:
    numbers: list[int] = []
    for _ in range(3):
        with catalog.begin() as session:
            emit(session, ME, "table.made", {})
            numbers.append(session.scalars(select(EventRow.id)).one())
            session.execute(delete(EventRow))
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 3
