"""Tables of evaluations and of tracking: found, asked, exported."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationInfo, field_validator

from starwhale.core.actor import Actor
from starwhale.core.errors import UsageError
from starwhale.core.permissions import READ_TABLE
from starwhale.evaluations.table_questions import filter_of, orders_of
from starwhale.evaluations.table_schemas import Question
from starwhale.evaluations.tables import TableService
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.contents import NEXT, OCTETS, told_as
from starwhale.server.forms import Form
from starwhale.server.media import SHOWN
from starwhale.server.paging import Listed, WantedPage, listed
from starwhale.server.table_answers import (
    ARROW,
    AskedBytes,
    export_answer,
    link_of,
    media_answer,
    rows_answer,
    whole_number,
)
from starwhale.storage.tables.told import told_row

routes = Routes("/projects/{project}/tables", "tables")
_LINES = "application/x-ndjson"
_EXPORTED = ("text/csv", _LINES, "application/vnd.apache.parquet", "application/vnd.apache.arrow.stream")
Path = Annotated[
    str,
    Field(
        min_length=1, max_length=900, description="Inside the project.", examples=["evaluation/JOB/results"]
    ),
]
Key = Annotated[StrictInt, Field(ge=-(2**63), lt=2**63)] | Annotated[StrictStr, Field(max_length=4096)]
Size = Annotated[int, Field(ge=1, le=1000, description="Rows of a page.")]
_WHERE = {
    "op": "and",
    "parts": [
        {"op": "=", "column": "label", "value": "cat"},
        {"op": "not", "part": {"op": "is_null", "column": "score"}},
    ],
}
MEDIA: dict[int | str, dict[str, Any]] = {
    **told_as(OCTETS, *sorted(set(SHOWN.values()))),
    304: {"description": "They are still what the caller has."},
}


class TableColumn(BaseModel):
    """One column."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    name: str = Field(examples=["score"])
    type: str = Field(examples=["float"])


