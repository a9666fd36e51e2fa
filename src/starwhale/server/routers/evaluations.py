"""The evaluations of a project with their summaries, and how clearly they differ."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.permissions import READ_TABLE
from starwhale.evaluations.overview import Evaluation
from starwhale.jobs.veils import Veil
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.forms import Form
from starwhale.server.paging import WantedPage, listed
from starwhale.server.routers.tables import Path
from starwhale.storage.tables.told import told

routes = Routes("/projects/{project}/evaluations", "evaluations")
_TEXT = (
    "Part of the comment, handler or model of a job, or the beginning of its id; part of the name of what "
    "was logged without one."
)


class EvaluationJob(BaseModel):
    """The job of an evaluation, in short."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    handler: str
    state: str = Field(examples=["SUCCESS"])
    model: str
    runtime: str
    datasets: list[str]
    comment: str
    pinned: bool
    rows: int
    done: int
    failed: int
    created_at: datetime
    created_by: str
    started_at: datetime | None
    finished_at: datetime | None


class Evaluated(BaseModel):
    """One evaluation; `job` is null where somebody logged without one, or from another project."""

    id: str
    job: EvaluationJob | None


class Evaluations(BaseModel):
    """Evaluations of a project.

    Attributes:
        items: The evaluations among one page of the jobs.
        columns: Of each name in their summaries the values, in the order of `items`; null where there is
            none.
        total: Jobs of the project, on all pages.
        next: What to send as `cursor` for the next page; null on the last.
    """

    items: list[Evaluated]
    columns: dict[str, list[Any]] = Field(examples=[{"accuracy": [0.98]}])
    total: int
    next: str | None


class Measuring(Form):
    """What is measured."""

    tables: list[Path] = Field(min_length=2, max_length=11, description="The first is the base.")
    metrics: list[str] = Field(
        default_factory=list[str],
        max_length=16,
        description="Columns, or `COLUMN==COLUMN` for how often both agree.",
    )
    resamples: int = Field(default=1000, ge=100, le=5000)


class Difference(BaseModel):
    """What is known of the difference of two means; see `starwhale.evaluations.bootstrap`."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    first: float
    second: float
    difference: float
    low: float
    high: float
    share: float = Field(description="Read like a two-sided p value.")
    rows: int = Field(description="That both have.")
    is_clear: bool = Field(description="Whether zero lies outside the interval.")


class MeasuredInterval(BaseModel):
    """One metric of one table against the base."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    metric: str
    other: int = Field(description="Place of the table in the question.")
    difference: Difference | None = Field(description="Null where no row has a number in both.")


class MeasuredIntervals(BaseModel):
    """All metrics of all tables against the base."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    metrics: list[str]
    intervals: list[MeasuredInterval]


@routes.get("", READ_TABLE, response_model=Evaluations)
def list_evaluations(
    request: Request,
    caller: Caller,
    project: str,
    page: WantedPage,
    text: Annotated[str, Query(max_length=200, description=_TEXT)] = "",
) -> Response:
    """The evaluations among one page of the jobs, with their summaries."""
    services = services_of(request)
    found = services.evaluations.page(caller, project, page, text.strip())
    veil = services.veils.of_plans(caller, project, [each.job.plan for each in found.items if each.job])
    names = sorted({name for each in found.items for name in each.summary})
    body = {
        "items": [{"id": each.id, "job": _job(each, veil)} for each in found.items],
        "columns": {name: [_value(each, name) for each in found.items] for name in names},
        "total": found.jobs.total,
        "next": listed(found.jobs, lambda job: job.id).next,
    }
    return Response(orjson.dumps(body), media_type="application/json")


@routes.post("/intervals", READ_TABLE, large=True)
def measure_intervals(request: Request, caller: Caller, project: str, body: Measuring) -> MeasuredIntervals:
    """How clearly means differ from those of the first table, row by row (paired bootstrap)."""
    found = services_of(request).table_intervals.measure(
        caller, project, body.tables, body.metrics, body.resamples
    )
    return MeasuredIntervals.model_validate(found)


def _value(found: Evaluation, name: str) -> Any:
    cell = found.summary.get(name)
    return None if cell is None else told(cell)


def _job(found: Evaluation, veil: Veil) -> dict[str, Any] | None:
    if found.job is None:
        return None
    job = veil.job(found.job)
    plan = job.plan
    datasets = [each.uri for each in plan.datasets]
    facts: dict[str, Any] = {"model": plan.model, "runtime": plan.runtime, "datasets": datasets}
    own = EvaluationJob.model_fields.keys() - facts
    return EvaluationJob(**{name: getattr(job, name) for name in own}, **facts).model_dump(mode="json")
