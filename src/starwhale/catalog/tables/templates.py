"""Jobs that are to be run again: under a name, and at certain times."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId, ascii_text


class JobTemplateRow(Base):
    """What a job is made of, under a name.

    Attributes:
        name: Unique in the project.
        blueprint: A `Blueprint` as JSON.
        code: Digest of the manifest of the code, so that collection leaves it; empty for a model.
    """

    __tablename__ = "job_templates"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[RowId]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(ascii_text(80))
    blueprint: Mapped[dict[str, Any]]
    code: Mapped[str] = mapped_column(ascii_text(64))
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class JobScheduleRow(Base):
    """When a template is run.

    Attributes:
        name: Unique in the project.
        cron: Five fields: minute, hour, day of the month, month, day of the week.
        zone: Name of the time zone in which they are meant.
        enabled: It is to be run.
        fired: The last moment of `cron` for which a job was made, or the moment it was enabled: it moves on
            in the transaction that writes the job of that moment, so that each has one.
    """

    __tablename__ = "job_schedules"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[RowId]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(ascii_text(80))
    template_id: Mapped[int] = mapped_column(ForeignKey("job_templates.id", ondelete="CASCADE"))
    cron: Mapped[str]
    zone: Mapped[str]
    enabled: Mapped[bool]
    fired: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
