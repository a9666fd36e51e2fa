"""Tables side by side by key, and merged into one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.permissions import READ_TABLE
from starwhale.evaluations.table_schemas import Comparing, Merging
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.contents import NEXT, told_as
from starwhale.server.forms import Form
from starwhale.server.routers.tables import Path, Size, TableRows
from starwhale.server.table_answers import ARROW, compared_answer, link_of, rows_answer

routes = Routes("/projects/{project}/tables", "tables")


class Compared(Form):
    """Tables side by side."""

    tables: list[Path] = Field(min_length=1, max_length=10, description="The first is the base.")
    columns: list[str] | None = Field(default=None, max_length=1000)
    inputs: bool = Field(default=True, description="Compare what was read from the dataset as well.")
    only_different: bool = Field(default=False, description="Only rows in which some table differs.")
    by: list[str] | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="What makes rows differ: columns, or `COLUMN==COLUMN` for whether both agree.",
    )
    largest: str | None = Field(
        default=None,
        min_length=1,
        max_length=512,
        description="A column, or `COLUMN==COLUMN`: rows in which it lies farthest from the base come first.",
    )
    counts: bool = Field(default=False, description="Count rows that are equal, different, and alone.")
    offset: int | None = Field(
        default=None, ge=0, le=2**53, description="Rows to leave out first, in place of a cursor."
    )
    find: int | Annotated[str, Field(max_length=4096)] | None = Field(
        default=None, description="Key of a row whose number is wanted, beside an `offset`."
    )
    size: Size = 50
    cursor: str = Field(default="", max_length=20_000)


class Part(Form):
    """One of the tables that are merged."""

    table: Path
    prefix: str = Field(default="", max_length=100, description="What its columns get in front.")


class Merged(Form):
    """Tables merged by key into one."""

    tables: list[Part] = Field(min_length=1, max_length=20)
    inner: bool = Field(default=False, description="Only rows that all of them have.")
    columns: list[str] | None = Field(default=None, max_length=1000)
    size: Size = 50
    cursor: str = Field(default="", max_length=20_000)


class RowsCompared(BaseModel):
    """A table against the base, in rows."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    equal: int
    different: int
    only_base: int
    only_other: int


class RowsSideBySide(BaseModel):
    """Rows side by side.

    Attributes:
        columns: What was compared.
        rows: Of each its key, the values of each table (null where it lacks the row), and for each table the
            columns that are other than in the base.
        next: What to send as `cursor` for the next page; null on the last. A page may be short, and yet not
            the last, where differences lie far apart.
        counts: For each table but the base; null where they were not asked for, or would take too long.
        total: Rows that `offset` can reach; null where one can only go on by `next`, for an evaluation still
            runs, or a column is neither number, text nor truth.
        place: Number of the row of the key `find`; null where it is not among them.
    """

    columns: list[str]
    rows: list[dict[str, Any]]
    next: str | None
    counts: list[RowsCompared] | None
    total: int | None
    place: int | None


@routes.post("/compare", READ_TABLE, large=True, response_model=RowsSideBySide)
def compare_tables(request: Request, caller: Caller, project: str, body: Compared) -> Response:
    """Rows of tables side by side by key, with what differs from the base."""
    asked = Comparing(
        tables=tuple(body.tables),
        columns=None if body.columns is None else tuple(body.columns),
        by=None if body.by is None else tuple(body.by),
        **body.model_dump(exclude={"tables", "columns", "by"}),
    )
    found = services_of(request).table_comparison.compare(caller, project, asked)
    return compared_answer(found, [link_of(project, [path]) for path in body.tables])


@routes.post(
    "/merge", READ_TABLE, large=True, response_model=TableRows, responses=told_as(ARROW, headers=[NEXT])
)
def merge_tables(request: Request, caller: Caller, project: str, body: Merged) -> Response:
    """Tables merged by key into one, with a prefix for the columns of each."""
    parts = tuple((each.table, each.prefix) for each in body.tables)
    columns = None if body.columns is None else tuple(body.columns)
    asked = Merging(tables=parts, columns=columns, **body.model_dump(exclude={"tables", "columns"}))
    return rows_answer(request, services_of(request).table_comparison.merge(caller, project, asked), None)
