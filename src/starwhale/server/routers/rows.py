"""The rows of datasets, page by page; what their columns hold; what differs between two versions."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, Literal

import orjson
from fastapi import Query, Request

from starwhale.artifacts.schemas import VersionRead
from starwhale.core.actor import Actor
from starwhale.core.cursor import LONGEST
from starwhale.core.errors import UsageError
from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.page import LARGEST
from starwhale.core.permissions import reading
from starwhale.core.uri import ArtifactUri
from starwhale.datasets.rows_shown import DiffQuery, RowPage, RowQuery
from starwhale.evaluations.table_questions import filter_of
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.paging import Listed, WantedPage, listed_whole
from starwhale.server.row_forms import (
    KEY_TOLD,
    Counted,
    DatasetColumn,
    DatasetCount,
    DatasetRows,
    Differences,
    Place,
    Question,
    Row,
    RowsOfKeys,
    Sought,
    Summary,
    WantedKeys,
)

routes = Routes("/projects/{project}/datasets/{name}/versions/{version}", "datasets")
_READ = reading(Kind.DATASET)
KeyText = Annotated[str, Query(max_length=4096, description=KEY_TOLD, examples=["17", '"img-17"'])]
Columns = Annotated[list[str] | None, Query(max_length=1000, description="Those to show; all by default.")]


def _version(request: Request, caller: Actor, project: str, name: str, version: str) -> VersionRead:
    uri = ArtifactUri(instance=LOCAL, project=project, kind=Kind.DATASET, name=name, version=version)
    return services_of(request).artifacts.resolve(caller, uri)


def _told(page: RowPage) -> DatasetRows:
    return DatasetRows(
        items=[Row.model_validate(each) for each in page.rows],
        next=_cursor(page.next),
        looked_at=page.looked_at,
        total=page.total,
        places=list(page.places),
    )


def _cursor(key: int | str | None) -> str | None:
    return None if key is None else urlsafe_b64encode(orjson.dumps([1, key])).decode().rstrip("=")


def _start(cursor: str, start: int | str | None) -> int | str | None:
    """Where to begin: where the page before ended, else at the key that is asked for."""
    if not cursor:
        return start
    try:
        form, key = orjson.loads(urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (ValueError, TypeError) as exc:
        raise UsageError("this is no cursor of rows", hint="send what `next` said") from exc
    if form != 1 or type(key) not in {int, str}:
        raise UsageError("this is no cursor of rows", hint="send what `next` said")
    return key


def _check_begin(offset: int | None, *others: int | str | None) -> None:
    if offset is not None and any(other not in {None, ""} for other in others):
        raise UsageError("rows begin at a number, at a key, or at a cursor", hint="leave out the others")


def _key(text: str) -> int | str:
    """The key that a word of an address means."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return found if type(found) in {int, str} else text


@routes.get("/summary", _READ, name="summarize_dataset")
def summarize(request: Request, caller: Caller, project: str, name: str, version: str) -> Summary:
    """Columns, rows and bytes of a version."""
    found = _version(request, caller, project, name, version)
    return Summary.model_validate(services_of(request).rows.schema(found))


@routes.get("/statistics", _READ, name="sum_up_dataset", response_model=Listed[DatasetColumn])
def statistics(
    request: Request, caller: Caller, project: str, name: str, version: str, page: WantedPage
) -> Any:
    """What each column of a version holds."""
    found = _version(request, caller, project, name, version)
    return listed_whole(services_of(request).rows.statistics(found), page, DatasetColumn.model_validate)


@routes.get("/rows", _READ, name="list_dataset_rows")
def list_rows(
    request: Request,
    caller: Caller,
    project: str,
    name: str,
    version: str,
    columns: Columns = None,
    start: KeyText = "",
    offset: Annotated[
        int | None, Query(ge=0, le=2**53, description="Rows to leave out first, in place of a key or cursor.")
    ] = None,
    size: Annotated[int, Query(ge=1, le=LARGEST, description="Rows on a page.")] = 50,
    cursor: Annotated[
        str, Query(max_length=LONGEST, description="What `next` of the page before said.")
    ] = "",
) -> DatasetRows:
    """Rows of a version in the order of their keys, from a key or a number on."""
    _check_begin(offset, start, cursor)
    found = _version(request, caller, project, name, version)
    first = _start(cursor, _key(start) if start else None)
    query = RowQuery(columns=columns, start=first, offset=offset, limit=size)
    return _told(services_of(request).row_pages.page(caller, found, query))


