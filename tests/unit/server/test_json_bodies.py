"""JSON in bodies: long ones are read as short ones are, and what is dear to hold is refused."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from starwhale.core.errors import UsageError
from starwhale.server import json_bodies as module
from starwhale.server.json_bodies import MOST_NESTED_OF_PLAIN, MOST_OF_SHORT, JsonRequest

SCOPE = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@pytest.fixture
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends it is somebody."""

    class Somebody:
        user = 1

    async def caller(_request: Request) -> Any:
        return Somebody()

    monkeypatch.setattr(module, "caller", caller)


def read(*pieces: bytes, large: bool = True) -> Any:
    """What a body says that arrives in pieces."""
    waiting: Iterator[bytes] = iter(pieces)
    left = len(pieces)

    async def receive() -> dict[str, Any]:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": next(waiting), "more_body": left > 0}

    value = asyncio.run(JsonRequest(Request(dict(SCOPE), receive), large=large).json())
    assert left == 0
    return value


def long(text: bytes) -> bytes:
    """The same list, and a text at its end that makes it long."""
    return text.rstrip()[:-1] + b',"' + b"x" * MOST_OF_SHORT + b'"]'


def same(left: Any, right: Any) -> bool:
    """Whether two values are alike, down to the sign of zero."""
    return repr(left) == repr(right)


@given(value=VALUES, mark=st.booleans(), ascii_only=st.booleans())
def test_long_ones_are_read_as_short_ones_are(value: Any, mark: bool, ascii_only: bool) -> None:
    text = b"\xef\xbb\xbf" * mark + json.dumps([value], ensure_ascii=ascii_only).encode()
    assert same(read(text), [value])
    assert same(read(long(text))[0], value)


def test_numbers_that_are_none_or_large_are_read_alike() -> None:
    told = b"[NaN,-Infinity,1e999,123456789012345678901234567890,-0.0,1E2]"
    for text in (told, long(told)):
        nan, *others = read(text)[:6]
        assert math.isnan(nan)
        assert same(others, [-math.inf, math.inf, 123456789012345678901234567890, -0.0, 100.0])


@pytest.mark.parametrize(
    "text", [b"[1,]", b'["\\ud800"]', b'["\xff"]', b"[01]", b'["\n"]', b"[1]]", b"[" + b"9" * 5000 + b"]"]
)
@pytest.mark.parametrize("lengthen", [bytes, long], ids=["short", "long"])
def test_what_is_none_is_refused(text: bytes, lengthen: Any) -> None:
    with pytest.raises((RequestValidationError, ValueError)):
        read(lengthen(text))


def test_it_is_told_what_is_wrong_with_a_long_one() -> None:
    with pytest.raises(RequestValidationError) as refused:
        read(b'["' + b"x" * MOST_OF_SHORT + b'",]')
    (error,) = refused.value.errors()
    assert (error["type"], error["loc"]) == ("json_invalid", ("body",))
    assert error["msg"].startswith("trailing comma at line 1 column")


@pytest.mark.parametrize("depth", [1_500, 40_000])
def test_what_is_nested_too_deeply_is_refused(depth: int) -> None:
    with pytest.raises(UsageError, match="nested too deeply"):
        read(b"[" * depth + b"]" * depth)


@pytest.mark.usefixtures("_known")
@pytest.mark.parametrize(
    ("piece", "told"),
    [
        (b"[]," * 40_000, "100,000 lists and objects"),
        (b"1," * 200_000, "500,000 values"),
        (b"\\n" * 400_000, "1,000,000 escaped letters"),
        (b" \t\n\r" * 800_000, "8,388,608 blanks"),
    ],
)
def test_signs_are_counted_over_all_pieces(piece: bytes, told: str) -> None:
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": piece, "more_body": True}

    with pytest.raises(UsageError, match=f"a body holds at most {told}"):
        asyncio.run(JsonRequest(Request(dict(SCOPE), receive), large=True).json())
    assert taken == 3, "nothing is read of it any more"


def test_short_ones_of_plain_routes_are_measured_too() -> None:
    with pytest.raises(UsageError, match="20,000 lists and objects"):
        read(b"[" + b"[]," * MOST_NESTED_OF_PLAIN + b"0]", large=False)
