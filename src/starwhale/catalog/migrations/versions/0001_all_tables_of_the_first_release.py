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
DOCUMENT = sa.JSON()


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
        "live_tables",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("path", ascii_text(1024), nullable=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("folded", NUMBER, nullable=False),
        sa.Column("manifest", ascii_text(64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_tables")),
        sa.UniqueConstraint("path", name=op.f("uq_live_tables_path")),
    )
    op.create_table(
        "pins",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("kind", ascii_text(16), nullable=False),
        sa.Column("manifests", DOCUMENT, nullable=False),
        sa.Column("since", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pins")),
        sqlite_autoincrement=True,
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
        "table_writers",
        sa.Column("name", ascii_text(32), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_table_writers")),
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
        "jobs",
        sa.Column("id", ascii_text(40), nullable=False),
        sa.Column("project_id", NUMBER, nullable=False),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("state", ascii_text(16), nullable=False),
        sa.Column("want", ascii_text(16), nullable=False),
        sa.Column("want_cause", sa.Text(), nullable=False),
        sa.Column("want_hurry", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("epoch", NUMBER, nullable=False),
        sa.Column("owner_host", sa.Text(), nullable=False),
        sa.Column("owner_pid", NUMBER, nullable=False),
        sa.Column("owner_started", sa.Text(), nullable=False),
        sa.Column("heartbeat_at", MOMENT, nullable=False),
        sa.Column("plan", DOCUMENT, nullable=False),
        sa.Column("rows", NUMBER, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_jobs_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_project_id_created_at", "jobs", ["project_id", "created_at"], unique=False)
    op.create_index(op.f("ix_jobs_state"), "jobs", ["state"], unique=False)
    op.create_table(
        "table_commits",
        sa.Column("table_id", NUMBER, nullable=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("writer", ascii_text(32), nullable=False),
        sa.Column("offset", NUMBER, nullable=False),
        sa.Column("length", NUMBER, nullable=False),
        sa.Column("rows", NUMBER, nullable=False),
        sa.Column("refs", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["table_id"], ["live_tables.id"], name=op.f("fk_table_commits_table_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["writer"], ["table_writers.name"], name=op.f("fk_table_commits_writer")),
        sa.PrimaryKeyConstraint("table_id", "revision", name=op.f("pk_table_commits")),
    )
    op.create_index(op.f("ix_table_commits_writer"), "table_commits", ["writer"], unique=False)
    op.create_table(
        "job_events",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("job_id", ascii_text(40), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("subject", ascii_text(8), nullable=False),
        sa.Column("name", ascii_text(24), nullable=False),
        sa.Column("old", ascii_text(16), nullable=False),
        sa.Column("new", ascii_text(16), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_job_events_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_events")),
    )
    op.create_index("ix_job_events_job_id_id", "job_events", ["job_id", "id"], unique=False)
    op.create_table(
        "steps",
        sa.Column("job_id", ascii_text(40), nullable=False),
        sa.Column("position", NUMBER, autoincrement=False, nullable=False),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("state", ascii_text(16), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_steps_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_steps")),
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
        "ranges",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("job_id", ascii_text(40), nullable=False),
        sa.Column("step", NUMBER, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("task", ascii_text(24), nullable=True),
        sa.Column("dataset", NUMBER, nullable=False),
        sa.Column("start_key", sa.Text(), nullable=True),
        sa.Column("end_key", sa.Text(), nullable=True),
        sa.Column("rows", NUMBER, nullable=False),
        sa.Column("done", NUMBER, nullable=False),
        sa.Column("failed", NUMBER, nullable=False),
        sa.Column("state", ascii_text(16), nullable=False),
        sa.Column("token", NUMBER, nullable=False),
        sa.Column("holder", ascii_text(24), nullable=False),
        sa.Column("holder_attempt", NUMBER, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("moved", NUMBER, nullable=False),
        sa.Column("deaths", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id", "step"],
            ["steps.job_id", "steps.position"],
            name=op.f("fk_ranges_job_id_step"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranges")),
    )
    op.create_index(
        "ix_ranges_job_id_step_state_position",
        "ranges",
        ["job_id", "step", "state", "position"],
        unique=False,
    )
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
    op.create_table(
        "tasks",
        sa.Column("job_id", ascii_text(40), nullable=False),
        sa.Column("id", ascii_text(24), nullable=False),
        sa.Column("step", NUMBER, nullable=False),
        sa.Column("index", NUMBER, nullable=False),
        sa.Column("state", ascii_text(16), nullable=False),
        sa.Column("attempt", NUMBER, nullable=False),
        sa.Column("deaths", NUMBER, nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id", "step"],
            ["steps.job_id", "steps.position"],
            name=op.f("fk_tasks_job_id_step"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("job_id", "id", name=op.f("pk_tasks")),
    )


def downgrade() -> None:
    op.drop_table("tasks")
    op.drop_index(op.f("ix_tags_version_id"), table_name="tags")
    op.drop_table("tags")
    op.drop_index("ix_ranges_job_id_step_state_position", table_name="ranges")
    op.drop_table("ranges")
    op.drop_index("ix_versions_version", table_name="versions")
    op.drop_table("versions")
    op.drop_table("steps")
    op.drop_index("ix_job_events_job_id_id", table_name="job_events")
    op.drop_table("job_events")
    op.drop_index(op.f("ix_table_commits_writer"), table_name="table_commits")
    op.drop_table("table_commits")
    op.drop_index(op.f("ix_jobs_state"), table_name="jobs")
    op.drop_index("ix_jobs_project_id_created_at", table_name="jobs")
    op.drop_table("jobs")
    op.drop_index(
        "uq_artifacts_project_id_kind_name",
        table_name="artifacts",
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_table("artifacts")
    op.drop_table("table_writers")
    op.drop_index(
        "uq_projects_name",
        table_name="projects",
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_table("projects")
    op.drop_table("pins")
    op.drop_table("live_tables")
    op.drop_index(op.f("ix_events_at"), table_name="events")
    op.drop_table("events")
