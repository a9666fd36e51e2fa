"""Jobs of a server: the twins of the services of jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starwhale.client.pages import page_of, segment
from starwhale.core.page import LARGEST, Page, PageRequest
from starwhale.core.uri import JobUri
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.liveness import ATTENDED
from starwhale.jobs.plan import JobPlan
from starwhale.jobs.schedules import ScheduleRead
from starwhale.jobs.schemas import JobEventRead, JobRead, LogChunk, StepRead, TaskRead
from starwhale.jobs.service import LOG_BYTES, WAIT
from starwhale.jobs.states import JobState, StepState, Subject, TaskState, Want
from starwhale.jobs.templates import TemplateRead

if TYPE_CHECKING:
    from starwhale.client.http import Http
    from starwhale.core.actor import Actor

_LOOK_SECONDS = 0.3
_TIMES = frozenset(("created_at", "started_at", "finished_at", "removed_at", "heartbeat_at", "queued_at"))


@dataclass(frozen=True, slots=True)
class RemoteJobs:
    """Jobs of one server, as far as whoever is logged in there may see them.

    The methods take an actor as their twins do; who calls is what the token says.

    Args:
        http: The connection.
        instance: What addresses call the server.
    """

    http: Http
    instance: str

    def order(self, actor: Actor, project: str, blueprint: Blueprint, *, priority: int = 0) -> JobRead:
        """Make a job, which waits in the queue of the server. See `jobs.orders.OrderService.place`."""
        body = {**order_of(blueprint), "priority": priority}
        return _job(self.http.post(f"/projects/{segment(project)}/jobs", body, once=uuid4().hex))

    def uri(self, job: JobRead) -> JobUri:
        """The address of a job of this server."""
        return JobUri(instance=self.instance, project=job.project, job=job.id)

    def info(self, actor: Actor, uri: JobUri) -> JobRead:
        """One job with its steps and tasks.

        Raises:
            NotFound: there is none, or it was removed.
            Ambiguous: several begin so.
        """
        return _job(self.http.get(_at(uri)))

    def list(
        self,
        actor: Actor,
        project: str,
        page: PageRequest | None = None,
        *,
        include_removed: bool = False,
    ) -> Page[JobRead]:
        """One page of the jobs of a project, those that are pinned first, then the newest."""
        path = f"/projects/{segment(project)}/jobs"
        return page_of(self.http, path, page or PageRequest(), _job, removed=include_removed or None)

    def events(
        self,
        actor: Actor,
        uri: JobUri,
        *,
        after: int = 0,
        limit: int = LARGEST,
    ) -> Sequence[JobEventRead]:
        """The history of states of a job, its steps and tasks, beginning after event number `after`."""
        found = self.http.get(f"{_at(uri)}/events", {"after": after, "size": min(limit, LARGEST)})
        return [_event(each) for each in found]

    def logs(
        self,
        actor: Actor,
        uri: JobUri,
        task: str,
        offset: int = 0,
        limit: int = LOG_BYTES,
    ) -> LogChunk:
        """What a task has printed, from byte `offset` on.

        Raises:
            NotFound: there is no such job or task.
        """
        asked = {"offset": offset, "size": limit}
        answer = self.http.send("GET", f"{_at(uri)}/logs/{segment(task)}", params=asked)
        told = answer.headers
        return LogChunk(
            data=answer.content, next=int(told["x-next-offset"]), ended=told["x-log-ended"] == "true"
        )

    def log_sizes(self, actor: Actor, uri: JobUri) -> dict[str, int]:
        """Bytes that tasks have printed so far, by task; those that printed nothing are left out."""
        return self.http.get(f"{_at(uri)}/logs")

    def cancel(self, actor: Actor, uri: JobUri, *, force: bool = False, wait: float = WAIT) -> JobRead:
        """End a job; what is done stays. See `JobService.cancel`."""
        return self._ask(actor, uri, "cancel", force=force, wait=wait)

    def pause(self, actor: Actor, uri: JobUri, *, force: bool = False, wait: float = WAIT) -> JobRead:
        """Let a job rest after the rows at hand. See `JobService.pause`."""
        return self._ask(actor, uri, "pause", force=force, wait=wait)

    def proceed(self, actor: Actor, uri: JobUri) -> JobRead:
        """Have a job that was paused or canceled, or that failed, go on as soon as there is room for it.

        Raises:
            Conflict: it runs, or it has succeeded.
        """
        return _job(self.http.post(f"{_at(uri)}/resume"))

    def remove(self, actor: Actor, uri: JobUri, *, force: bool = False) -> None:
        """Put a job into the trash; with `force` for ever.

        Raises:
            Conflict: it runs, or is pinned.
        """
        self.http.delete(_at(uri), {"force": force})

    def recover(self, actor: Actor, uri: JobUri) -> JobRead:
        """Take a job out of the trash.

        Raises:
            NotFound: there is no such job.
            Conflict: it was not removed.
        """
        return _job(self.http.post(f"{_at(uri)}/recover"))

    def _ask(self, actor: Actor, uri: JobUri, verb: str, *, force: bool, wait: float) -> JobRead:
        job = _job(self.http.post(f"{_at(uri)}/{verb}", {"force": force}))
        patience = time.monotonic() + wait
        while job.state in ATTENDED and time.monotonic() < patience:
            time.sleep(_LOOK_SECONDS)
            job = self.info(actor, uri)
        return job


@dataclass(frozen=True, slots=True)
class RemoteMarks:
    """Notes about jobs of one server: the twin of `jobs.marks.MarkService`.

    Args:
        http: The connection.
    """

    http: Http

    def comment(self, actor: Actor, uri: JobUri, text: str) -> JobRead:
        """Say something about a job, in place of what was said before."""
        return _job(self.http.patch(_at(uri), {"comment": text}))

    def pin(self, actor: Actor, uri: JobUri, *, pinned: bool = True) -> JobRead:
        """Have a job come first in lists and not be removed by accident; or no longer."""
        return _job(self.http.patch(_at(uri), {"pinned": pinned}))


@dataclass(frozen=True, slots=True)
class RemoteTemplates:
    """Templates of one server: the twin of `jobs.templates.TemplateService`.

    Args:
        http: The connection.
    """

    http: Http

    def save(
        self, actor: Actor, project: str, name: str, blueprint: Blueprint, *, force: bool = False
    ) -> TemplateRead:
        """Keep a blueprint under a name.

        Raises:
            Conflict: there is one of this name, and `force` is not set.
            NotFound: what it names is not there.
        """
        body = {"name": name, "of": order_of(blueprint), "force": force}
        return _template(self.http.post(_templates(project), body, once=uuid4().hex))

    def get(self, actor: Actor, project: str, name: str) -> TemplateRead:
        """One template.

        Raises:
            NotFound: there is none of this name.
        """
        return _template(self.http.get(f"{_templates(project)}/{segment(name)}"))

    def list(self, actor: Actor, project: str) -> list[TemplateRead]:
        """All templates of a project, by name."""
        return [_template(each) for each in self.http.get(_templates(project))]

    def remove(self, actor: Actor, project: str, name: str) -> None:
        """Forget a template, and the schedules that name it."""
        self.http.delete(f"{_templates(project)}/{segment(name)}")


@dataclass(frozen=True, slots=True)
class RemoteSchedules:
    """Schedules of one server: the twin of `jobs.schedules.ScheduleService`.

    Args:
        http: The connection.
    """

    http: Http

    def add(
        self,
        actor: Actor,
        project: str,
        name: str,
        template: str,
        cron: str,
        zone: str = "UTC",
    ) -> ScheduleRead:
        """Have a template run at certain times, from now on. See `ScheduleService.add`."""
        body = {"name": name, "template": template, "cron": cron, "zone": zone}
        return _schedule(self.http.post(_schedules(project), body, once=uuid4().hex))

    def list(self, actor: Actor, project: str) -> list[ScheduleRead]:
        """The schedules of a project; whichever is due first comes first."""
        return [_schedule(each) for each in self.http.get(_schedules(project))]

    def remove(self, actor: Actor, project: str, name: str) -> None:
        """Forget a schedule."""
        self.http.delete(f"{_schedules(project)}/{segment(name)}")

    def enable(self, actor: Actor, project: str, name: str, *, enabled: bool) -> None:
        """Go on with a schedule, from now on; or let it rest."""
        self.http.patch(f"{_schedules(project)}/{segment(name)}", {"enabled": enabled})


def order_of(blueprint: Blueprint) -> dict[str, Any]:
    """What ``POST /projects/{project}/jobs`` takes so that a job of a blueprint is made."""
    return {
        "model": blueprint.model,
        "handler": blueprint.handler,
        "runtime": blueprint.runtime,
        "datasets": list(blueprint.datasets),
        "validation_datasets": list(blueprint.validation_datasets),
        "dataset_head": blueprint.dataset_head,
        "arguments": list(blueprint.arguments),
        "steps": {name: dict(wish) for name, wish in blueprint.overrides.items()},
        "log_project": blueprint.log_project,
        "isolation": blueprint.isolation,
        "pool": blueprint.pool,
        "auto_release_time": blueprint.deadline,
        "debug": blueprint.debug,
        "comment": blueprint.comment,
    }


def _at(uri: JobUri) -> str:
    return f"/projects/{segment(uri.project)}/jobs/{segment(uri.job)}"


def _templates(project: str) -> str:
    return f"/projects/{segment(project)}/templates"


def _schedules(project: str) -> str:
    return f"/projects/{segment(project)}/schedules"


def _time(text: str | None) -> Any:
    return None if text is None else datetime.fromisoformat(text)


def _read(told: Mapping[str, Any], names: Sequence[str], **made: Callable[[Any], Any]) -> dict[str, Any]:
    """Some fields of an answer, times and states read; what a later release tells beyond them is left out."""
    found = {name: told[name] for name in names if name in told}
    found |= {name: _time(found[name]) for name in found.keys() & _TIMES}
    return found | {name: read(told[name]) for name, read in made.items()}


_JOB = (
    *("id", "project", "handler", "cause", "rows", "done", "failed", "created_at", "created_by"),
    *(
        "started_at",
        "finished_at",
        "removed_at",
        "heartbeat_at",
        "comment",
        "pinned",
        "priority",
        "queued_at",
    ),
)
_STEP = ("position", "handler", "cause", "rows", "done", "failed", "started_at", "finished_at")
_TASK = ("id", "step", "index", "attempt", "worker", "cause", "started_at", "finished_at")


def _job(told: Mapping[str, Any]) -> JobRead:
    plan = JobPlan.from_json(told["plan"])
    return JobRead(
        **_read(told, _JOB, state=JobState, want=Want),
        plan=plan,
        scheduler=None,
        steps=tuple(
            StepRead(
                **_read(step, _STEP, state=StepState),
                tasks=tuple(TaskRead(**_read(task, _TASK, state=TaskState)) for task in step["tasks"]),
            )
            for step in told["steps"]
        ),
    )


def _event(told: Mapping[str, Any]) -> JobEventRead:
    known: dict[str, Any] = {name: told[name] for name in ("id", "name", "old", "new", "cause")}
    return JobEventRead(**known, at=_time(told["at"]), subject=Subject(told["subject"]))


def _template(told: Mapping[str, Any]) -> TemplateRead:
    return TemplateRead(
        name=told["name"],
        project=told["project"],
        blueprint=Blueprint.from_json(told["blueprint"]),
        created_at=_time(told["created_at"]),
        created_by=told["created_by"],
    )


def _schedule(told: Mapping[str, Any]) -> ScheduleRead:
    times = {name: _time(told[name]) for name in ("fired", "last", "due")}
    names = ("id", "name", "project", "project_id", "template", "cron", "zone", "enabled", "created_by")
    return ScheduleRead(**{name: told[name] for name in names}, **times)
