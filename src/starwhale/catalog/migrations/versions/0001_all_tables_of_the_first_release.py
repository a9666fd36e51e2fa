"""all tables of the first release

Written by `python -m starwhale.catalog.migrations write 0001 "all tables of the first release"`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def ascii_text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("name", ascii_text(80), nullable=False),
        sa.Column("payload", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_events_at"), "events", ["at"], unique=False)
    op.create_table(
        "pins",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", ascii_text(16), nullable=False),
        sa.Column("manifests", DOCUMENT, nullable=False),
        sa.Column("since", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pins")),
    )
    op.create_table(
        "projects",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("name", ascii_text(80), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
    )
    op.create_index(
        "uq_projects_name",
        "projects",
        ["name"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "artifacts",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("project_id", NUMBER, nullable=False),
        sa.Column("kind", ascii_text(16), nullable=False),
        sa.Column("name", ascii_text(80), nullable=False),
        sa.Column("head_seq", NUMBER, nullable=True),
        sa.Column("next_seq", NUMBER, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_artifacts_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifacts")),
    )
    op.create_index(
        "uq_artifacts_project_id_kind_name",
        "artifacts",
        ["project_id", "kind", "name"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "versions",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("artifact_id", NUMBER, nullable=False),
        sa.Column("version", ascii_text(40), nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("manifest", ascii_text(64), nullable=False),
        sa.Column("parent", ascii_text(40), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("meta", DOCUMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["artifact_id"], ["artifacts.id"], name=op.f("fk_versions_artifact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.UniqueConstraint("artifact_id", "seq", name=op.f("uq_versions_artifact_id_seq")),
        sa.UniqueConstraint("artifact_id", "version", name=op.f("uq_versions_artifact_id_version")),
    )
    op.create_index("ix_versions_version", "versions", ["version"], unique=False)
    op.create_table(
        "tags",
        sa.Column("artifact_id", NUMBER, nullable=False),
        sa.Column("name", ascii_text(80), nullable=False),
        sa.Column("version_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id"], ["artifacts.id"], name=op.f("fk_tags_artifact_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_tags_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("artifact_id", "name", name=op.f("pk_tags")),
    )
    op.create_index(op.f("ix_tags_version_id"), "tags", ["version_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_tags_version_id"), table_name="tags")
    op.drop_table("tags")
    op.drop_index("ix_versions_version", table_name="versions")
    op.drop_table("versions")
    op.drop_index(
        "uq_artifacts_project_id_kind_name",
        table_name="artifacts",
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_table("artifacts")
    op.drop_index(
        "uq_projects_name",
        table_name="projects",
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_table("projects")
    op.drop_table("pins")
    op.drop_index(op.f("ix_events_at"), table_name="events")
    op.drop_table("events")
