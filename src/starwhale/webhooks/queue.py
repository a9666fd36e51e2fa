"""What is to be delivered: made of events, taken on by one server at a time, and settled.

All servers of one catalog share the work. An attempt is leased; a server that dies lets its leases run out,
and the delivery is tried again by another one. So a delivery comes at least once, with the same id.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, func, or_, select, update

from starwhale.catalog.insertion import insert_all_new, insert_if_new
from starwhale.catalog.tables.events import EventRow
from starwhale.catalog.tables.projects import ProjectRow
from starwhale.catalog.tables.webhooks import DeliveryRow, OutboxRow, WebhookRow
from starwhale.kit.times import utc_now
from starwhale.webhooks.schemas import Job
from starwhale.webhooks.service import matches
from starwhale.webhooks.states import DEAD, DELIVERED, WAITING, next_try

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from starwhale.catalog.engine import Catalog
    from starwhale.webhooks.sending import Outcome

READER = "webhooks"
#: Longer than any attempt lasts.
LEASE = timedelta(seconds=60)
#: For how long deliveries that have ended can be looked at.
KEPT = timedelta(days=30)
_EVENTS_AT_ONCE = 500
_FAILING = 2


@dataclass(frozen=True, slots=True)
class Queue:
    """Deliveries of one catalog."""

    catalog: Catalog

    def fill(self, horizon: int) -> int:
        """Make deliveries of events.

        Args:
            horizon: Number of the last event below which none will appear; see `catalog.horizon`.

        Returns:
            How many events were looked at; there are more when it is not 0.
        """
        with self.catalog.read() as session:
            known = session.scalar(select(OutboxRow.event_id).where(OutboxRow.reader == READER))
        if known is not None and known >= horizon:
            return 0
        with self.catalog.begin() as session:
            seen = self._position(session, horizon)
            new = select(EventRow).where(EventRow.id > seen, EventRow.id <= horizon)
            events = session.scalars(new.order_by(EventRow.id).limit(_EVENTS_AT_ONCE)).all()
            insert_all_new(session, self.catalog.dialect, DeliveryRow, self._deliveries(session, events))
            last = events[-1].id if len(events) == _EVENTS_AT_ONCE else max(seen, horizon)
            here = OutboxRow.reader == READER
            session.execute(update(OutboxRow).where(here).values(event_id=last))
        return len(events)

    def _position(self, session: Session, horizon: int) -> int:
        here = select(OutboxRow.event_id).where(OutboxRow.reader == READER).with_for_update()
        found = session.scalar(here)
        if found is None:
            # What happened before there was any webhook concerns nobody.
            first = session.scalar(select(func.min(WebhookRow.after_event)))
            start = {"reader": READER, "event_id": horizon if first is None else first}
            session.execute(insert_if_new(self.catalog.dialect, OutboxRow, start))
            found = session.scalar(here) or 0
        return found

    def _deliveries(self, session: Session, events: Collection[EventRow]) -> Iterable[dict[str, Any]]:
        projects = {each.project_id for each in events if each.project_id is not None}
        hooks = session.execute(
            select(WebhookRow.id, WebhookRow.project_id, WebhookRow.events, WebhookRow.after_event).where(
                WebhookRow.project_id.in_(projects), WebhookRow.active
            )
        ).all()
        fresh = {"replay": 0, "state": WAITING, "attempts": 0, "created_at": utc_now(), "due_at": utc_now()}
        for event in events:
            for number, project, names, after in hooks:
                meant = project == event.project_id and event.id > after
                if meant and any(matches(each, event.name) for each in names):
                    yield {"webhook_id": number, "event_id": event.id, **fresh}

    def take(self, most: int, *, per_host: int = 2, failing: int | None = None) -> list[Job]:
        """Take deliveries on that are due; those of webhooks that work go first.

        Args:
            most: How many at most.
            per_host: How many at most to one host, so that one that is slow holds up nobody else.
            failing: How many at most of webhooks whose last attempt has failed; a quarter by default.
        """
        now = utc_now()
        with self.catalog.read() as session:
            found = self._due(session, now, most, per_host, most // 4 if failing is None else failing)
        if not found:
            return []
        lease = secrets.token_hex(16)
        with self.catalog.begin() as session:
            session.execute(
                update(DeliveryRow)
                .where(DeliveryRow.id.in_(found), DeliveryRow.state == WAITING, _is_free(now))
                .values(lease=lease, leased_until=now + LEASE)
            )
            rows = session.execute(
                select(DeliveryRow, WebhookRow, EventRow, ProjectRow.name)
                .join(WebhookRow, WebhookRow.id == DeliveryRow.webhook_id)
                .outerjoin(EventRow, EventRow.id == DeliveryRow.event_id)
                .join(ProjectRow, ProjectRow.id == WebhookRow.project_id)
                .where(DeliveryRow.lease == lease)
            ).all()
            return [_job(delivery, hook, event, project) for delivery, hook, event, project in rows]

    def _due(self, session: Session, now: datetime, most: int, per_host: int, failing: int) -> list[int]:
        rank = case((WebhookRow.failures > 0, _FAILING), (WebhookRow.delivered_at.is_(None), 1), else_=0)
        order = (DeliveryRow.due_at, DeliveryRow.id)
        place = func.row_number().over(partition_by=WebhookRow.host, order_by=order)
        due = (
            select(DeliveryRow.id, WebhookRow.host, rank.label("rank"), place.label("place"))
            .join(WebhookRow, WebhookRow.id == DeliveryRow.webhook_id)
            .where(DeliveryRow.state == WAITING, DeliveryRow.due_at <= now, _is_free(now), WebhookRow.active)
            .subquery()
        )
        held = self._held(session, now)
        near = select(due.c.id, due.c.host, due.c.rank, due.c.place).where(due.c.place <= per_host)
        chosen: list[int] = []
        ill = 0
        for number, host, kind, nth in session.execute(near.order_by(due.c.rank, due.c.place, due.c.id)):
            if len(chosen) >= most:
                break
            if nth + held.get(host, 0) > per_host:
                continue
            ill += kind == _FAILING
            if ill > failing:
                break
            chosen.append(number)
        return chosen

    def _held(self, session: Session, now: datetime) -> dict[str, int]:
        """How many deliveries to each host are being tried, by whichever server."""
        counted = (
            select(WebhookRow.host, func.count())
            .join(DeliveryRow, DeliveryRow.webhook_id == WebhookRow.id)
            .where(DeliveryRow.state == WAITING, DeliveryRow.leased_until >= now)
            .group_by(WebhookRow.host)
        )
        return {row[0]: row[1] for row in session.execute(counted)}

    def settle(self, done: Collection[tuple[Job, Outcome]]) -> None:
        """Write down what became of attempts; one whose lease has run out says nothing any more."""
        if not done:
            return
        now = utc_now()
        with self.catalog.begin() as session:
            for job, outcome in done:
                own = (DeliveryRow.id == job.delivery, DeliveryRow.lease == job.lease)
                values = _ended(job, outcome, now)
                settled = session.connection().execute(update(DeliveryRow).where(*own).values(**values))
                if settled.rowcount != 1:
                    continue
                of_hook = update(WebhookRow).where(WebhookRow.id == job.webhook)
                if outcome.ok:
                    session.execute(of_hook.values(failures=0, delivered_at=now))
                else:
                    session.execute(of_hook.values(failures=WebhookRow.failures + 1))

    def sweep(self, before: datetime | None = None) -> int:
        """Forget deliveries that have ended long ago; how many."""
        limit = before or utc_now() - KEPT
        old = (DeliveryRow.state != WAITING, DeliveryRow.ended_at < limit)
        with self.catalog.begin() as session:
            return session.connection().execute(delete(DeliveryRow).where(*old)).rowcount


def _is_free(now: datetime) -> Any:
    return or_(DeliveryRow.leased_until.is_(None), DeliveryRow.leased_until < now)


def _ended(job: Job, outcome: Outcome, now: datetime) -> dict[str, Any]:
    tried: dict[str, Any] = {
        "attempts": job.attempts + 1,
        "status": outcome.status,
        "error": outcome.error or None,
        "lease": None,
        "leased_until": None,
    }
    if outcome.ok:
        return tried | {"state": DELIVERED, "ended_at": now}
    due = next_try(job.attempts + 1, job.created_at, now)
    return tried | ({"state": DEAD, "ended_at": now} if due is None else {"due_at": due})


def _job(delivery: DeliveryRow, hook: WebhookRow, event: EventRow | None, project: str) -> Job:
    key = f"{delivery.event_id}-{hook.id}-{delivery.replay}"
    name = event.name if event is not None else ""
    body: dict[str, Any] = {"id": key, "event": name, "project": project, "number": delivery.event_id}
    if event is not None:
        body |= {"at": event.at, "actor": event.actor, "payload": event.payload}
    return Job(
        delivery=delivery.id,
        webhook=hook.id,
        lease=delivery.lease or "",
        key=key,
        host=hook.host,
        url=hook.url,
        secret=hook.secret,
        event=name,
        body=body,
        attempts=delivery.attempts,
        created_at=delivery.created_at,
    )