class Table(BaseModel):
    """One table."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    path: str = Field(examples=["evaluation/JOB/results"])
    rows: int
    revision: int
    columns: list[TableColumn]


class By(Form):
    """A column to sort by."""

    column: str = Field(min_length=1, max_length=512, examples=["score"])
    descending: bool = False


class Asked(Form):
    """Which rows of which tables."""

    tables: list[Path] = Field(
        min_length=1, max_length=20, description="Several are laid over each other by key."
    )
    where: dict[str, Any] | None = Field(default=None, description="A filter tree.", examples=[_WHERE])
    revision: int | None = Field(default=None, ge=0, le=2**62, description="Of the only table.")


class TableQuery(Asked):
    """One page of rows."""

    columns: list[str] | None = Field(default=None, max_length=1000)
    order: list[By] = Field(default_factory=list[By], max_length=16)
    size: Size = 50
    cursor: str = Field(default="", max_length=20_000)


class Range(Form):
    """A range of keys of one table."""

    table: Path
    start: Key | None = Field(default=None, description="First key.")
    end: Key | None = Field(default=None, description="Key to stop before.")
    limit: int = Field(default=10_000, ge=1, le=50_000, description="Rows at most.")
    cursor: str = Field(
        default="", max_length=24_000, description=f"`{NEXT}` of the answer before, for what follows it."
    )
    revision: int | None = Field(default=None, ge=0, le=2**62, description="At which revision.")


class Measure(Form):
    """A number over rows."""

    function: Literal["count", "min", "max", "sum", "mean"]
    column: str = Field(default="id", min_length=1, max_length=512)


class Binning(Form):
    """Ranges of equal width of a column of numbers."""

    column: str = Field(min_length=1, max_length=512)
    count: int = Field(default=20, ge=1, le=500, description="How many ranges.")


#: What a measure is called in the answer, beside the columns that rows are grouped by.
Alias = Annotated[str, Field(min_length=1, max_length=512)]


class Grouping(Asked):
    """Measures over rows."""

    measures: dict[Alias, Measure] = Field(min_length=1, max_length=50)
    by: list[str] = Field(default_factory=list[str], max_length=8)
    bins: Binning | None = Field(default=None, description="Group by ranges of this column first.")

    @field_validator("by")
    @classmethod
    def _are_called_otherwise(cls, by: list[str], info: ValidationInfo) -> list[str]:
        # Both would have one name in the answer, and the measure would take the place of the column.
        for name in by:
            if name in info.data.get("measures", ()):
                raise ValueError(
                    f"a measure is called {name[:80]!r} like this column; call the measure otherwise"
                )
        return by


_ROW = {"id": "row-7", "values": {"label": "cat", "score": 0.5}}


class TableRows(BaseModel):
    """Some rows.

    Attributes:
        rows: Of each its key and its values. What JSON has no form for is an object that tells its type under
            "$"; media have the address of their bytes.
        next: What to send as `cursor` for the next page; null on the last.
        revisions: At which revision each table was read.
    """

    rows: list[dict[str, Any]] = Field(examples=[[_ROW]])
    next: str | None
    revisions: list[int]


class Groups(BaseModel):
    """Measures, one entry per group.

    Attributes:
        groups: Of each what it was grouped by, and its measures; `bin` is the number of its range.
        edges: Where the ranges begin, and where the last one ends; none where nothing was put into ranges.
    """

    groups: list[dict[str, Any]] = Field(examples=[[{"label": "cat", "mean": 0.5, "bin": 0}]])
    edges: list[float] = []


class TableCount(BaseModel):
    """How many rows there are."""

    rows: int


async def row_id(
    id: Annotated[str, Query(max_length=4096, description="Key of the row.")],  # noqa: A002 - the name in the query
    integer: Annotated[bool, Query(description="Whether the key is a number.")] = False,
) -> str | int:
    """The key of a row."""
    return {True: whole_number, False: str}[integer](id)


RowId = Annotated[str | int, Depends(row_id)]


async def _asked_bytes(
    range: Annotated[str | None, Header()] = None,  # noqa: A002 - the name of the header
    if_range: Annotated[str | None, Header(description="Only while the ETag is this one.")] = None,
    if_none_match: Annotated[str | None, Header(description="ETag of the bytes that are there.")] = None,
) -> AskedBytes:
    return AskedBytes(range=range, if_range=if_range, if_none_match=if_none_match)


WantedBytes = Annotated[AskedBytes, Depends(_asked_bytes)]
PathQuery = Annotated[str, Query(min_length=1, max_length=900, description="Path of the table.")]


def question_of(body: TableQuery) -> Question:
    """The question that a body asks."""
    return Question(
        tables=tuple(body.tables),
        columns=None if body.columns is None else tuple(body.columns),
        where=filter_of(body.where),
        order=orders_of([(each.column, each.descending) for each in body.order]),
        size=body.size,
        cursor=body.cursor,
        revision=body.revision,
    )


def groups_of(tables: TableService, actor: Actor, project: str, body: Grouping) -> Groups:
    """The measures that a body asks for."""
    asked = _plain_question(body)
    measures = {alias: (each.function, each.column) for alias, each in body.measures.items()}
    if body.bins is None:
        return Groups(groups=tables.aggregate(actor, project, asked, measures, body.by))
    if "bin" in {*measures, *body.by}:
        raise UsageError("a measure beside ranges cannot be called 'bin'", hint="call it otherwise")
    bins = tables.bins(actor, project, asked, body.bins.column, body.bins.count)
    if bins is None:
        return Groups(groups=[])
    found = tables.aggregate(actor, project, asked, measures, body.by, bins=bins)
    edges = [bins.low + place * bins.width for place in range(bins.count + 1)]
    return Groups(groups=found, edges=edges)


def _plain_question(body: Asked) -> Question:
    return Question(tables=tuple(body.tables), where=filter_of(body.where), revision=body.revision)


@routes.get("", READ_TABLE, response_model=Listed[Table])
def list_tables(
    request: Request,
    caller: Caller,
    project: str,
    page: WantedPage,
    beginning: Annotated[
        str, Query(max_length=900, description="Beginning of their paths, such as `evaluation/JOB/`.")
    ] = "",
) -> Any:
    """The tables of a project, by path."""
    found = services_of(request).table_rows.list(caller, project, beginning=beginning, page=page)
    return listed(found, Table.model_validate)


@routes.get("/info", READ_TABLE)
def get_table(request: Request, caller: Caller, project: str, path: PathQuery) -> Table:
    """One table: its columns, rows and revision."""
    return Table.model_validate(services_of(request).table_rows.describe(caller, project, path))


@routes.post(
    "/query", READ_TABLE, large=True, response_model=TableRows, responses=told_as(ARROW, headers=[NEXT])
)
def query_tables(request: Request, caller: Caller, project: str, body: TableQuery) -> Response:
    """A page of rows, filtered and sorted; as Arrow where that is asked for."""
    found = services_of(request).table_rows.query(caller, project, question_of(body))
    return rows_answer(request, found, link_of(project, body.tables))


@routes.get("/row", READ_TABLE)
def get_row(
    request: Request,
    caller: Caller,
    project: str,
    path: PathQuery,
    key: RowId,
    revision: Annotated[int | None, Query(ge=0, le=2**62, description="At which revision.")] = None,
) -> dict[str, Any]:
    """One row."""
    cells = services_of(request).table_rows.row(caller, project, path, key, revision=revision)
    return told_row(key, cells, link=link_of(project, [path]))


@routes.get("/media", READ_TABLE, response_class=Response, responses=MEDIA)
def get_media(
    request: Request,
    caller: Caller,
    project: str,
    path: Annotated[list[str], Query(min_length=1, max_length=20, description="Paths of tables.")],
    key: RowId,
    column: Annotated[str, Query(min_length=1, max_length=512, description="Of the cell.")],
    asked: WantedBytes,
    at: Annotated[list[str] | None, Query(max_length=64, description="The way inside the cell.")] = None,
) -> Response:
    """The bytes of media in a cell, or a part of them."""
    found = services_of(request).table_rows.media(caller, project, path, key, column, at or [])
    return media_answer(found, asked)


@routes.post("/aggregate", READ_TABLE, large=True)
def aggregate_tables(request: Request, caller: Caller, project: str, body: Grouping) -> Groups:
    """Measures over rows, for each combination of the columns `by` and each range of `bins`."""
    return groups_of(services_of(request).table_rows, caller, project, body)


@routes.post("/count", READ_TABLE, large=True)
def count_rows(request: Request, caller: Caller, project: str, body: Asked) -> TableCount:
    """How many rows a filter lets through."""
    return TableCount(rows=services_of(request).table_rows.count(caller, project, _plain_question(body)))


@routes.get("/export", READ_TABLE, response_class=Response, responses=told_as(*_EXPORTED))
def export_table(
    request: Request,
    caller: Caller,
    project: str,
    path: PathQuery,
    format: Annotated[Literal["csv", "jsonl", "parquet", "arrow"], Query(description="Of the file.")] = "csv",  # noqa: A002 - the name in the query
    column: Annotated[list[str] | None, Query(max_length=1000, description="Only these.")] = None,
    revision: Annotated[int | None, Query(ge=0, le=2**62, description="At which revision.")] = None,
) -> Response:
    """A table as a file, in key order."""
    rows = services_of(request).table_rows
    found = rows.export(caller, project, path, format, columns=column, revision=revision)
    return export_answer(found, path, format)


@routes.post(
    "/scan", READ_TABLE, large=True, response_class=Response, responses=told_as(_LINES, headers=[NEXT])
)
def scan_table(request: Request, caller: Caller, project: str, body: Range) -> Response:
    """Rows of a range of keys, one JSON object per line; a header tells where to go on, if there are more."""
    found = services_of(request).table_rows.export(
        caller,
        project,
        body.table,
        "jsonl",
        start=body.start,
        end=body.end,
        limit=body.limit,
        cursor=body.cursor,
        revision=body.revision,
    )
    return export_answer(found, body.table, "jsonl")
