"""Places in lists as texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.cursor import cursor_of, values_of
from starwhale.core.errors import UsageError

KINDS = (int, str, bool, datetime)
MOMENTS = st.datetimes(timezones=st.just(UTC))
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))
VALUES = st.tuples(st.integers(-(2**63) + 1, 2**63 - 1), TEXTS, st.booleans(), MOMENTS) | st.tuples(
    st.none(), st.none(), st.none(), st.none()
)


@given(VALUES)
def test_a_place_comes_back_as_it_was(values: tuple[Any, ...]) -> None:
    assert tuple(values_of(cursor_of(values), KINDS)) == values


@given(st.text(max_size=60))
def test_any_text_is_a_place_or_refused(text: str) -> None:
    try:
        found = values_of(text, KINDS)
    except UsageError:
        return
    assert len(found) == len(KINDS)


@pytest.mark.parametrize("moment", ["2026-01-01T00:00:00", "0001-01-01T00:00:00+23:59", "now", "9" * 5000])
def test_a_moment_that_no_database_takes_is_none(moment: str) -> None:
    with pytest.raises(UsageError, match="no cursor"):
        values_of(cursor_of([moment]), [datetime])
