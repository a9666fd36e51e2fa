"""Templates that are run at certain times, each time once whatever clocks and machines do."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import delete, insert, select, update

from starwhale.catalog.engine import Catalog
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.catalog.tables.templates import JobScheduleRow, JobTemplateRow
from starwhale.core.actor import Actor
from starwhale.core.errors import Conflict, Forbidden, InvalidSpec, NotFound
from starwhale.core.names import check_name
from starwhale.core.permissions import READ_JOB, WRITE_JOB
from starwhale.core.revisions import check_revision, revision_of
from starwhale.jobs.templates import find_template
from starwhale.kit.times import utc_now
from starwhale.projects.service import ProjectService

_log = logging.getLogger("starwhale.jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRead:
    """When a template is run.

    Attributes:
        cron: Minute, hour, day of the month, month and day of the week.
        zone: Time zone in which they are meant.
        fired: The last of its moments for which a job was made; the moment it was made before the first.
        last: The same, but None before the first.
        due: The next of its moments; None where it is not enabled, or has none (any more).
    """

    id: int
    name: str
    project: str
    project_id: int
    template: str
    cron: str
    zone: str
    enabled: bool
    fired: datetime
    last: datetime | None
    created_by: str
    due: datetime | None

    @property
    def revision(self) -> str:
        """Says what it is to do: whoever changes that names what he saw."""
        return revision_of(self.id, self.template, self.cron, self.zone, self.enabled)


@dataclass(frozen=True, slots=True)
class ScheduleService:
    """Schedules of jobs.

    Args:
        catalog: Where they are written down.
    """

    catalog: Catalog

    def add(
        self, actor: Actor, project: str, name: str, template: str, cron: str, zone: str = "UTC"
    ) -> ScheduleRead:
        """Have a template run at certain times, from now on.

        Raises:
            InvalidName: it cannot be called so.
            InvalidSpec: `cron` has no such form, or there is no such time zone.
            NotFound: there is no such template.
            Conflict: there is a schedule of this name.
        """
        check_name(name, "schedule")
        now = utc_now()
        next_moment(cron, zone, now)
        with self.catalog.begin() as session:
            row = find_template(self.catalog, session, actor, project, template, WRITE_JOB)
            taken = select(JobScheduleRow.id).where(
                JobScheduleRow.project_id == row.project_id, JobScheduleRow.name == name
            )
            if session.scalar(taken) is not None:
                raise Conflict(
                    f"there is a schedule {name!r} already",
                    hint=f"`swcli job schedule remove {name}` makes room",
                )
            session.execute(
                insert(JobScheduleRow).values(
                    project_id=row.project_id,
                    name=name,
                    template_id=row.id,
                    cron=" ".join(cron.split()),
                    zone=zone,
                    enabled=True,
                    fired=now,
                    created_at=now,
                    created_by=actor.name,
                )
            )
            emit(
                session,
                actor,
                "schedule.added",
                {"project": project, "schedule": name},
                project=row.project_id,
            )
        return self.get(actor, project, name)

    def get(self, actor: Actor, project: str, name: str) -> ScheduleRead:
        """One schedule.

        Raises:
            NotFound: there is none of this name.
        """
        found = next((each for each in self.list(actor, project) if each.name == name), None)
        if found is None:
            raise _no_schedule(name, project)
        return found

    def list(self, actor: Actor, project: str | None = None) -> list[ScheduleRead]:
        """The schedules of a project, or of all; whichever is due first comes first."""
        now = utc_now()
        query = (
            select(JobScheduleRow, JobTemplateRow.name, ProjectRow.name)
            .join(JobTemplateRow, JobTemplateRow.id == JobScheduleRow.template_id)
            .join(ProjectRow, ProjectRow.id == JobScheduleRow.project_id)
        )
        if project is None and not actor.admin:
            raise Forbidden("only administrators see the schedules of all projects", hint="name a project")
        with self.catalog.read() as session:
            if project is not None:
                number = ProjectService(self.catalog).id_in(session, actor, project, READ_JOB)
                query = query.where(JobScheduleRow.project_id == number)
            found = [_read(row, template, name, now=now) for row, template, name in session.execute(query)]
        far = datetime.max.replace(tzinfo=UTC)
        return sorted(found, key=lambda each: (each.due or far, each.name))

    def remove(self, actor: Actor, project: str, name: str) -> None:
        """Forget a schedule.

        Raises:
            NotFound: there is none of this name.
        """
        with self.catalog.begin() as session:
            number = ProjectService(self.catalog).id_in(session, actor, project, WRITE_JOB)
            which = (JobScheduleRow.project_id == number, JobScheduleRow.name == name)
            if session.connection().execute(delete(JobScheduleRow).where(*which)).rowcount == 0:
                raise _no_schedule(name, project)
            emit(session, actor, "schedule.removed", {"project": project, "schedule": name}, project=number)

    def enable(
        self, actor: Actor, project: str, name: str, *, enabled: bool, expected: str | None = None
    ) -> ScheduleRead:
        """Go on with a schedule, from now on; or let it rest.

        Args:
            actor: Who does it.
            project: Where.
            name: Of the schedule.
            enabled: Whether it is run from now on.
            expected: The `revision` that he has seen; None to change whatever is there.

        Raises:
            NotFound: there is none of this name.
            Outdated: somebody else has changed it meanwhile.
        """
        with self.catalog.begin() as session:
            number = ProjectService(self.catalog).id_in(session, actor, project, WRITE_JOB)
            which = (JobScheduleRow.project_id == number, JobScheduleRow.name == name)
            changed = update(JobScheduleRow).where(*which).values(enabled=enabled, fired=utc_now())
            lock = select(JobScheduleRow, JobTemplateRow.name).join(
                JobTemplateRow, JobTemplateRow.id == JobScheduleRow.template_id
            )
            found = session.execute(lock.where(*which).with_for_update(of=JobScheduleRow)).one_or_none()
            if found is None:
                raise _no_schedule(name, project)
            row, template = found
            before = _read(row, template, project, now=utc_now())
            check_revision(expected, before.revision, f"schedule {name!r}")
            session.execute(changed)
            verb = "enabled" if enabled else "disabled"
            emit(session, actor, f"schedule.{verb}", {"project": project, "schedule": name}, project=number)
        return self.get(actor, project, name)

    def take_due(self, actor: Actor, now: datetime) -> list[ScheduleRead]:
        """Schedules with a moment since they fired last; whoever gets one here must make its job.

        Moments that were missed, since nothing ran then, become one. A moment is given out once, however
        many ask and whatever the clock does: one that is set back meets moments that have fired.
        """
        taken: list[ScheduleRead] = []
        for each in self.list(actor):
            moment = last_moment(each.cron, each.zone, now) if each.enabled and each.due else None
            if moment is None or moment <= each.fired:
                continue
            fire = (
                update(JobScheduleRow)
                .where(JobScheduleRow.id == each.id, JobScheduleRow.fired < moment)
                .values(fired=moment)
            )
            with self.catalog.begin() as session:
                if session.connection().execute(fire).rowcount == 1:
                    facts = {"project": each.project, "schedule": each.name, "moment": moment.isoformat()}
                    emit(session, actor, "schedule.fired", facts, project=each.project_id)
                    taken.append(each)
        return taken


def next_moment(cron: str, zone: str, now: datetime) -> datetime:
    """The first moment of `cron` after `now`.

    Raises:
        InvalidSpec: it has no such form, there is no such time zone, or it has no moment at all.
    """
    return _moment(cron, zone, now, reverse=False)


def last_moment(cron: str, zone: str, now: datetime) -> datetime:
    """The last moment of `cron` that is not after `now`; raises as `next_moment` does."""
    # The library's moments are whole minutes, and lie strictly before the one it begins with.
    following = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return _moment(cron, zone, following, reverse=True)


def _moment(cron: str, zone: str, now: datetime, *, reverse: bool) -> datetime:
    from cronsim import CronSim, CronSimError

    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidSpec(f"no time zone {zone!r}", hint="such as UTC or Europe/Berlin") from None
    try:
        return next(CronSim(cron, now.astimezone(place), reverse=reverse)).astimezone(UTC)
    except CronSimError as error:
        hint = "minute hour day month weekday, such as '0 3 * * *' for three o'clock each night"
        raise InvalidSpec(f"{cron!r} is no time of cron: {error}", hint=hint) from None
    except StopIteration:
        raise InvalidSpec(f"{cron!r} never comes", hint="such as '0 3 * * *'") from None


def _read(row: JobScheduleRow, template: str, project: str, *, now: datetime) -> ScheduleRead:
    return ScheduleRead(
        id=row.id,
        name=row.name,
        project=project,
        project_id=row.project_id,
        template=template,
        cron=row.cron,
        zone=row.zone,
        enabled=row.enabled,
        fired=row.fired,
        last=row.fired if row.fired > row.created_at and row.enabled else None,
        created_by=row.created_by,
        due=_due(row, now) if row.enabled else None,
    )


def _due(row: JobScheduleRow, now: datetime) -> datetime | None:
    # What was possible when it was made may not be any more: zones come and go.
    try:
        return next_moment(row.cron, row.zone, max(now, row.fired))
    except InvalidSpec as error:
        _tell_once(row.id, row.name, error.message)
        return None


@lru_cache(maxsize=1000)
def _tell_once(number: int, name: str, why: str) -> None:
    _log.warning("schedule %s (number %d) is never due: %s", name, number, why)


def _no_schedule(name: str, project: str) -> NotFound:
    return NotFound(
        f"no schedule {name!r} in project {project!r}", hint="list them with `swcli job schedule list`"
    )
