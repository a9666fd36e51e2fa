"""Jobs as they go over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.plan import JobPlan
from starwhale.jobs.schemas import JobRead
from starwhale.server.forms import Form
from starwhale.server.usage_forms import TaskUse, UseTotals

_Address = Annotated[str, Field(max_length=500)]
_Word = Annotated[str, Field(max_length=10_000)]


class StepWish(Form):
    """What a step is to be given instead of what its handler says."""

    replicas: int | None = Field(default=None, ge=1)
    resources: dict[str, Any] | None = Field(default=None, examples=[{"cpu": 2, "memory": "4Gi"}])


class Wishes(Form):
    """What a job is made of, beside the model."""

    datasets: list[_Address] = Field(default_factory=list[str], max_length=1000, examples=[["digits"]])
    validation_datasets: list[_Address] = Field(default_factory=list[str], max_length=1000)
    dataset_head: int | None = Field(default=None, ge=0, le=2**62, description="Rows of each; 0 for all.")
    arguments: list[_Word] | None = Field(default=None, max_length=10_000)
    comment: str | None = Field(default=None, max_length=10_000)
    priority: int = Field(default=0, ge=-1000, le=1000, description="The highest goes first.")


class NewJob(Wishes):
    """A job to be made."""

    model: _Address = Field(examples=["digits/version/latest"])
    handler: str = Field(default="", max_length=500, examples=["digits.evaluation:evaluate"])
    runtime: _Address = Field(default="", description="`none` for the server's own Python.")
    steps: dict[_Address, StepWish] = Field(default_factory=dict[str, StepWish], max_length=1000)
    log_project: str = Field(default="", max_length=80, description="Project of the results.")
    isolation: Literal["process", "thread"] = Field(default="process", description="Of tasks.")
    pool: str = Field(default="", max_length=80, description="Resource pool.")
    deadline: float = Field(default=0.0, ge=0, le=10**9, description="Seconds a task may run; 0: any.")
    auto_release_time: float = Field(
        default=0.0,
        ge=0,
        le=10**9,
        description="Seconds after which the whole job is canceled, from when it begins to run; 0: never.",
    )
    debug: bool = Field(default=False, description="Its owner may want to look into its workers.")

    def blueprint(self) -> Blueprint:
        """What it is made of."""
        return Blueprint(
            handler=self.handler,
            model=self.model,
            runtime=self.runtime,
            datasets=tuple(self.datasets),
            validation_datasets=tuple(self.validation_datasets),
            dataset_head=self.dataset_head or 0,
            overrides={name: wish.model_dump(exclude_none=True) for name, wish in self.steps.items()},
            arguments=tuple(self.arguments or ()),
            log_project=self.log_project,
            isolation=self.isolation,
            deadline=self.deadline,
            auto_release_time=self.auto_release_time,
            pool=self.pool,
            debug=self.debug,
            comment=self.comment or "",
        )


class AgainJob(Wishes):
    """A job to be made like another one; what is not given is as it was."""

    latest: bool = Field(default=False, description="The newest versions instead of those of then.")


class Hurry(Form):
    """How a job is to be ended."""

    force: bool = Field(default=False, description="End its workers at once.")


class Marks(Form):
    """What is noted about a job; what is not given stays."""

    comment: str | None = Field(default=None, max_length=10_000)
    pinned: bool | None = None


class Task(BaseModel):
    """One task of a job."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str = Field(examples=["0.1"])
    step: int
    index: int
    state: str
    attempt: int
    worker: str
    cause: str
    started_at: datetime | None
    finished_at: datetime | None
    usage: TaskUse | None = Field(description="Of its newest attempt; null where it was not recorded.")


class JobService(BaseModel):
    """A service that a step offers while it runs."""

    model_config = ConfigDict(frozen=True)

    handler: str
    port: int
    path: str = Field(description="Where the server has it.")


class Step(BaseModel):
    """One step of a job."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    position: int
    handler: str
    state: str
    cause: str
    rows: int
    done: int
    failed: int
    started_at: datetime | None
    finished_at: datetime | None
    tasks: list[Task]
    usage: UseTotals | None = Field(description="Of all attempts; null where it was not recorded.")


class Job(BaseModel):
    """One job; `plan` is what it was made of, all versions resolved."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: str
    project: str
    handler: str
    state: str = Field(examples=["RUNNING"])
    want: str
    cause: str
    rows: int
    done: int
    failed: int
    created_at: datetime
    created_by: str
    started_at: datetime | None
    finished_at: datetime | None
    removed_at: datetime | None
    heartbeat_at: datetime
    comment: str
    pinned: bool
    priority: int
    queued_at: datetime | None
    model: str
    runtime: str
    datasets: list[str]
    pool: str
    debug: bool
    services: list[JobService]
    usage: UseTotals | None = Field(description="Of all attempts; null where not recorded, and in lists.")
    steps: list[Step] = Field(description="Empty in lists.")
    plan: dict[str, Any] = Field(description="In lists without its steps.")


class JobEvent(BaseModel):
    """One change of state."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: int
    at: datetime
    subject: str
    name: str
    old: str
    new: str
    cause: str


class TaskLog(BaseModel):
    """The log of one task."""

    model_config = ConfigDict(frozen=True)

    task: str = Field(examples=["0.1"])
    bytes: int = Field(description="Printed so far.", examples=[1024])


def job_form(job: JobRead) -> Job:
    """A job as it goes over the wire; where it lies on the server is nobody's business."""
    steps = [Step.model_validate(asdict(each)) for each in job.steps]
    return Job(**_facts(job), steps=steps, plan=_plan(job.plan))


def brief_form(job: JobRead) -> Job:
    """A job as it stands in a list."""
    return Job(**_facts(job), steps=[], plan=_plan(replace(job.plan, steps=())))


def changes(body: Wishes) -> Mapping[str, Any]:
    """What of a blueprint is to be changed."""
    return {
        "datasets": body.datasets,
        "validation_datasets": body.validation_datasets,
        "dataset_head": body.dataset_head,
        "arguments": body.arguments,
        "comment": body.comment,
    }


def _plan(plan: JobPlan) -> dict[str, Any]:
    return {name: value for name, value in plan.to_json().items() if name not in {"workdir", "source"}}


def _facts(job: JobRead) -> dict[str, Any]:
    names = Job.model_fields.keys() - {
        "steps",
        "plan",
        "model",
        "runtime",
        "datasets",
        "pool",
        "debug",
        "services",
    }
    return {
        **{name: getattr(job, name) for name in names},
        "model": job.plan.model,
        "runtime": job.plan.runtime,
        "datasets": [each.uri for each in job.plan.datasets],
        "pool": job.plan.pool,
        "debug": job.plan.debug,
        "services": [
            JobService(
                handler=step.spec.id,
                port=step.spec.expose,
                path=f"/api/v1/projects/{job.project}/jobs/{job.id}/services/{step.spec.expose}/",
            )
            for step in job.plan.steps
            if step.spec.expose
        ],
    }
