"""Tables that are written: rows by hand, and sessions whose batches count once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from starwhale.core.permissions import WRITE_TABLE
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.forms import Form, Number
from starwhale.server.routers.tables import Key, Path
from starwhale.server.table_answers import batch_of

routes = Routes("/projects/{project}/tables", "tables")


class RowChange(Form):
    """One row: what is set of it, or null to remove it."""

    id: Key
    values: dict[str, Any] | None


class RowChanges(Form):
    """Rows of one table."""

    table: Path
    rows: list[RowChange] = Field(min_length=1, max_length=10_000)


class NewWriter(Form):
    """A session of writing."""

    job: str = Field(min_length=1, max_length=80, description="Id of the evaluation.")


class Writer(BaseModel):
    """A session of writing that was opened."""

    id: int


class Batch(BaseModel):
    """What became of a batch.

    Attributes:
        sequence: Number of the last batch that counts.
        fresh: Whether this one changed anything; one that was sent before does not.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)

    sequence: int
    fresh: bool


@routes.post("/rows", WRITE_TABLE, large=True, status_code=HTTPStatus.NO_CONTENT)
def change_rows(request: Request, caller: Caller, project: str, body: RowChanges) -> None:
    """Set values of rows, or remove rows; all or none."""
    rows = [(each.id, each.values) for each in body.rows]
    services_of(request).table_writing.change(caller, project, body.table, rows)


@routes.post("/writers", WRITE_TABLE, status_code=HTTPStatus.CREATED)
def open_writer(request: Request, caller: Caller, project: str, body: NewWriter) -> Writer:
    """Begin to write the tables of an evaluation in batches, each of which counts once."""
    return Writer(id=services_of(request).table_writing.open(caller, project, body.job))


@routes.post("/writers/{number}/batches", WRITE_TABLE)
async def append_batch(request: Request, caller: Caller, project: str, number: Number) -> Batch:
    """Write a batch of rows (a frame); it is durable when this is answered."""
    data = await batch_of(request)
    writing = services_of(request).table_writing
    return Batch.model_validate(await run_in_threadpool(writing.append, caller, project, number, data))


@routes.delete("/writers/{number}", WRITE_TABLE, status_code=HTTPStatus.NO_CONTENT)
def close_writer(request: Request, caller: Caller, project: str, number: Number) -> None:
    """End a session of writing."""
    services_of(request).table_writing.close(caller, project, number)
