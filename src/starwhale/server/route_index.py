"""Finds the route of a request by the words of its path, where the framework would ask some 300 in turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.routing import Match, Route

if TYPE_CHECKING:
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

# How a parameter is written that takes the rest of a path, slashes and all.
_REST = ":path}"


@dataclass(slots=True)
class _Node:
    """The routes whose paths begin with the same words.

    Attributes:
        words: What follows where the next word is written out.
        any: What follows where the next word is a parameter.
        ends: Places of the routes whose paths end here.
        rest: Places of those whose last parameter takes all that follows.
    """

    words: dict[str, _Node] = field(default_factory=dict[str, "_Node"])
    any: _Node | None = None
    ends: list[int] = field(default_factory=list[int])
    rest: list[int] = field(default_factory=list[int])


class RouteIndex:
    """The routes that may answer a path, found word by word.

    Args:
        routes: Of two that answer the same the first counts.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes
        self._root = _Node()
        for place, route in enumerate(routes):
            self._add(place, route.path.split("/"))

    def candidates(self, path: str) -> Iterable[Route]:
        """All routes that may match `path`, in their order; some of them may turn out not to."""
        found, nodes = list[int](), [self._root]
        for word in path.split("/"):
            following = list[_Node]()
            for node in nodes:
                found += node.rest
                if (next_one := node.words.get(word)) is not None:
                    following.append(next_one)
                if node.any is not None:
                    following.append(node.any)
            nodes = following
        for node in nodes:
            found += node.ends
            found += node.rest
        return (self._routes[place] for place in sorted(found))

    def _add(self, place: int, words: Sequence[str]) -> None:
        node = self._root
        for word in words:
            if word.endswith(_REST):
                node.rest.append(place)
                return
            if "{" in word:
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.words.setdefault(word, _Node())
        node.ends.append(place)


class Indexed:
    """Hands a request to its route; to the router only what no route answers, and what is no plain request.

    Args:
        router: Knows all routes, and what to say where none answers.
        routes: All of them.
    """

    def __init__(self, router: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._router = router
        self._index = RouteIndex([each for each in routes if isinstance(each, Route)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http":
            for route in self._index.candidates(scope["path"]):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    await route.handle(scope, receive, send)
                    return
        await self._router(scope, receive, send)
