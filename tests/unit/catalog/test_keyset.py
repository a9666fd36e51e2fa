"""Pages of rows while others come and go."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, case, create_engine, delete, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from starwhale.catalog.keyset import Key, cut
from starwhale.core.errors import UsageError
from starwhale.core.page import PageRequest


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    rank: Mapped[int | None]
    name: Mapped[str]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = create_engine("sqlite://")
    Base.metadata.create_all(made)
    yield made
    made.dispose()


def keys(*, down: bool, back: bool) -> Sequence[Key]:
    missing = case((Thing.rank.is_(None), 1), else_=0)
    return Key(missing), Key(Thing.rank, descending=down), Key(Thing.name, descending=back), Key(Thing.id)


def ordered(rows: dict[int, tuple[int | None, str]], *, down: bool, back: bool) -> list[int]:
    """What `keys` mean, said once more: sorts are stable, so the last key goes first."""
    found = sorted(rows)
    found.sort(key=lambda id_: rows[id_][1], reverse=back)
    found.sort(key=lambda id_: rows[id_][0] or 0, reverse=down)
    return sorted(found, key=lambda id_: rows[id_][0] is None)


ROWS = st.dictionaries(
    st.integers(0, 30), st.tuples(st.none() | st.integers(-2, 2), st.sampled_from("abÄ")), max_size=20
)


@given(
    rows=ROWS,
    size=st.integers(1, 5),
    down=st.booleans(),
    back=st.booleans(),
    changes=st.lists(ROWS, max_size=6),
)
def test_what_stays_is_met_once_and_in_order_whatever_comes_and_goes(
    engine: Engine, rows: dict[int, Any], size: int, down: bool, back: bool, changes: list[dict[int, Any]]
) -> None:
    stays, met, after, turns = dict(rows), [], "", iter(changes)
    with Session(engine) as session:
        session.execute(delete(Thing))
        put(session, rows)
        while True:
            page = cut(
                session, select(Thing), keys(down=down, back=back), PageRequest(size=size, after=after)
            )
            met += [thing.id for thing, *_ in page.rows]
            if page.next is None:
                break
            after = page.next
            # Rows with numbers of the first ones go; others come.
            come = next(turns, {})
            session.execute(delete(Thing).where(Thing.id.in_(come)))
            put(session, {id_ + 100 * (1 + len(met)): row for id_, row in come.items()})
            for id_ in come:
                stays.pop(id_, None)
    assert len(met) == len(set(met))
    assert [id_ for id_ in met if id_ in stays] == ordered(stays, down=down, back=back)


def put(session: Session, rows: dict[int, Any]) -> None:
    for id_, (rank, name) in rows.items():
        session.execute(insert(Thing).values(id=id_, rank=rank, name=name))


def test_the_last_page_says_so_even_when_it_is_full(engine: Engine) -> None:
    with Session(engine) as session:
        session.execute(delete(Thing))
        put(session, dict.fromkeys(range(4), (None, "a")))
        by_id = (Key(Thing.id),)
        first = cut(session, select(Thing.name), by_id, PageRequest(size=2))
        assert first.next is not None
        last = cut(session, select(Thing.name), by_id, PageRequest(size=2, after=first.next))
        assert [tuple(row) for row in last.rows] == [("a", 2), ("a", 3)]
        assert last.next is None


def cursor(told: Any) -> str:
    return urlsafe_b64encode(orjson.dumps(told)).decode().rstrip("=")


@pytest.mark.parametrize(
    "sent",
    [
        "x",
        "ä",
        "====",
        cursor({}),
        cursor([]),
        cursor([1]),
        cursor([0, 1, "a", 1, 1]),
        cursor([0, "1", "a", 1]),
        cursor([0, True, "a", 1]),
        cursor([0, 1.5, "a", 1]),
        cursor([0, 1, "a\0", 1]),
        cursor([0, 1, ["a"], 1]),
        cursor([0, 2**63, "a", 1]),
        urlsafe_b64encode(b'[0,1,"\\ud800",1]').decode(),
        urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
    ids=range(15),
)
def test_what_is_no_cursor_of_the_list_is_refused(engine: Engine, sent: str) -> None:
    with Session(engine) as session, pytest.raises(UsageError, match="no cursor of this list"):
        cut(session, select(Thing), keys(down=False, back=False), PageRequest(after=sent))
