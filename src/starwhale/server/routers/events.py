"""Events as they happen."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request

from starwhale.core.permissions import READ_PROJECT
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.streams import SEE_SYSTEM, EventStream, check_system, stream

routes = Routes("", "events")

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "Server-sent events without end.", "content": {"text/event-stream": {}}}
}
After = Annotated[
    int | None,
    Query(ge=0, le=(1 << 63) - 1, description="The last event that was seen; the present one by default."),
]


@routes.get("/projects/{project}/events/stream", READ_PROJECT, response_class=EventStream, responses=_STREAM)
async def stream_project_events(
    request: Request, caller: Caller, project: str, after: After = None
) -> EventStream:
    """What happens in a project, as far as one may see it.

    Go on with the header ``Last-Event-ID`` after an interruption.
    """
    projects = services_of(request).projects
    return await stream(request, caller, lambda who: projects.check(who, project, READ_PROJECT), after)


@routes.get("/events/stream", SEE_SYSTEM, response_class=EventStream, responses=_STREAM)
async def stream_events(request: Request, caller: Caller, after: After = None) -> EventStream:
    """What happens on the whole instance, for administrators."""
    return await stream(request, caller, check_system, after)
