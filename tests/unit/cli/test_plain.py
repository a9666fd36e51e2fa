from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from starwhale.cli.plain import plain, visible


class Colour(StrEnum):
    RED = "red"


class Level(Enum):
    HIGH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    name: str
    when: datetime
    extra: dict[str, Any]


def test_a_record_becomes_what_json_has() -> None:
    row = Row(
        name="a", when=datetime(2025, 1, 2, tzinfo=UTC), extra={"path": Path("/x"), "raw": b"123", "s": {1}}
    )
    assert plain(row) == {
        "name": "a",
        "when": "2025-01-02T00:00:00+00:00",
        "extra": {"path": "/x", "raw": {"bytes": 3}, "s": [1]},
    }


def test_enums_become_their_values_also_as_keys() -> None:
    assert plain({Colour.RED: [Colour.RED, Level.HIGH]}) == {"red": ["red", 3]}


def test_numbers_without_a_json_form_become_null() -> None:
    assert plain([math.nan, math.inf, -math.inf, 1.5]) == [None, None, None, 1.5]


def test_numpy_values_become_numbers_and_lists() -> None:
    assert plain({"a": np.float32(1.5), "b": np.int64(3), "c": np.array([[1, 2]])}) == {
        "a": 1.5,
        "b": 3,
        "c": [[1, 2]],
    }


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner, inner)
    ),
)


@given(trees)
def test_whatever_comes_out_is_strict_json(tree: Any) -> None:
    json.loads(json.dumps(plain(tree), allow_nan=False))


@given(st.text())
def test_no_data_can_drive_the_terminal(text: str) -> None:
    shown = visible(text)
    assert all(sign in "\n\t" or (ord(sign) >= 32 and not 0x7F <= ord(sign) <= 0x9F) for sign in shown)


def test_an_escape_sequence_is_written_out() -> None:
    assert visible("a\x1b[31mb\n\u202ec\u2028d") == "a\\x1b[31mb\n\\u202ec\\u2028d"
