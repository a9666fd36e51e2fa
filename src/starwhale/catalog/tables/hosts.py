"""Servers that run jobs, as long as they do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, ascii_text


class JobHostRow(Base):
    """One server that runs jobs.

    Attributes:
        id: Random; a server that is started again is another one.
        owner_host: Its machine, and with the next two its process, as in `JobRow`.
        labels: What it is labelled with: it runs jobs of pools whose labels are all among these.
        capacity: What it has for tasks: a `Capacity`.
        seen_at: When it last said that it lives.
    """

    __tablename__ = "job_hosts"

    id: Mapped[str] = mapped_column(ascii_text(32), primary_key=True)
    owner_host: Mapped[str]
    owner_pid: Mapped[int]
    owner_started: Mapped[str]
    labels: Mapped[dict[str, Any]]
    capacity: Mapped[dict[str, Any]]
    seen_at: Mapped[datetime]
