"""Rows of webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from starwhale.catalog.keyset import Key, cut
from starwhale.catalog.tables.events import EventRow
from starwhale.catalog.tables.webhooks import DeliveryRow, WebhookRow
from starwhale.core.page import Page, PageRequest
from starwhale.kit.times import utc_now
from starwhale.webhooks.schemas import DeliveryRead, WebhookRead
from starwhale.webhooks.states import WAITING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class WebhookRepository:
    """Webhooks of one project, as rows of the transaction `session`."""

    session: Session
    project: int

    def count(self) -> int:
        """How many there are."""
        return self.session.scalar(select(func.count()).where(WebhookRow.project_id == self.project)) or 0

    def add(self, **values: Any) -> WebhookRead:
        """Make one; it is told of what happens from now on."""
        after = self.session.scalar(select(func.max(EventRow.id))) or 0
        known = {"project_id": self.project, "after_event": after, "active": True, "failures": 0}
        made = insert(WebhookRow).values(**known, created_at=utc_now(), **values).returning(WebhookRow.id)
        number = self.session.execute(made).scalar_one()
        found = self.find(number)
        assert found is not None
        return found

    def find(self, number: int) -> WebhookRead | None:
        """One of them."""
        row = self.session.execute(select(WebhookRow).where(*self._is(number))).scalar_one_or_none()
        return None if row is None else _read(row)

    def lock(self, number: int) -> None:
        """Keep everybody else from changing one until the end of the transaction."""
        self.session.execute(select(WebhookRow.id).where(*self._is(number)).with_for_update())

    def page(self, page: PageRequest) -> Page[WebhookRead]:
        """One page of them, by number."""
        mine = select(WebhookRow).where(WebhookRow.project_id == self.project)
        found = cut(self.session, mine, (Key(WebhookRow.id),), page)
        items = tuple(_read(row) for row, _ in found.rows)
        return Page(items=items, total=self.count(), request=page, next=found.next)

    def change(self, number: int, **values: Any) -> None:
        """Change one."""
        self.session.execute(update(WebhookRow).where(*self._is(number)).values(**values))

    def remove(self, number: int) -> None:
        """Remove one, and all its deliveries."""
        self.session.execute(delete(DeliveryRow).where(DeliveryRow.webhook_id == number))
        self.session.execute(delete(WebhookRow).where(*self._is(number)))

    def deliveries(self, number: int, page: PageRequest, state: str) -> Page[DeliveryRead]:
        """One page of the deliveries to one of them, the newest first."""
        which = [DeliveryRow.webhook_id == number]
        if state:
            which.append(DeliveryRow.state == state)
        total = self.session.scalar(select(func.count()).select_from(DeliveryRow).where(*which)) or 0
        query = (
            select(DeliveryRow, EventRow.name)
            .outerjoin(EventRow, EventRow.id == DeliveryRow.event_id)
            .where(*which)
        )
        found = cut(self.session, query, (Key(DeliveryRow.id, descending=True),), page)
        items = tuple(_delivery(row, name) for row, name, _ in found.rows)
        return Page(items=items, total=total, request=page, next=found.next)

    def delivery(self, webhook: int, number: int) -> DeliveryRead | None:
        """One delivery."""
        found = self.session.execute(
            select(DeliveryRow, EventRow.name)
            .outerjoin(EventRow, EventRow.id == DeliveryRow.event_id)
            .where(DeliveryRow.webhook_id == webhook, DeliveryRow.id == number)
        ).one_or_none()
        return None if found is None else _delivery(found[0], found[1])

    def again(self, webhook: int, event: int) -> int:
        """Have an event delivered once more; the number of the delivery."""
        replays = select(func.max(DeliveryRow.replay)).where(
            DeliveryRow.webhook_id == webhook, DeliveryRow.event_id == event
        )
        last, now = self.session.scalar(replays), utc_now()
        made = insert(DeliveryRow).values(
            webhook_id=webhook,
            event_id=event,
            replay=0 if last is None else last + 1,
            state=WAITING,
            attempts=0,
            created_at=now,
            due_at=now,
        )
        return self.session.execute(made.returning(DeliveryRow.id)).scalar_one()

    def _is(self, number: int) -> tuple[Any, Any]:
        return WebhookRow.id == number, WebhookRow.project_id == self.project


def _read(row: WebhookRow) -> WebhookRead:
    return WebhookRead(
        id=row.id,
        url=row.url,
        events=tuple(row.events),
        description=row.description,
        active=row.active,
        failures=row.failures,
        delivered_at=row.delivered_at,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _delivery(row: DeliveryRow, event: str | None) -> DeliveryRead:
    return DeliveryRead(
        id=row.id,
        event_id=row.event_id,
        event=event or "",
        replay=row.replay,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at,
        status=row.status,
        error=row.error,
        ended_at=row.ended_at,
    )
