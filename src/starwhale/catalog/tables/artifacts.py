"""Packages of every kind: artifacts, their versions and tags, and what keeps bytes from collection."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from starwhale.catalog.tables.base import Base, RowId, ascii_text

_ALIVE = text("removed_at IS NULL")


class ArtifactRow(Base):
    """One named package of a project: a dataset, a model or a runtime.

    Attributes:
        head_seq: `seq` of the version that ``latest`` means; None while no version is left.
        next_seq: `seq` of the version to come; a number is never given twice.
        removed_at: Since when it lies in the trash; its name is free for another then.
    """

    __tablename__ = "artifacts"
    __table_args__ = (
        Index(
            "uq_artifacts_project_id_kind_name",
            "project_id",
            "kind",
            "name",
            unique=True,
            sqlite_where=_ALIVE,
            postgresql_where=_ALIVE,
        ),
    )

    id: Mapped[RowId]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(ascii_text(16))
    name: Mapped[str] = mapped_column(ascii_text(80))
    head_seq: Mapped[int | None]
    next_seq: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    removed_at: Mapped[datetime | None]


class VersionRow(Base):
    """One immutable version of an artifact.

    Attributes:
        version: Its id, 40 characters of base32.
        seq: Counts the versions of the artifact from 0; shown as the tag ``v<seq>``.
        manifest: Digest of the manifest that names every byte of it; compaction may replace it.
        parent: Id of the version it was made from.
        size: Bytes of content.
        job: The job whose code has made it, as its token tells; None where a person has, or nobody knows.
        removed_at: Since when it lies in the trash.
    """

    __tablename__ = "versions"
    __table_args__ = (
        UniqueConstraint("artifact_id", "version"),
        UniqueConstraint("artifact_id", "seq"),
        Index("ix_versions_version", "version"),
        Index("ix_versions_job", "job"),
    )

    id: Mapped[RowId]
    artifact_id: Mapped[int] = mapped_column(ForeignKey("artifacts.id", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(ascii_text(40))
    seq: Mapped[int]
    manifest: Mapped[str] = mapped_column(ascii_text(64))
    parent: Mapped[str | None] = mapped_column(ascii_text(40))
    message: Mapped[str]
    size: Mapped[int]
    meta: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    job: Mapped[str | None] = mapped_column(ascii_text(40))
    removed_at: Mapped[datetime | None]


class TagRow(Base):
    """A user's name for a version; ``latest`` and ``v<seq>`` follow from the numbers and have no row."""

    __tablename__ = "tags"

    artifact_id: Mapped[int] = mapped_column(ForeignKey("artifacts.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(ascii_text(80), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), index=True)


class PinRow(Base):
    """What garbage collection must leave alone although no version names it (any more, or yet).

    Attributes:
        manifests: Digests whose bytes stay.
        since: Where set, no blob written after this moment is collected: a build is at work.
        expires_at: When the pin counts no more, for a build that died takes no leave.
        purpose: What it is for, for people to read.
        user_id: Account of who builds; None where there are no accounts.
        project_id: Project that is built for; None for what no build pins.
    """

    __tablename__ = "pins"
    # Who still holds the number of a pin that was dropped must never close another one by it.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it, nobody writes it)

    id: Mapped[RowId]
    kind: Mapped[str] = mapped_column(ascii_text(16))
    manifests: Mapped[list[str]]
    since: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    purpose: Mapped[str]
    created_by: Mapped[str]
    user_id: Mapped[int | None]
    project_id: Mapped[int | None]


class BlobUseRow(Base):
    """That a blob belongs to something of a project, so that whoever may see that may read it.

    Attributes:
        digest: The blob.
        kind: What it belongs to: a dataset, a model or a runtime.
    """

    __tablename__ = "blob_uses"

    digest: Mapped[str] = mapped_column(ascii_text(64), primary_key=True)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    kind: Mapped[str] = mapped_column(ascii_text(16), primary_key=True)


class UploadRow(Base):
    """That somebody has sent a blob for a build of his, and thus has it."""

    __tablename__ = "uploads"

    build_id: Mapped[int] = mapped_column(ForeignKey("pins.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(ascii_text(64), primary_key=True)
