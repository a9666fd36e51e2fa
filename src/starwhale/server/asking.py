"""What a running server says of itself to whoever may read its data directory."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from starwhale.server.seat import Sitting

_PATIENCE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a server does.

    Attributes:
        state: ``ready``, ``not ready`` or ``silent``.
        requests: How many it has answered; None where it does not say.
    """

    state: str
    requests: int | None = None


def ask(sitting: Sitting) -> Answer:
    """Ask a server how it does."""
    headers = {"Authorization": f"Bearer {sitting.key}"}
    try:
        with httpx2.Client(base_url=sitting.url, timeout=_PATIENCE, trust_env=False) as client:
            ready = client.get("/readyz").status_code == HTTPStatus.OK
            figures = client.get("/metrics", headers=headers)
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return Answer(state="silent")
    lines = figures.text.splitlines() if figures.status_code == HTTPStatus.OK else []
    counts = [
        float(line.rpartition(" ")[2]) for line in lines if line.startswith("starwhale_requests_total{")
    ]
    state = "ready" if ready else "not ready"
    return Answer(state=state, requests=round(sum(counts)) if lines else None)
