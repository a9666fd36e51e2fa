"""Jobs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response, WebSocket

from starwhale.core.actor import Actor
from starwhale.core.instances import LOCAL
from starwhale.core.permissions import READ_JOB, WRITE_JOB, WRITE_SHELL
from starwhale.core.uri import JobUri
from starwhale.jobs.schemas import JobRead
from starwhale.server.access import Routes
from starwhale.server.callers import Caller, services_of
from starwhale.server.contents import told_as
from starwhale.server.etags import Expected, set_etag
from starwhale.server.job_filters import WantedJobs
from starwhale.server.job_forms import (
    AgainJob,
    Hurry,
    Job,
    JobEvent,
    Marks,
    NewJob,
    TaskLog,
    brief_form,
    changes,
    job_form,
)
from starwhale.server.logstream import follow, whole
from starwhale.server.paging import Listed, WantedPage, listed, listed_whole
from starwhale.server.shells import attend
from starwhale.server.streams import EventStream
from starwhale.server.usage_forms import UseOverTime

routes = Routes("/projects/{project}/jobs", "jobs")
TASK = r"^[0-9]{1,9}\.[0-9]{1,9}$"
#: Beginning of an id, or all of it.
Job_ = Annotated[str, Path(pattern=r"^[a-z2-7]{1,40}$", description="Id of a job, or its beginning.")]
Task_ = Annotated[str, Path(pattern=TASK, description="Id of a task, such as 0.1.")]
_Offset = Annotated[int, Query(ge=0, le=2**62, description="Bytes to leave out at the beginning.")]


@routes.get("", READ_JOB, response_model=Listed[Job])
def list_jobs(request: Request, caller: Caller, project: str, page: WantedPage, wanted: WantedJobs) -> Any:
    """The jobs of a project, those that are pinned first, then the newest."""
    services = services_of(request)
    found = services.jobs.list(caller, project, page, wanted=wanted)
    veil = services.veils.of_plans(caller, project, [job.plan for job in found.items])
    return listed(found, lambda job: brief_form(veil.job(job)))


@routes.post("", WRITE_JOB, status_code=HTTPStatus.CREATED)
def create_job(request: Request, caller: Caller, project: str, body: NewJob) -> Job:
    """Make a job of a model; it waits in the queue until there is room for it."""
    blueprint, orders = body.blueprint(), services_of(request).orders
    return ordered(request, caller, orders.place(caller, project, blueprint, priority=body.priority))


@routes.get("/{job}", READ_JOB)
def get_job(
    request: Request,
    response: Response,
    caller: Caller,
    project: str,
    job: Job_,
    removed: Annotated[bool, Query(description="Also where it lies in the trash.")] = False,
) -> Job:
    """One job, with its steps and tasks. The ETag is about comment and pin."""
    found = services_of(request).jobs.info(caller, _uri(project, job), removed=removed)
    return _shown(request, response, caller, found)


@routes.patch("/{job}", WRITE_JOB)
def mark_job(
    request: Request,
    response: Response,
    caller: Caller,
    project: str,
    job: Job_,
    body: Marks,
    expected: Expected,
) -> Job:
    """Comment on a job, or pin it: then it comes first in lists and is not removed."""
    marks, told = services_of(request).job_marks, body.model_dump()
    return _shown(
        request, response, caller, marks.note(caller, _uri(project, job), **told, expected=expected)
    )


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
    return shown_form(request, caller, services_of(request).jobs.recover(caller, _uri(project, job)))


@routes.get("/{job}/events", READ_JOB, response_model=Listed[JobEvent])
def list_job_events(
    request: Request,
    caller: Caller,
    project: str,
    job: Job_,
    page: WantedPage,
    after: Annotated[int, Query(ge=0, le=2**62, description="Begin behind this event.")] = 0,
) -> Any:
    """The history of states of a job, its steps and tasks, the oldest first."""
    services = services_of(request)
    found = services.jobs.history(caller, _uri(project, job), page, after=after)
    whose = services.jobs.info(caller, _uri(project, job))
    veil = services.veils.of_plans(caller, project, [whose.plan])
    return listed(found, lambda event: JobEvent.model_validate(veil.event(whose, event)))


@routes.post("/{job}/cancel", WRITE_JOB)
def cancel_job(request: Request, caller: Caller, project: str, job: Job_, body: Hurry) -> Job:
    """End a job; what is done stays. Look again until it is CANCELED."""
    jobs = services_of(request).jobs
    return shown_form(request, caller, jobs.cancel(caller, _uri(project, job), force=body.force, wait=0))


@routes.post("/{job}/pause", WRITE_JOB)
def pause_job(request: Request, caller: Caller, project: str, job: Job_, body: Hurry) -> Job:
    """Let a job rest after the rows at hand. Look again until it is PAUSED."""
    jobs = services_of(request).jobs
    return shown_form(request, caller, jobs.pause(caller, _uri(project, job), force=body.force, wait=0))


@routes.post("/{job}/resume", WRITE_JOB)
def resume_job(request: Request, caller: Caller, project: str, job: Job_) -> Job:
    """Go on with a job that was paused or canceled, or that failed; rows that are done are not done again."""
    return ordered(request, caller, services_of(request).job_queue.resume(caller, _uri(project, job)))


@routes.post("/{job}/again", WRITE_JOB, status_code=HTTPStatus.CREATED)
def run_job_again(request: Request, caller: Caller, project: str, job: Job_, body: AgainJob) -> Job:
    """Make another job like this one."""
    services = services_of(request)
    orders = services.orders
    blueprint = orders.blueprint_of(caller, _uri(project, job), latest=body.latest)
    changed = blueprint.changed(**changes(body))
    services.veils.check(caller, project, changed)
    return ordered(request, caller, orders.place(caller, project, changed, priority=body.priority))


@routes.get("/{job}/usage", READ_JOB, response_model=UseOverTime)
def read_usage(
    request: Request,
    caller: Caller,
    project: str,
    job: Job_,
    step: Annotated[int | None, Query(ge=0, le=10**9, description="Of this step alone.")] = None,
    task: Annotated[str, Query(pattern=rf"{TASK}|^$", description="Of this task alone.")] = "",
) -> Any:
    """What a job uses over time: cores, memory, storage; all of it, or one step or task."""
    return services_of(request).jobs.usage(caller, _uri(project, job), step=step, task=task)


@routes.get("/{job}/logs", READ_JOB, response_model=Listed[TaskLog])
def list_logs(request: Request, caller: Caller, project: str, job: Job_, page: WantedPage) -> Any:
    """How many bytes each task has printed so far; tasks that printed nothing are left out."""
    sizes = services_of(request).jobs.log_sizes(caller, _uri(project, job))
    return listed_whole([*sizes.items()], page, _log, _place)


@routes.get(
    "/{job}/logs/{task}",
    READ_JOB,
    response_class=Response,
    responses=told_as("text/plain", headers=["X-Next-Offset", "X-Log-Ended"]),
)
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


@routes.get("/{job}/logs/{task}/file", READ_JOB, response_class=Response, responses=told_as("text/plain"))
def download_log(request: Request, caller: Caller, project: str, job: Job_, task: Task_) -> Response:
    """All that a task has printed so far, as a file."""
    return whole(request, caller, _uri(project, job), task)


@routes.get(
    "/{job}/logs/{task}/stream",
    READ_JOB,
    response_class=EventStream,
    responses=told_as(EventStream.media_type),
)
async def stream_log(
    request: Request, caller: Caller, project: str, job: Job_, task: Task_, offset: _Offset = 0
) -> Response:
    """Follow what a task prints (server-sent events); `Last-Event-ID` is the byte to go on from."""
    return await follow(request, caller, _uri(project, job), task, offset)


@routes.websocket("/{job}/tasks/{task}/exec", WRITE_SHELL)
async def open_shell(socket: WebSocket, caller: Caller, project: str, job: Job_, task: Task_) -> None:
    """A terminal in a task of a job in debug mode; see `server.shells` for what is said."""
    await attend(socket, caller, _uri(project, job), task)


def ordered(request: Request, caller: Actor, job: JobRead) -> Job:
    """A job that waits now; whoever attends to jobs in this process looks at once."""
    attendant = getattr(request.app.state, "attendant", None)
    _ = attendant and attendant.wake()
    return shown_form(request, caller, job)


def shown_form(request: Request, caller: Actor, job: JobRead) -> Job:
    """A job as the caller may see it: what lies in projects that are closed to him is not named."""
    veil = services_of(request).veils.of_plans(caller, job.project, [job.plan])
    return job_form(veil.job(job))


def _shown(request: Request, response: Response, caller: Actor, job: JobRead) -> Job:
    set_etag(response, job.revision)
    return shown_form(request, caller, job)


def _place(log: tuple[str, int]) -> tuple[str]:
    """Where a log stands among those of its job: by step, then by task."""
    return (".".join(number.zfill(9) for number in log[0].split(".")),)


def _log(found: tuple[str, int]) -> TaskLog:
    return TaskLog(task=found[0], bytes=found[1])


def _uri(project: str, job: str) -> JobUri:
    return JobUri(instance=LOCAL, project=project, job=job)
