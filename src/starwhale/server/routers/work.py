"""What workers of jobs ask of their server; each shows the token of its job, and sees nothing but that."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Header, Query, Request, Response
from pydantic import Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from starwhale.core.errors import UsageError
from starwhale.jobs.leases import Holder, Lease
from starwhale.jobs.passes import WorkPass
from starwhale.jobs.plan import Key
from starwhale.jobs.wire import lease_to_json, unit_to_json
from starwhale.server.access import ACCOUNT, Routes
from starwhale.server.callers import services_of, shown_token
from starwhale.server.forms import Form
from starwhale.server.json_bodies import MOST_NESTED_OF_ROWS, MOST_OF_ROWS, check_json
from starwhale.server.ranges import bytes_answer
from starwhale.server.results import Report, Settled
from starwhale.server.routers.blobs import Digest
from starwhale.server.untrusted import UNTRUSTED
from starwhale.server.work import WorkService

routes = Routes("/work", "work")
LARGEST_REPORT = 256 << 20
_TASK = r"^[0-9]{1,9}\.[0-9]{1,9}$"
_WholeNumber = Annotated[int, Field(ge=0, le=2**62)]
_Text = Annotated[str, Field(max_length=4096)]
_Row = tuple[Annotated[int, Field(ge=-(2**63), lt=2**63)] | str, dict[str, Any]]


class Attempt(Form):
    """An attempt at a task, as it asks for work."""

    job: str = Field(max_length=40)
    epoch: _WholeNumber
    step: _WholeNumber
    task: str = Field(pattern=_TASK, examples=["0.1"])
    attempt: _WholeNumber


class Attempts(Form):
    """Attempts at tasks of one step."""

    holders: list[Attempt] = Field(min_length=1, max_length=1000)


class HeldLease(Form):
    """A lease, as it was given."""

    holder: Attempt
    range: _WholeNumber
    token: _WholeNumber
    dataset: int = Field(ge=-1, le=2**31)
    start: int | str | None
    end: int | str | None
    rows: _WholeNumber
    deaths: _WholeNumber
    expires: datetime


class HeldLeases(Form):
    """Leases that end."""

    leases: list[HeldLease] = Field(min_length=1, max_length=1000)


class Progress(Form):
    """What of a lease is done."""

    lease: HeldLease
    upto: int | str | None
    rows: int = Field(ge=0, lt=2**31)
    failed: int = Field(ge=0, lt=2**31)


class Results(Form):
    """Results, and the progress that they are."""

    sender: str = Field(pattern=r"^[0-9a-f]{32}$")
    sequence: int = Field(ge=1, le=2**31)
    epoch: _WholeNumber
    tables: dict[_Text, list[_Row]] = Field(default_factory=dict[str, list[_Row]])
    summary: dict[str, Any] = Field(default_factory=dict[str, Any])
    settled: Progress | None = None


_results = TypeAdapter(Results)


@routes.post("/lease", ACCOUNT, include_in_schema=False)
def lease_work(request: Request, body: Attempt) -> Any:
    """The next work for an attempt; null where there is none."""
    found = _work(request).lease(_pass(request), Holder(**body.model_dump()))
    return {"lease": found and lease_to_json(found)}


@routes.post("/lease-units", ACCOUNT, include_in_schema=False)
def lease_units(request: Request, body: Attempts) -> Any:
    """The units of work of several tasks that read no rows."""
    holders = [Holder(**each.model_dump()) for each in body.holders]
    return {"units": [unit_to_json(each) for each in _work(request).lease_units(_pass(request), holders)]}


@routes.post("/settle", ACCOUNT, include_in_schema=False)
def settle_work(request: Request, body: HeldLeases) -> Any:
    """End leases of units of work that left no results."""
    return {"counts": _work(request).settle(_pass(request), [_lease(each) for each in body.leases])}


@routes.post("/prolong", ACCOUNT, include_in_schema=False, status_code=HTTPStatus.NO_CONTENT)
def prolong_lease(request: Request, body: HeldLease) -> None:
    """Keep a lease from running out."""
    _work(request).prolong(_pass(request), _lease(body))


@routes.post("/give-back", ACCOUNT, include_in_schema=False, status_code=HTTPStatus.NO_CONTENT)
def give_lease_back(request: Request, body: HeldLease) -> None:
    """Let go of a lease before its end."""
    _work(request).give_back(_pass(request), _lease(body))


@routes.post("/results", ACCOUNT, include_in_schema=False, status_code=HTTPStatus.NO_CONTENT)
async def report_results(request: Request) -> Response:
    """Make results durable and visible together with the progress that they are."""
    job, data = await run_in_threadpool(_pass, request), bytearray()
    async for piece in request.stream():
        data += piece
        _check_size(len(data))
    await run_in_threadpool(_take, request, job, data)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@routes.get("/tables/rows", ACCOUNT, include_in_schema=False)
def read_results(
    request: Request,
    table: Annotated[str, Query(max_length=512)],
    after: Annotated[str, Query(max_length=4096, description="Key as JSON.")] = "null",
    start: Annotated[str, Query(max_length=4096)] = "null",
    end: Annotated[str, Query(max_length=4096)] = "null",
) -> Response:
    """Rows of a table of the job."""
    keys = [_key(text) for text in (after, start, end)]
    rows, more = _work(request).results.rows(_pass(request), table, *keys)
    return _json({"rows": rows, "more": more})


@routes.get("/summary", ACCOUNT, include_in_schema=False)
def read_summary(request: Request) -> Response:
    """The row of the job in the summary of its project."""
    return _json(_work(request).results.summary(_pass(request)))


@routes.get("/manifest", ACCOUNT, include_in_schema=False)
def find_manifest(request: Request, dataset: Annotated[str, Query(max_length=4096)]) -> Any:
    """Digest of the manifest of a dataset that the job reads."""
    return {"manifest": _work(request).manifest(_pass(request), dataset)}


@routes.head("/blobs/{digest}", ACCOUNT, include_in_schema=False, name="size_of_work_blob")
def size_of_blob(request: Request, digest: Digest) -> Response:
    """How many bytes a blob has."""
    _work(request).check_readable(_pass(request), digest)
    return Response(headers={"Content-Length": str(services_of(request).blobs.size(digest))})


@routes.get("/blobs/{digest}", ACCOUNT, include_in_schema=False)
def read_blob(
    request: Request,
    digest: Digest,
    range: Annotated[str | None, Header()] = None,  # noqa: A002 - the name of the header
) -> Response:
    """Bytes that belong to what the job reads, or to its results."""
    services = services_of(request)
    _work(request).check_readable(_pass(request), digest)
    return bytes_answer(
        range,
        services.blobs.size(digest),
        partial(services.blobs.read_range, digest),
        media_type="application/octet-stream",
        headers={"ETag": f'"{digest}"', **UNTRUSTED},
    )


def _work(request: Request) -> WorkService:
    return services_of(request).work


def _pass(request: Request) -> WorkPass:
    return _work(request).enter(shown_token(request))


def _take(request: Request, job: WorkPass, data: bytearray) -> None:
    check_json(data, MOST_OF_ROWS, MOST_NESTED_OF_ROWS)
    try:
        told = _results.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise UsageError(f"these are no results: {first['msg']}") from error
    progress = told.settled
    settled = None
    if progress is not None:
        settled = Settled(
            lease=_lease(progress.lease), upto=progress.upto, rows=progress.rows, failed=progress.failed
        )
    report = Report(
        sender=told.sender,
        sequence=told.sequence,
        epoch=told.epoch,
        tables=told.tables,
        summary=told.summary,
        settled=settled,
    )
    _work(request).results.take(job, report)


def _lease(held: HeldLease) -> Lease:
    plain: dict[str, Any] = held.model_dump()
    plain["holder"] = Holder(**plain["holder"])
    return Lease(**plain)


def _key(text: str) -> Key | None:
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = text
    if found is not None and (isinstance(found, bool) or not isinstance(found, (int, str))):
        raise UsageError(f"{text[:80]!r} is no key")
    return found


def _check_size(size: int) -> None:
    if size > LARGEST_REPORT:
        raise UsageError(f"results come in pieces of at most {LARGEST_REPORT >> 20} MiB")


def _json(plain: Any) -> Response:
    import orjson

    return Response(orjson.dumps(plain), media_type="application/json")
