"""Processes of many machines that share the rows of a version; the server keeps their leases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.instances import LOCAL
from starwhale.core.kinds import Kind
from starwhale.core.permissions import reading
from starwhale.core.uri import ArtifactUri
from starwhale.datasets.consumption import NAME_CHARS, Lease
from starwhale.kit.process import ProcessId
from starwhale.server.access import ACCOUNT, Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.forms import LARGEST_NUMBER, Form, Number

routes = Routes("/projects/{project}/consumptions", "datasets")
#: Those that name a session by its number.
sessions = Routes("/consumptions", "datasets")
_Count = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
_MOST_ROWS = 1_000_000


class NewConsumption(Form):
    """A session to take part in; it is begun where it is not there."""

    session: str = Field(min_length=1, max_length=NAME_CHARS, examples=["nightly"])
    dataset: str = Field(max_length=80, examples=["digits"])
    version: str = Field(max_length=80, examples=["latest"])


class Consumption(BaseModel):
    """A session."""

    id: int
    rows: int = Field(description="Rows that the processes of the session share.")
    began: datetime
    lease_seconds: float = Field(description="For how long a lease lasts that is not prolonged.")


class Asking(Form):
    """A process that asks for rows."""

    batch: int = Field(ge=1, le=_MOST_ROWS, description="Rows that it wants at a time.")
    host: str = Field(max_length=300, description="Its machine.")
    pid: _Count
    started: str = Field(max_length=100, description="When it started, in the words of its system.")


class Holding(Form):
    """The number of a lease, as it was given."""

    token: _Count


class Keeping(Holding):
    """A lease that is to last."""

    by: float | None = Field(
        default=None, ge=-1, le=86_400, description="Seconds from now; below 0 it ends. As always by default."
    )


class Advance(Holding):
    """How far a range is read."""

    done: _Count = Field(description="First position that was not consumed yet.")


class RangeLease(BaseModel):
    """Rows that a process may read, by position."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    start: int
    done: int = Field(description="First position that nobody has consumed.")
    stop: int = Field(description="First position that is not part of it.")
    token: int
    before: int | None = Field(description="Number of the lease of a lost process that had the range.")


class Claimed(BaseModel):
    """What there is to read now; null where others read all that is left."""

    lease: RangeLease | None


class LeaseCounts(BaseModel):
    """Whether the lease counts still: another process may have the range by now."""

    counts: bool


class Finished(BaseModel):
    """Whether every row was consumed."""

    finished: bool


@routes.post("", reading(Kind.DATASET), name="join_consumption")
def join(request: Request, caller: Caller, project: str, body: NewConsumption) -> Consumption:
    """Take part in a session, which is begun where it is not there.

    Whoever may write datasets of the project shares its sessions; one who may only read has his own.
    """
    services = services_of(request)
    uri = ArtifactUri(
        instance=LOCAL, project=project, kind=Kind.DATASET, name=body.dataset, version=body.version
    )
    version = services.datasets.resolve(caller, uri)
    rows = services.layers.load(version.manifest).count
    number = services.consumption.join(caller, project, body.session, version, rows)
    return Consumption(
        id=number,
        rows=rows,
        began=services.consumption.began(number),
        lease_seconds=services.consumption.lease_seconds,
    )


@sessions.get("/{number}", ACCOUNT, name="get_consumption")
def get(request: Request, caller: Caller, number: Number) -> Finished:
    """Whether every row of a session was consumed."""
    service = services_of(request).consumption
    service.enter(caller, number)
    return Finished(finished=service.is_finished(number))


@sessions.post("/{number}/claim", ACCOUNT, reads=True, name="claim_rows")
def claim(request: Request, caller: Caller, number: Number, body: Asking) -> Claimed:
    """Lease the next rows that nobody reads."""
    service = services_of(request).consumption
    service.enter(caller, number)
    process = ProcessId(host=body.host, pid=body.pid, started=body.started)
    found = service.claim(number, body.batch, process)
    return Claimed.model_validate({"lease": found}, from_attributes=True)


@sessions.post("/{number}/prolong", ACCOUNT, reads=True, name="prolong_rows")
def prolong(request: Request, caller: Caller, number: Number, body: Keeping) -> LeaseCounts:
    """Keep a lease, or let it end."""
    service = services_of(request).consumption
    service.enter(caller, number)
    return LeaseCounts(counts=service.prolong(number, _lease(body.token), by=body.by))


@sessions.post("/{number}/advance", ACCOUNT, reads=True, name="advance_rows")
def advance(request: Request, caller: Caller, number: Number, body: Advance) -> LeaseCounts:
    """Say how far a range is read, and keep its lease."""
    service = services_of(request).consumption
    service.enter(caller, number)
    return LeaseCounts(counts=service.advance(number, body.token, body.done))


@sessions.post("/{number}/finish", ACCOUNT, reads=True, once=True, name="finish_rows")
def finish(request: Request, caller: Caller, number: Number, body: Holding) -> LeaseCounts:
    """Say that a range was read through."""
    service = services_of(request).consumption
    service.enter(caller, number)
    return LeaseCounts(counts=service.finish(caller, number, _lease(body.token)))


def _lease(token: int) -> Lease:
    return Lease(start=0, done=0, stop=0, token=token)
