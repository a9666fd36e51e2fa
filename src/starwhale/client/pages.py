"""Lists of a server, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from starwhale.core.page import LARGEST, Page, PageRequest

if TYPE_CHECKING:
    from starwhale.client.http import Http

T = TypeVar("T")


def segment(text: str) -> str:
    """A name as one word of a path."""
    return quote(text, safe="")


def all_of(http: Http, path: str, form: Callable[[dict[str, Any]], T]) -> list[T]:
    """All items of a list that is short.

    Args:
        http: The connection.
        path: Where the list is.
        form: Makes an item of what the server sends.
    """
    found: list[T] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {"size": LARGEST, **({"cursor": cursor} if cursor else {})}
        items, cursor = http.get(
            path, asked, form=lambda told: (list(map(form, told["items"])), told["next"])
        )
        found += items
    return found


def page_of(
    http: Http, path: str, request: PageRequest, form: Callable[[dict[str, Any]], T], **params: Any
) -> Page[T]:
    """One page of a list; the pages before it are walked through, for cursors know no numbers.

    Args:
        http: The connection.
        path: Where the list is.
        request: Which page.
        form: Makes an item of what the server sends.
        params: Of the list; None leaves one out.
    """
    wanted = {name: value for name, value in params.items() if value not in {None, ""}}
    cursor: str | None = ""
    total = 0
    for number in range(1, request.number + 1):
        if cursor is None:
            return Page(items=(), total=total, request=request)
        asked = {**wanted, "size": request.size, **({"cursor": cursor} if cursor else {})}
        if number == request.number:
            return http.get(
                path,
                asked,
                form=lambda told: Page(
                    items=tuple(map(form, told["items"])), total=int(told["total"]), request=request
                ),
            )
        total, cursor = http.get(path, asked, form=lambda told: (int(told["total"]), told["next"]))
    raise AssertionError("unreachable")
