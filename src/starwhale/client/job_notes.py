"""What is kept about jobs on a server: the twins of the services of marks, templates and schedules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starwhale.client.job_answers import blueprint_of, job_of, order_of, path_of, time_of
from starwhale.client.pages import all_of, segment
from starwhale.core.uri import JobUri
from starwhale.jobs.blueprint import Blueprint
from starwhale.jobs.schedules import ScheduleRead
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.templates import TemplateRead

if TYPE_CHECKING:
    from starwhale.client.http import Http
    from starwhale.core.actor import Actor


@dataclass(frozen=True, slots=True)
class RemoteMarks:
    """Notes about jobs of one server: the twin of `jobs.marks.MarkService`.

    Args:
        http: The connection.
        instance: What addresses call the server.
    """

    http: Http
    instance: str

    def comment(self, actor: Actor, uri: JobUri, text: str) -> JobRead:
        """Say something about a job, in place of what was said before."""
        return self.http.patch(path_of(uri), {"comment": text}, form=self._job)

    def pin(self, actor: Actor, uri: JobUri, *, pinned: bool = True) -> JobRead:
        """Have a job come first in lists and not be removed by accident; or no longer."""
        return self.http.patch(path_of(uri), {"pinned": pinned}, form=self._job)

    def _job(self, told: Mapping[str, Any]) -> JobRead:
        return job_of(told, self.instance)


@dataclass(frozen=True, slots=True)
class RemoteTemplates:
    """Templates of one server: the twin of `jobs.templates.TemplateService`.

    Args:
        http: The connection.
        instance: What addresses call the server.
    """

    http: Http
    instance: str

    def save(
        self, actor: Actor, project: str, name: str, blueprint: Blueprint, *, force: bool = False
    ) -> TemplateRead:
        """Keep a blueprint under a name.

        Raises:
            Conflict: there is one of this name, and `force` is not set.
            NotFound: what it names is not there.
        """
        body = {"name": name, "of": order_of(blueprint, self.instance), "force": force}
        return self.http.post(_templates(project), body, once=uuid4().hex, form=self._template)

    def get(self, actor: Actor, project: str, name: str) -> TemplateRead:
        """One template.

        Raises:
            NotFound: there is none of this name.
        """
        return self.http.get(f"{_templates(project)}/{segment(name)}", form=self._template)

    def list(self, actor: Actor, project: str) -> list[TemplateRead]:
        """All templates of a project, by name."""
        return all_of(self.http, _templates(project), self._template)

    def remove(self, actor: Actor, project: str, name: str) -> None:
        """Forget a template, and the schedules that name it."""
        self.http.delete(f"{_templates(project)}/{segment(name)}")

    def _template(self, told: Mapping[str, Any]) -> TemplateRead:
        return TemplateRead(
            name=told["name"],
            project=told["project"],
            blueprint=blueprint_of(told["blueprint"], self.instance),
            created_at=time_of(told["created_at"]),
            created_by=told["created_by"],
        )


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
        return self.http.post(_schedules(project), body, once=uuid4().hex, form=_schedule)

    def list(self, actor: Actor, project: str) -> list[ScheduleRead]:
        """The schedules of a project; whichever is due first comes first."""
        return all_of(self.http, _schedules(project), _schedule)

    def remove(self, actor: Actor, project: str, name: str) -> None:
        """Forget a schedule."""
        self.http.delete(f"{_schedules(project)}/{segment(name)}")

    def enable(self, actor: Actor, project: str, name: str, *, enabled: bool) -> ScheduleRead:
        """Go on with a schedule, from now on; or let it rest."""
        path = f"{_schedules(project)}/{segment(name)}"
        return self.http.patch(path, {"enabled": enabled}, form=_schedule)


def _templates(project: str) -> str:
    return f"/projects/{segment(project)}/templates"


def _schedules(project: str) -> str:
    return f"/projects/{segment(project)}/schedules"


def _schedule(told: Mapping[str, Any]) -> ScheduleRead:
    times = {name: time_of(told[name]) for name in ("fired", "last", "due")}
    names = ("id", "name", "project", "project_id", "template", "cron", "zone", "enabled", "created_by")
    return ScheduleRead(**{name: told[name] for name in names}, **times)
