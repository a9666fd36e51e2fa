"""Tracked runs: begun, found, removed, and written by processes that are elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from starwhale.core.permissions import READ_RUN, WRITE_RUN
from starwhale.experiments.schemas import RunRead, RunRequest, RunState
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.forms import Form, Number
from starwhale.server.paging import Listed, WantedPage, listed
from starwhale.server.routers.table_changes import Batch, Writer
from starwhale.server.table_answers import batch_of

routes = Routes("/projects/{project}/runs", "runs")
Run_ = Annotated[str, Path(max_length=80, description="Its id.")]
MOST_PROCESSES = 1000
_Label = Annotated[str, Field(max_length=512)]


class NewRun(Form):
    """A run to begin, or to take part in."""

    id: str = Field(default="", max_length=80, description="Join this one; empty for a new one.")
    name: _Label = Field(default="", examples=["digits"])
    tags: list[_Label] = Field(default_factory=list[str], max_length=100, examples=[["baseline"]])
    description: str = Field(default="", max_length=10_000)
    forked: bool = Field(default=False, description="By a child of a process of the run.")


class Begun(BaseModel):
    """A run that a process may write to now."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    run: str = Field(description="Its id.", examples=["krml3iizr3odpdf4revpzaouzgyoacgb7aplh7l4"])
    step: int = Field(description="The step that comes next.", examples=[0])


class NewRunWriter(Form):
    """A session of writing."""

    process: str = Field(
        min_length=1,
        max_length=80,
        pattern="^[A-Za-z0-9_-]+$",
        description="Of the run, that writes.",
    )


class Process(BaseModel):
    """A process that takes part in a run."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    host: str
    pid: int
    started: str
    joined_at: datetime
    seen_at: datetime
    forked: bool
    ended_at: datetime | None
    failed: bool
    error: str
    alive: bool | None = Field(description="Null where it runs on another machine.")


class Run(BaseModel):
    """One run."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    project: str
    name: str
    state: RunState
    owner: str
    created_at: datetime
    ended_at: datetime | None
    tags: list[str]
    description: str
    error: str
    removed_at: datetime | None
    processes: list[Process] = Field(description=f"The last {MOST_PROCESSES} that joined.")


@routes.get("", READ_RUN, response_model=Listed[Run])
def list_runs(
    request: Request,
    caller: Caller,
    project: str,
    page: WantedPage,
    tag: Annotated[str, Query(max_length=512, description="Only runs with this tag.")] = "",
    name: Annotated[str, Query(max_length=512, description="Beginning of their names.")] = "",
    state: Annotated[RunState | None, Query(description="Only runs in this state.")] = None,
    removed: Annotated[bool, Query(description="Those in the trash, in place of the others.")] = False,
) -> Any:
    """The runs of a project, the newest first. What they logged lies in the tables `experiment/RUN/…`."""
    runs = services_of(request).runs.found
    found = runs.list(caller, project, page, tag=tag, name=name, state=state, removed=removed)
    return listed(found, _form)


@routes.post("", WRITE_RUN, status_code=HTTPStatus.CREATED)
def start_run(request: Request, caller: Caller, project: str, body: NewRun) -> Begun:
    """Begin a run, or take part in one that is there."""
    asked = RunRequest(
        project=project,
        name=body.name,
        id=body.id,
        tags=tuple(body.tags),
        description=body.description,
        forked=body.forked,
    )
    return Begun.model_validate(services_of(request).runs.found.begin(caller, asked))


@routes.get("/{run}", READ_RUN)
def get_run(
    request: Request,
    caller: Caller,
    project: str,
    run: Run_,
    removed: Annotated[bool, Query(description="Among those in the trash.")] = False,
) -> Run:
    """One run, by its id, the beginning of it, or its name."""
    return _form(services_of(request).runs.found.find(caller, project, run, removed=removed))


@routes.delete("/{run}", WRITE_RUN, status_code=HTTPStatus.NO_CONTENT)
def remove_run(
    request: Request,
    caller: Caller,
    project: str,
    run: Run_,
    force: Annotated[bool, Query(description="For ever, with all that it logged.")] = False,
) -> None:
    """Put a run into the trash."""
    services_of(request).runs.found.remove(caller, project, run, force=force)


@routes.post("/{run}/recover", WRITE_RUN)
def recover_run(request: Request, caller: Caller, project: str, run: Run_) -> Run:
    """Take a run out of the trash."""
    return _form(services_of(request).runs.found.recover(caller, project, run))


@routes.post("/{run}/writers", WRITE_RUN, status_code=HTTPStatus.CREATED)
def open_run_writer(request: Request, caller: Caller, project: str, run: Run_, body: NewRunWriter) -> Writer:
    """Begin to write what a process of a run logs, in batches, each of which counts once."""
    return Writer(id=services_of(request).runs.open_writer(caller, project, run, body.process))


@routes.post("/writers/{number}/batches", WRITE_RUN)
async def append_run_batch(request: Request, caller: Caller, project: str, number: Number) -> Batch:
    """Write a batch of rows (a frame); it is durable when this is answered."""
    data = await batch_of(request)
    append = services_of(request).runs.append
    return Batch.model_validate(await run_in_threadpool(append, caller, project, number, data))


@routes.delete("/writers/{number}", WRITE_RUN, status_code=HTTPStatus.NO_CONTENT)
def close_run_writer(request: Request, caller: Caller, project: str, number: Number) -> None:
    """End a session of writing."""
    services_of(request).runs.close_writer(caller, project, number)


def _form(run: RunRead) -> Run:
    return Run.model_validate(replace(run, processes=run.processes[-MOST_PROCESSES:]))
