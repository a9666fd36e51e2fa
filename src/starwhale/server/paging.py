"""Lists over HTTP: a page, and a cursor to the next one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Protocol, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.cursor import LONGEST, cursor_of, no_place, values_of
from starwhale.core.page import LARGEST, Page, PageRequest

T = TypeVar("T")
S = TypeVar("S")


class Listed(BaseModel, Generic[T]):
    """One page of a list.

    Attributes:
        items: What is on it.
        total: Items on all pages together.
        next: What to send as `cursor` for the next page; null on the last.
    """

    model_config = ConfigDict(frozen=True)

    items: list[T]
    total: int = Field(ge=0, examples=[1])
    next: str | None = Field(default=None, examples=[None])


def listed(page: Page[S], form: Callable[[S], Any]) -> Any:
    """A page as it goes over the wire.

    Args:
        page: What a service found.
        form: Makes an item of the wire of one of the service.
    """
    return Listed[Any](items=[form(each) for each in page.items], total=page.total, next=page.next)


def listed_whole(
    found: Sequence[S],
    request: PageRequest,
    form: Callable[[S], Any],
    by: Callable[[S], tuple[Any, ...]] | None = None,
    *,
    of: Sequence[type] = (str,),
) -> Any:
    """A page of what is short enough to be read whole, such as the members of a project.

    Args:
        found: All of it.
        request: Which page.
        form: Makes an item of the wire of one of the service.
        by: Where an item stands among the others, whatever comes and goes; None for what never changes,
            which stays in the order that it has.
        of: The types of what `by` says.

    Raises:
        UsageError: the cursor is none of such a list.
    """
    if by is None:
        return _page(found, _offset(request.after), request, form, lambda _, end: (end,))
    found = sorted(found, key=by)
    after = tuple(values_of(request.after, of)) if request.after else ()
    if None in after:
        raise no_place(request.after)
    begin = bisect_right(found, after, key=by) if after else 0
    return _page(found, begin, request, form, lambda last, _: by(last))


class Numbered(Protocol):
    """What is numbered in the order in which it was made."""

    @property
    def id(self) -> int: ...


def newest(found: Numbered) -> tuple[int]:
    """The place of what was made last is the first one."""
    return (-found.id,)


def _page(
    found: Sequence[S],
    begin: int,
    request: PageRequest,
    form: Callable[[S], Any],
    place: Callable[[S, int], tuple[Any, ...]],
) -> Any:
    items = tuple(found[begin : begin + request.size])
    end = begin + len(items)
    following = cursor_of(place(items[-1], end)) if items and end < len(found) else None
    return listed(Page(items=items, total=len(found), request=request, next=following), form)


def _offset(cursor: str) -> int:
    begin = values_of(cursor, [int])[0] if cursor else 0
    if begin is None or begin < 0:
        raise no_place(cursor)
    return begin


async def _wanted(
    size: Annotated[int, Query(ge=1, le=LARGEST, description="Items on a page.")] = 50,
    cursor: Annotated[
        str, Query(max_length=LONGEST, description="What `next` of the page before said.")
    ] = "",
) -> PageRequest:
    return PageRequest(size=size, after=cursor)


WantedPage = Annotated[PageRequest, Depends(_wanted)]