@routes.post("/rows/query", _READ, large=True, name="query_dataset_rows")
def query_rows(
    request: Request, caller: Caller, project: str, name: str, version: str, body: Question
) -> DatasetRows:
    """Rows of a version that a filter wants; a question that looks at too many rows goes on by its cursor."""
    _check_begin(body.offset, body.start, body.end, body.cursor)
    found = _version(request, caller, project, name, version)
    query = RowQuery(
        columns=body.columns,
        where=filter_of(body.where),
        start=_start(body.cursor, body.start),
        end=body.end,
        offset=body.offset,
        limit=body.size,
    )
    return _told(services_of(request).row_pages.page(caller, found, query))


@routes.post("/rows/count", _READ, large=True, name="count_dataset_rows")
def count_rows(
    request: Request, caller: Caller, project: str, name: str, version: str, body: Counted
) -> DatasetCount:
    """How many rows of a version a filter wants."""
    found = _version(request, caller, project, name, version)
    return DatasetCount.model_validate(services_of(request).row_pages.count(found, filter_of(body.where)))


@routes.post("/rows/place", _READ, large=True, name="place_dataset_row")
def place_row(request: Request, caller: Caller, project: str, name: str, version: str, body: Sought) -> Place:
    """At which number a key lies, or would lie, among the rows of a version that a filter wants."""
    found = _version(request, caller, project, name, version)
    key, where = _key(body.key), filter_of(body.where)
    return Place.model_validate(services_of(request).row_pages.place(found, key, where))


@routes.post("/rows/keys", _READ, large=True, name="get_dataset_rows")
def get_rows(
    request: Request, caller: Caller, project: str, name: str, version: str, body: WantedKeys
) -> RowsOfKeys:
    """Rows of a version by their keys, such as those that results of an evaluation belong to."""
    found = _version(request, caller, project, name, version)
    rows = services_of(request).row_pages.by_keys(caller, found, body.keys, body.columns)
    return RowsOfKeys.model_validate(rows)


@routes.get("/rows/one", _READ, name="get_dataset_row")
def get_row(
    request: Request,
    caller: Caller,
    project: str,
    name: str,
    version: str,
    key: KeyText,
    columns: Columns = None,
) -> Row:
    """One row, with texts of up to 1 MiB."""
    found = _version(request, caller, project, name, version)
    return Row.model_validate(services_of(request).row_pages.row(caller, found, _key(key), columns))


@routes.get("/diff", _READ, name="diff_dataset")
def diff(
    request: Request,
    caller: Caller,
    project: str,
    name: str,
    version: str,
    other: Annotated[str, Query(alias="with", max_length=80, description="Version to compare with.")],
    with_name: Annotated[str, Query(max_length=80, description="Its dataset; this one by default.")] = "",
    with_project: Annotated[str, Query(max_length=80, description="Its project; this by default.")] = "",
    examples: Annotated[int, Query(ge=0, le=100, description="How many differing rows to show.")] = 10,
    skip: Annotated[int, Query(ge=0, le=10**9, description="How many of them to pass over.")] = 0,
    only: Annotated[
        Literal["added", "removed", "changed"] | None, Query(description="Show these alone; all are counted.")
    ] = None,
) -> Differences:
    """Which rows another version adds, removes and changes."""
    one = _version(request, caller, project, name, version)
    two = _version(request, caller, with_project or project, with_name or name, other)
    found = services_of(request).row_pages.diff(
        caller, one, two, DiffQuery(kind=only or "", skip=skip, limit=examples)
    )
    return Differences.model_validate(found)
