"""The route of a request that is found by its words is the one that asking all in turn finds."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from starlette.routing import Match, Route

from starwhale.server.route_index import RouteIndex
from starwhale.server.routes import routes

ROUTES = [each for each in routes() if isinstance(each, Route)]
INDEX = RouteIndex(ROUTES)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WORDS = sorted({word for each in ROUTES for word in each.path.split("/") if "{" not in word})
_ANY_WORD = st.one_of(st.sampled_from(WORDS), st.text(alphabet="a0._-~:{}/ é", max_size=4))


@st.composite
def paths(draw: st.DrawFn) -> str:
    """The path of a route, filled in, and perhaps not quite that."""
    words = draw(st.sampled_from(ROUTES)).path.split("/")
    filled = [draw(_ANY_WORD) if "{" in each else each for each in words]
    change = draw(st.sampled_from(("nothing", "nothing", "drop", "add", "other")))
    if change == "drop":
        filled.pop(draw(st.integers(0, len(filled) - 1)))
    elif change == "add":
        filled.insert(draw(st.integers(0, len(filled))), draw(_ANY_WORD))
    elif change == "other":
        filled[draw(st.integers(0, len(filled) - 1))] = draw(_ANY_WORD)
    return "/".join(filled)


@given(path=paths(), method=st.sampled_from(METHODS))
@example(path="", method="GET")
@example(path="/", method="GET")
@example(path="//", method="GET")
@example(path="/projects/", method="GET")
@example(path="/api/v1/me", method="GET")
@example(path="/api/v1/me/", method="GET")
def test_the_first_that_matches_is_found(path: str, method: str) -> None:
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for matched in (Match.FULL, Match.PARTIAL):
        wanted = [each for each in ROUTES if each.matches(scope)[0] is matched]
        assert [each for each in INDEX.candidates(path) if each.matches(scope)[0] is matched] == wanted


def test_few_are_asked() -> None:
    path = "/api/v1/projects/self/models/net/versions/abc"
    assert len(ROUTES) > 250
    assert len(list(INDEX.candidates(path))) < 5
