"""Templates that are run at certain times, each time once whatever clocks and machines do."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import delete, insert, select, update

from starwhale.catalog.engine import Catalog, Session
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

_NEVER = datetime.max.replace(tzinfo=UTC)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A moment for which a job is to be made."""

    schedule: ScheduleRead
    moment: datetime

    @property
    def facts(self) -> dict[str, object]:
        """What the audit tells of it."""
        name, project = self.schedule.name, self.schedule.project
        return {"project": project, "schedule": name, "moment": self.moment.isoformat()}


class Fired(Conflict):
    """A moment of a schedule has its job already, or it rests by now, as with a project in the trash."""


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
        """The schedules of a project, or of all that are in use; whichever is due first comes first."""
        now = utc_now()
        query = (
            select(JobScheduleRow, JobTemplateRow.name, ProjectRow.name)
            .join(JobTemplateRow, JobTemplateRow.id == JobScheduleRow.template_id)
            .join(ProjectRow, ProjectRow.id == JobScheduleRow.project_id)
            .where(ProjectRow.removed_at.is_(None))
        )
        if project is None and not actor.admin:
            raise Forbidden("only administrators see the schedules of all projects", hint="name a project")
        with self.catalog.read() as session:
            if project is not None:
                number = ProjectService(self.catalog).id_in(session, actor, project, READ_JOB)
                query = query.where(JobScheduleRow.project_id == number)
            found = [_read(row, template, name, now=now) for row, template, name in session.execute(query)]
        return sorted(found, key=place_of)

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

    def due(self, actor: Actor, now: datetime) -> list[Due]:
        """Schedules with a moment since they fired last.

        Moments that were missed, since nothing ran then or the project lay in the trash, become one.
        """
        found: list[Due] = []
        for each in self.list(actor):
            moment = last_moment(each.cron, each.zone, now) if each.enabled and each.due else None
            if moment is not None and moment > each.fired:
                found.append(Due(schedule=each, moment=moment))
        return found

    def fire(self, session: Session, due: Due) -> None:
        """Take a moment, within the transaction in which its job is made: both happen, or neither.

        However many make a job of a moment and whatever the clock does, one of them takes it: a clock that
        is set back meets moments that have fired. Until the transaction ends, the name of the project means
        the one that the schedule is of.

        Raises:
            Fired: somebody else has, or the project has gone into the trash, so that the transaction must
                not come about.
        """
        self._take(session, due)
        maker = Actor(name=due.schedule.created_by)
        emit(session, maker, "schedule.fired", due.facts, project=due.schedule.project_id)

    def miss(self, due: Due, cause: str) -> None:
        """Take a moment for which no job can be made, and note why.

        Raises:
            Fired: somebody else has taken it, or the project has gone into the trash.
        """
        facts = {**due.facts, "cause": cause}
        with self.catalog.begin() as session:
            self._take(session, due)
            maker = Actor(name=due.schedule.created_by)
            emit(session, maker, "schedule.missed", facts, project=due.schedule.project_id)

    def _take(self, session: Session, due: Due) -> None:
        number, name = due.schedule.project_id, due.schedule.project
        # Another project may be called so by now, and what is found by its name is nothing for this schedule.
        same = (ProjectRow.id == number, ProjectRow.name == name, ProjectRow.removed_at.is_(None))
        if session.scalar(select(ProjectRow.id).where(*same).with_for_update(read=True)) is None:
            raise Fired(f"project {name!r} of schedule {due.schedule.name!r} has been removed")
        there = (JobScheduleRow.id == due.schedule.id, JobScheduleRow.fired < due.moment)
        taken = update(JobScheduleRow).where(*there, JobScheduleRow.enabled).values(fired=due.moment)
        if session.connection().execute(taken).rowcount == 0:
            raise Fired(f"schedule {due.schedule.name!r} has fired for {due.moment:%Y-%m-%d %H:%M} already")


def place_of(schedule: ScheduleRead) -> tuple[datetime, str]:
    """Where a schedule stands among those of its project: whichever is due first comes first."""
    return schedule.due or _NEVER, schedule.name


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
