"""The audit: what happened, for owners of a project and administrators of the instance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import orjson
from fastapi import Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from starwhale.accounts.audit import READ_AUDIT, READ_SYSTEM, EventFilter
from starwhale.accounts.schemas import EventRead
from starwhale.core.cursor import cursor_of, values_of
from starwhale.core.page import LARGEST
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of

routes = Routes("", "audit")
_LINES: dict[int | str, dict[str, Any]] = {
    200: {"description": "One event on each line.", "content": {"application/x-ndjson": {}}}
}


class Event(BaseModel):
    """One thing that happened."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    at: AwareDatetime
    actor: str = Field(examples=["ada"], description="Who did it; empty where nobody had logged in.")
    name: str = Field(examples=["member.changed"])
    project: str | None = Field(examples=["vision"])
    address: str | None = Field(examples=["10.0.0.7"], description="From where.")
    request: str | None
    payload: dict[str, Any]


class Events(BaseModel):
    """Some events, the newest first.

    Attributes:
        items: The events.
        next: What to send as `cursor` for older ones; null where there are none.
    """

    items: list[Event]
    next: str | None


class Verdict(BaseModel):
    """Whether the audit is as it was written."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    whole: bool
    broken_at: tuple[int, int] | None = Field(description="Numbers of the events among which it is not.")
    sealed: int = Field(description="Events under seals that are whole.")
    digest: str = Field(description="Of the last seal; the log of the server names it too.")
    waiting: int = Field(description="Events that have no seal yet.")


async def _filter(
    name: Annotated[
        str, Query(max_length=80, description="Beginning of what happened.", examples=["member."])
    ] = "",
    actor: Annotated[str | None, Query(max_length=80, description="Who did it.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Not before this moment.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before this moment.")] = None,
) -> EventFilter:
    return EventFilter(name=name, actor=actor, since=since, until=until)


Wanted = Annotated[EventFilter, Depends(_filter)]
Size = Annotated[int, Query(ge=1, le=LARGEST, description="How many at most.")]


async def _before(
    cursor: Annotated[str, Query(max_length=200, description="What `next` of the page before said.")] = "",
) -> int | None:
    return values_of(cursor, [int])[0] if cursor else None


Before = Annotated[int | None, Depends(_before)]


def _events(found: tuple[list[EventRead], bool]) -> Events:
    items = [Event.model_validate(each) for each in found[0]]
    return Events(items=items, next=cursor_of([items[-1].id]) if found[1] else None)


def _lines(found: Iterator[EventRead]) -> StreamingResponse:
    lines = (orjson.dumps(Event.model_validate(each).model_dump()) + b"\n" for each in found)
    headers = {"Content-Disposition": 'attachment; filename="events.jsonl"'}
    return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)


@routes.get("/projects/{project}/events", READ_AUDIT)
def list_project_events(
    request: Request, caller: Caller, project: str, chosen: Wanted, before: Before, size: Size = 50
) -> Events:
    """What happened in a project, the newest first."""
    audit = services_of(request).audit
    return _events(audit.page(caller, project, chosen, before=before, size=size))


@routes.get(
    "/projects/{project}/events/export", READ_AUDIT, response_class=StreamingResponse, responses=_LINES
)
def export_project_events(
    request: Request, caller: Caller, project: str, chosen: Wanted
) -> StreamingResponse:
    """What happened in a project, as JSON lines."""
    return _lines(services_of(request).audit.export(caller, project, chosen))


@routes.get("/events", READ_SYSTEM)
def list_events(request: Request, caller: Caller, chosen: Wanted, before: Before, size: Size = 50) -> Events:
    """What happened on the whole instance, the newest first."""
    audit = services_of(request).audit
    return _events(audit.page(caller, "", chosen, before=before, size=size))


@routes.get("/events/export", READ_SYSTEM, response_class=StreamingResponse, responses=_LINES)
def export_events(request: Request, caller: Caller, chosen: Wanted) -> StreamingResponse:
    """What happened on the whole instance, as JSON lines."""
    return _lines(services_of(request).audit.export(caller, "", chosen))


@routes.get("/events/verify", READ_SYSTEM)
def verify_events(
    request: Request,
    caller: Caller,
    expected: Annotated[
        str, Query(max_length=64, pattern="^[0-9a-f]*$", description="Digest of a seal, noted elsewhere.")
    ] = "",
) -> Verdict:
    """Whether somebody has changed the audit since it was written."""
    return Verdict.model_validate(services_of(request).audit.verify(caller, expected))
