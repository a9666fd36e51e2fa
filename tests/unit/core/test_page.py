from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starwhale.core.errors import UsageError
from starwhale.core.page import Page, PageRequest


@given(st.lists(st.integers(), max_size=50), st.integers(1, 20))
def test_the_pages_together_are_the_list(everything: list[int], size: int) -> None:
    seen: list[int] = []
    number = 0
    while number == 0 or number < -(-len(everything) // size):
        number += 1
        request = PageRequest(number=number, size=size)
        items = tuple(everything[request.offset : request.offset + request.size])
        page = Page(items=items, total=len(everything), request=request)
        assert len(page) <= size
        seen += page
        assert page.pages == -(-len(everything) // size)
    assert seen == everything


@pytest.mark.parametrize(("number", "size"), [(0, 20), (-1, 20), (1, 0), (1, 1001), (1, -5)])
def test_impossible_pages_are_refused(number: int, size: int) -> None:
    with pytest.raises(UsageError, match=r"page"):
        PageRequest(number=number, size=size)
