"""Pages of rows that lie where they lay: each begins behind the last row of the page before it.

A page that is found by its number shows a row twice, or never, when others come or go in between, and what is
left out is read again for each page (`use-the-index-luke.com/no-offset`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, Select, and_, false, literal, or_

from starwhale.core.cursor import cursor_of, values_of
from starwhale.core.page import PageRequest

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Key:
    """One of what rows are ordered by.

    Attributes:
        column: A column, or what is computed of some. Where it may be null, a key before it says so:
            databases do not agree where nulls come.
        descending: The largest first.
    """

    column: Any
    descending: bool = False

    @property
    def order(self) -> ColumnElement[Any]:
        """What to order by."""
        return self.column.desc() if self.descending else self.column

    def behind(self, value: Any) -> ColumnElement[bool]:
        """What comes after `value`."""
        if value is None:
            return false()
        told = literal(value, self.column.type)
        return self.column < told if self.descending else self.column > told

    def like(self, value: Any) -> ColumnElement[bool]:
        """What comes together with `value`."""
        return self.column.is_(None) if value is None else self.column == literal(value, self.column.type)


@dataclass(frozen=True, slots=True)
class Cut:
    """What a page is made of.

    Attributes:
        rows: What the query found, the values of the keys behind what it asks for.
        next: Where the next page begins; None after the last.
    """

    rows: Sequence[Row[*tuple[Any, ...]]]
    next: str | None


def cut(session: Session, query: Select[*tuple[Any, ...]], keys: Sequence[Key], request: PageRequest) -> Cut:
    """One page of what a query finds.

    Args:
        session: The transaction.
        query: Without an order.
        keys: What to order by; no two rows have all of them alike.
        request: Which page.

    Raises:
        UsageError: the page before was none of this list.
    """
    if request.after:
        kinds = [each.column.type.python_type for each in keys]
        query = query.where(_behind(keys, values_of(request.after, kinds)))
    told = (each.column.label(f"key_{place}") for place, each in enumerate(keys))
    ordered = query.add_columns(*told).order_by(*(each.order for each in keys))
    # One more tells whether there are more.
    rows = session.execute(ordered.offset(request.offset).limit(request.size + 1)).all()
    if len(rows) <= request.size:
        return Cut(rows, None)
    return Cut(rows[:-1], cursor_of(rows[-2][-len(keys) :]))


def _behind(keys: Sequence[Key], values: Sequence[Any]) -> ColumnElement[bool]:
    pairs = list(zip(keys, values, strict=True))
    return or_(
        *(
            and_(*(before.like(its) for before, its in pairs[:place]), key.behind(value))
            for place, (key, value) in enumerate(pairs)
        )
    )
