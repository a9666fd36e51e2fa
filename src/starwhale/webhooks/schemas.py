"""What is known of webhooks and their deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starwhale.core.revisions import revision_of


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRead:
    """One webhook, without its secret.

    Attributes:
        failures: Attempts that have failed since the last one that did not.
        delivered_at: When it took a delivery last; None for never.
    """

    id: int
    url: str
    events: tuple[str, ...]
    description: str
    active: bool
    failures: int
    delivered_at: datetime | None
    created_at: datetime
    created_by: str

    @property
    def revision(self) -> str:
        """Says which settings these are: whoever changes them names the one he saw."""
        return revision_of(self.url, self.events, self.description, self.active)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRead:
    """One event on its way to a webhook, or there.

    Attributes:
        due_at: When it is tried next.
        status: HTTP status of the last answer.
        error: Why the last attempt failed.
        ended_at: When it was delivered, or given up.
    """

    id: int
    event_id: int
    event: str
    replay: int
    state: str
    attempts: int
    created_at: datetime
    due_at: datetime
    status: int | None
    error: str | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One attempt that a server has taken on.

    Attributes:
        lease: By which it says that this attempt was its own.
    """

    delivery: int
    webhook: int
    lease: str
    key: str
    host: str
    url: str
    secret: str = field(repr=False)
    event: str
    body: Mapping[str, Any]
    attempts: int
    created_at: datetime
