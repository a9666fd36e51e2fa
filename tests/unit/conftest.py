"""What unit tests take for granted, whatever ran before them in the same process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from starwhale.core.types.link import set_link_opener


@pytest.fixture(autouse=True)
def _links_of_nobody() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  (pytest uses it)
    """No instance says how links are opened; a server, say, would refuse them all."""
    before = set_link_opener(None)
    yield
    set_link_opener(before)
