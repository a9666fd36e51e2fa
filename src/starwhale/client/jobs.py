"""Jobs of a server: the twin of the service of jobs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starwhale.client.job_answers import event_of, job_of, order_of, path_of, usage_of
from starwhale.client.pages import all_of, page_of, segment
from starwhale.core.page import LARGEST, Page, PageRequest
from starwhale.core.uri import JobUri
from starwhale.jobs.asking import WAIT
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.liveness import ATTENDED
from starwhale.jobs.looking import LOG_BYTES
from starwhale.jobs.schemas import JobEventRead, JobRead, LogChunk

if TYPE_CHECKING:
    from starwhale.client.http import Http
    from starwhale.core.actor import Actor
    from starwhale.jobs.usage import UsageRead

_LOOK_SECONDS = 0.3


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
        body = {**order_of(blueprint, self.instance), "priority": priority}
        path = f"/projects/{segment(project)}/jobs"
        return self.http.post(path, body, once=uuid4().hex, form=self._job)

    def uri(self, job: JobRead) -> JobUri:
        """The address of a job of this server."""
        return JobUri(instance=self.instance, project=job.project, job=job.id)

    def info(self, actor: Actor, uri: JobUri) -> JobRead:
        """One job with its steps and tasks.

        Raises:
            NotFound: there is none, or it was removed.
            Ambiguous: several begin so.
        """
        return self.http.get(path_of(uri), form=self._job)

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
        return page_of(self.http, path, page or PageRequest(), self._job, removed=include_removed or None)

    def events(
        self,
        actor: Actor,
        uri: JobUri,
        *,
        after: int = 0,
        limit: int = LARGEST,
    ) -> Sequence[JobEventRead]:
        """The history of states of a job, its steps and tasks, beginning after event number `after`."""
        asked = {"after": after, "size": min(limit, LARGEST)}
        path = f"{path_of(uri)}/events"
        return self.http.get(path, asked, form=lambda told: [event_of(each) for each in told["items"]])

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
        answer = self.http.send("GET", f"{path_of(uri)}/logs/{segment(task)}", params=asked)
        told = answer.headers
        with self.http.reading(answer):
            return LogChunk(
                data=answer.content, next=int(told["x-next-offset"]), ended=told["x-log-ended"] == "true"
            )

    def log_sizes(self, actor: Actor, uri: JobUri) -> dict[str, int]:
        """Bytes that tasks have printed so far, by task; those that printed nothing are left out."""
        found = all_of(self.http, f"{path_of(uri)}/logs", lambda each: (each["task"], each["bytes"]))
        return dict(found)

    def usage(self, actor: Actor, uri: JobUri, *, step: int | None = None, task: str = "") -> UsageRead:
        """What a job uses over time, or one step of it, or one task. See `jobs.looking.SeenJobs.usage`."""
        asked: dict[str, Any] = {"task": task} if step is None else {"step": step, "task": task}
        return self.http.get(f"{path_of(uri)}/usage", asked, form=usage_of)

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
        return self.http.post(f"{path_of(uri)}/resume", form=self._job)

    def remove(self, actor: Actor, uri: JobUri, *, force: bool = False) -> None:
        """Put a job into the trash; with `force` for ever.

        Raises:
            Conflict: it runs, or is pinned.
        """
        self.http.delete(path_of(uri), {"force": force})

    def recover(self, actor: Actor, uri: JobUri) -> JobRead:
        """Take a job out of the trash.

        Raises:
            NotFound: there is no such job.
            Conflict: it was not removed.
        """
        return self.http.post(f"{path_of(uri)}/recover", form=self._job)

    def _job(self, told: Mapping[str, Any]) -> JobRead:
        return job_of(told, self.instance)

    def _ask(self, actor: Actor, uri: JobUri, verb: str, *, force: bool, wait: float) -> JobRead:
        job: JobRead = self.http.post(f"{path_of(uri)}/{verb}", {"force": force}, form=self._job)
        patience = time.monotonic() + wait
        while job.state in ATTENDED and time.monotonic() < patience:
            time.sleep(_LOOK_SECONDS)
            job = self.info(actor, uri)
        return job
