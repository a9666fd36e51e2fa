"""Which jobs a list is to hold, as the parameters of an address say it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query

from starwhale.jobs.schemas import JobFilter
from starwhale.jobs.states import JobState

Sort = Literal["created", "started", "finished", "handler", "state", "owner"]
_TEXT = "Part of its comment, handler or model, or the beginning of its id."
_SORT = "By default those that are pinned come first, then the newest."


async def _wanted(
    *,
    state: Annotated[list[JobState] | None, Query(max_length=9, description="One of these.")] = None,
    handler: Annotated[str, Query(max_length=500, description="Part of its id.")] = "",
    model: Annotated[str, Query(max_length=80, description="Its name.")] = "",
    owner: Annotated[str, Query(max_length=80, description="Who made it.")] = "",
    text: Annotated[str, Query(max_length=200, description=_TEXT)] = "",
    pinned: Annotated[bool | None, Query(description="Whether it is.")] = None,
    removed: Annotated[bool, Query(description="Those in the trash as well.")] = False,
    trash: Annotated[bool, Query(description="Only those in the trash.")] = False,
    sort: Annotated[Sort | None, Query(description=_SORT)] = None,
    descending: Annotated[bool, Query(description="The last first.")] = False,
) -> JobFilter:
    return JobFilter(
        states=tuple(state or ()),
        handler=handler,
        model=model,
        owner=owner,
        text=text.strip(),
        pinned=pinned,
        removed="only" if trash else "shown" if removed else "hidden",
        sort=sort or "",
        descending=descending,
    )


WantedJobs = Annotated[JobFilter, Depends(_wanted)]
