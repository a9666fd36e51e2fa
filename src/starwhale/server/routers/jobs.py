"""Jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from starwhale.core.permissions import READ_JOB, WRITE_JOB
from starwhale.core.uri import LOCAL, JobUri
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.plan import JobPlan
from starwhale.jobs.schemas import JobRead
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.forms import Form
from starwhale.server.logstream import follow
from starwhale.server.paging import Listed, WantedPage, listed

routes = Routes("/projects/{project}/jobs", "jobs")
TASK = r"^[0-9]{1,9}\.[0-9]{1,9}$"
#: Beginning of an id, or all of it.
Job_ = Annotated[str, Path(pattern=r"^[a-z2-7]{1,40}$", description="Id of a job, or its beginning.")]
Task_ = Annotated[str, Path(pattern=TASK, description="Id of a task, such as 0.1.")]
_Address = Annotated[str, Field(max_length=500)]
_Word = Annotated[str, Field(max_length=10_000)]
_Offset = Annotated[int, Query(ge=0, le=2**62)]


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
    auto_release_time: float = Field(
        default=0.0, ge=0, le=10**9, description="Seconds a task may run; 0: any."
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
            deadline=self.auto_release_time,
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


@routes.get("", READ_JOB, response_model=Listed[Job])
def list_jobs(
    request: Request,
    caller: Caller,
    project: str,
    page: WantedPage,
    removed: Annotated[bool, Query(description="Those in the trash as well.")] = False,
) -> Any:
    """The jobs of a project, those that are pinned first, then the newest."""
    return listed(services_of(request).jobs.list(caller, project, page, include_removed=removed), brief_form)


@routes.post("", WRITE_JOB, status_code=HTTPStatus.CREATED)
def create_job(request: Request, caller: Caller, project: str, body: NewJob) -> Job:
    """Make a job of a model; it waits in the queue until there is room for it."""
    blueprint, orders = body.blueprint(), services_of(request).orders
    return ordered(request, orders.place(caller, project, blueprint, priority=body.priority))


@routes.get("/{job}", READ_JOB)
def get_job(request: Request, caller: Caller, project: str, job: Job_) -> Job:
    """One job, with its steps and tasks."""
    return job_form(services_of(request).jobs.info(caller, _uri(project, job)))


@routes.patch("/{job}", WRITE_JOB)
def mark_job(request: Request, caller: Caller, project: str, job: Job_, body: Marks) -> Job:
    """Comment on a job, or pin it: then it comes first in lists and is not removed."""
    marks = services_of(request).job_marks
    return job_form(marks.note(caller, _uri(project, job), comment=body.comment, pinned=body.pinned))


@routes.delete("/{job}", WRITE_JOB, status_code=HTTPStatus.NO_CONTENT)
def remove_job(
    request: Request,
    caller: Caller,
    project: str,
    job: Job_,
    force: Annotated[bool, Query(description="For ever, with its results.")] = False,
) -> None:
    """Put a job into the trash."""
    services_of(request).jobs.remove(caller, _uri(project, job), force=force)


@routes.post("/{job}/recover", WRITE_JOB)
def recover_job(request: Request, caller: Caller, project: str, job: Job_) -> Job:
    """Take a job out of the trash."""
    return job_form(services_of(request).jobs.recover(caller, _uri(project, job)))


@routes.get("/{job}/events", READ_JOB)
def list_job_events(
    request: Request,
    caller: Caller,
    project: str,
    job: Job_,
    after: Annotated[int, Query(ge=0, le=2**62, description="Begin behind this event.")] = 0,
    size: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[JobEvent]:
    """The history of states of a job, its steps and tasks."""
    found = services_of(request).jobs.events(caller, _uri(project, job), after=after, limit=size)
    return [JobEvent.model_validate(each) for each in found]


@routes.post("/{job}/cancel", WRITE_JOB)
def cancel_job(request: Request, caller: Caller, project: str, job: Job_, body: Hurry) -> Job:
    """End a job; what is done stays. Look again until it is CANCELED."""
    jobs = services_of(request).jobs
    return job_form(jobs.cancel(caller, _uri(project, job), force=body.force, wait=0))


@routes.post("/{job}/pause", WRITE_JOB)
def pause_job(request: Request, caller: Caller, project: str, job: Job_, body: Hurry) -> Job:
    """Let a job rest after the rows at hand. Look again until it is PAUSED."""
    jobs = services_of(request).jobs
    return job_form(jobs.pause(caller, _uri(project, job), force=body.force, wait=0))


@routes.post("/{job}/resume", WRITE_JOB)
def resume_job(request: Request, caller: Caller, project: str, job: Job_) -> Job:
    """Go on with a job that was paused or canceled, or that failed; rows that are done are not done again."""
    return ordered(request, services_of(request).job_queue.resume(caller, _uri(project, job)))


@routes.post("/{job}/again", WRITE_JOB, status_code=HTTPStatus.CREATED)
def run_job_again(request: Request, caller: Caller, project: str, job: Job_, body: AgainJob) -> Job:
    """Make another job like this one."""
    orders = services_of(request).orders
    blueprint = orders.blueprint_of(caller, _uri(project, job), latest=body.latest)
    changed = blueprint.changed(**changes(body))
    return ordered(request, orders.place(caller, project, changed, priority=body.priority))


@routes.get("/{job}/logs", READ_JOB)
def list_logs(request: Request, caller: Caller, project: str, job: Job_) -> dict[str, int]:
    """Bytes that tasks have printed so far, by task."""
    return services_of(request).jobs.log_sizes(caller, _uri(project, job))


@routes.get("/{job}/logs/{task}", READ_JOB, response_class=Response)
def read_log(
    request: Request,
    caller: Caller,
    project: str,
    job: Job_,
    task: Task_,
    offset: _Offset = 0,
    size: Annotated[int, Query(ge=1, le=4 << 20, description="Bytes at most.")] = 1 << 20,
) -> Response:
    """What a task has printed, from a byte on; headers tell where to go on and whether that is all."""
    found = services_of(request).jobs.logs(caller, _uri(project, job), task, offset, size)
    headers = {"X-Next-Offset": str(found.next), "X-Log-Ended": str(found.ended).lower()}
    return Response(found.data, media_type="text/plain; charset=utf-8", headers=headers)


@routes.get("/{job}/logs/{task}/stream", READ_JOB, response_class=Response)
async def stream_log(
    request: Request, caller: Caller, project: str, job: Job_, task: Task_, offset: _Offset = 0
) -> Response:
    """Follow what a task prints (server-sent events); `Last-Event-ID` is the byte to go on from."""
    return await follow(request, caller, _uri(project, job), task, offset)


def job_form(job: JobRead) -> Job:
    """A job as it goes over the wire; where it lies on the server is nobody's business."""
    steps = [Step.model_validate(asdict(each)) for each in job.steps]
    return Job(**_facts(job), steps=steps, plan=_plan(job.plan))


def brief_form(job: JobRead) -> Job:
    """A job as it stands in a list."""
    return Job(**_facts(job), steps=[], plan=_plan(replace(job.plan, steps=())))


def ordered(request: Request, job: JobRead) -> Job:
    """A job that waits now; whoever attends to jobs in this process looks at once."""
    attendant = getattr(request.app.state, "attendant", None)
    _ = attendant and attendant.wake()
    return job_form(job)


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


def _uri(project: str, job: str) -> JobUri:
    return JobUri(instance=LOCAL, project=project, job=job)


def _facts(job: JobRead) -> dict[str, Any]:
    names = Job.model_fields.keys() - {"steps", "plan", "model", "runtime", "datasets", "pool", "debug"}
    return {
        **{name: getattr(job, name) for name in names},
        "model": job.plan.model,
        "runtime": job.plan.runtime,
        "datasets": [each.uri for each in job.plan.datasets],
        "pool": job.plan.pool,
        "debug": job.plan.debug,
    }
