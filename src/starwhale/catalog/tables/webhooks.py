"""Webhooks: who is told of events, and what is still to be told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId, ascii_text


class WebhookRow(Base):
    """One address that is told of the events of a project.

    Attributes:
        host: Of the address, in lower case; deliveries are bounded by it.
        events: Names of events, ``dataset.*`` or ``*``.
        secret: What deliveries are signed with; needed in the clear, and shown once.
        after_event: Number of the last event before it was made.
        active: Whether anything is sent to it.
        failures: Attempts that have failed since the last one that did not.
        delivered_at: When it took a delivery last; None for never.
    """

    __tablename__ = "webhooks"

    id: Mapped[RowId]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    url: Mapped[str]
    host: Mapped[str] = mapped_column(ascii_text(255))
    events: Mapped[list[str]]
    description: Mapped[str]
    secret: Mapped[str]
    after_event: Mapped[int]
    active: Mapped[bool]
    failures: Mapped[int]
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class DeliveryRow(Base):
    """One event on its way to one webhook.

    Attributes:
        event_id: Number of the event.
        replay: 0 for the first sending; counts how often somebody has had it sent again.
        state: ``waiting``, ``delivered`` or ``dead``.
        attempts: How often it was tried.
        due_at: When it is to be tried next.
        leased_until: Until when a server is trying it; None while none is.
        lease: Which server, for this one attempt.
        status: HTTP status of the last answer; None where there was none.
        error: Why the last attempt failed; None while none has.
        ended_at: When it was delivered, or given up.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id", "replay"),
        Index("ix_deliveries_state_due_at", "state", "due_at"),
        Index("ix_deliveries_state_ended_at", "state", "ended_at"),
    )

    id: Mapped[RowId]
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[int]
    replay: Mapped[int]
    state: Mapped[str] = mapped_column(ascii_text(16))
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(ascii_text(40))
    status: Mapped[int | None]
    error: Mapped[str | None]
    ended_at: Mapped[datetime | None]


class OutboxRow(Base):
    """How far somebody who reads all events has come.

    Attributes:
        reader: Who.
        event_id: Number of the last event he has seen.
    """

    __tablename__ = "outbox"

    reader: Mapped[str] = mapped_column(ascii_text(40), primary_key=True)
    event_id: Mapped[int]
