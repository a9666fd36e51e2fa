"""Lists over HTTP: a page, and a cursor to the next one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.cursor import LONGEST, cursor_of, values_of
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


def listed_whole(found: Sequence[S], request: PageRequest, form: Callable[[S], Any]) -> Any:
    """A page of what is short enough to be read whole, such as the members of a project."""
    number = values_of(request.after, [int])[0] or 0 if request.after else 1
    part = PageRequest(number=number, size=request.size)
    items = tuple(found[part.offset : part.offset + part.size])
    more = part.offset + part.size < len(found)
    return listed(
        Page(items=items, total=len(found), request=part, next=cursor_of([number + 1]) if more else None),
        form,
    )


def _wanted(
    size: Annotated[int, Query(ge=1, le=LARGEST, description="Items on a page.")] = 50,
    cursor: Annotated[
        str, Query(max_length=LONGEST, description="What `next` of the page before said.")
    ] = "",
) -> PageRequest:
    return PageRequest(size=size, after=cursor)


WantedPage = Annotated[PageRequest, Depends(_wanted)]
