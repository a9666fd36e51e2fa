"""The server

Written by `python -m starwhale.catalog.migrations write 0004 "The server"`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.JSON()


def ascii_text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("key", ascii_text(300), nullable=False),
        sa.Column("level", sa.Double(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempts")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempts_at"), ["at"], unique=False)

    op.create_table(
        "job_hosts",
        sa.Column("id", ascii_text(32), nullable=False),
        sa.Column("owner_host", sa.Text(), nullable=False),
        sa.Column("owner_pid", NUMBER, nullable=False),
        sa.Column("owner_started", sa.Text(), nullable=False),
        sa.Column("labels", DOCUMENT, nullable=False),
        sa.Column("capacity", DOCUMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_hosts")),
    )
    op.create_table(
        "outbox",
        sa.Column("reader", ascii_text(40), nullable=False),
        sa.Column("event_id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("reader", name=op.f("pk_outbox")),
    )
    op.create_table(
        "pools",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("name", ascii_text(80), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("labels", DOCUMENT, nullable=False),
        sa.Column("bounds", DOCUMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pools")),
        sa.UniqueConstraint("name", name=op.f("uq_pools_name")),
    )
    op.create_table(
        "provider_visits",
        sa.Column("state", ascii_text(64), nullable=False),
        sa.Column("browser", ascii_text(64), nullable=False),
        sa.Column("nonce", ascii_text(64), nullable=False),
        sa.Column("verifier", ascii_text(128), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_provider_visits")),
    )
    with op.batch_alter_table("provider_visits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_provider_visits_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "seals",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("first", NUMBER, nullable=False),
        sa.Column("last", NUMBER, nullable=False),
        sa.Column("count", NUMBER, nullable=False),
        sa.Column("digest", ascii_text(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals")),
        sa.UniqueConstraint("first", name=op.f("uq_seals_first")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("secret", ascii_text(64), nullable=False),
        sa.Column("signs_until", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "turns",
        sa.Column("name", ascii_text(40), nullable=False),
        sa.Column("owner_host", sa.Text(), nullable=False),
        sa.Column("owner_pid", NUMBER, nullable=False),
        sa.Column("owner_started", sa.Text(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("done", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_turns")),
    )
    op.create_table(
        "users",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("name", ascii_text(80), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )
    op.create_table(
        "answers",
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("key", ascii_text(64), nullable=False),
        sa.Column("asked", ascii_text(64), nullable=False),
        sa.Column("request", ascii_text(80), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("leased_until", MOMENT, nullable=False),
        sa.Column("status", NUMBER, nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_answers_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_answers")),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answers_created_at"), ["created_at"], unique=False)

    op.create_table(
        "blob_uses",
        sa.Column("digest", ascii_text(64), nullable=False),
        sa.Column("project_id", NUMBER, nullable=False),
        sa.Column("kind", ascii_text(16), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_blob_uses_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", "project_id", "kind", name=op.f("pk_blob_uses")),
    )
    with op.batch_alter_table("blob_uses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blob_uses_project_id"), ["project_id"], unique=False)

    op.create_table(
        "documents",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("project_id", NUMBER, nullable=False),
        sa.Column("kind", ascii_text(16), nullable=False),
        sa.Column("place", ascii_text(200), nullable=False),
        sa.Column("name", ascii_text(200), nullable=False),
        sa.Column("content", DOCUMENT, nullable=False),
        sa.Column("preferred", sa.Boolean(), nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("link", ascii_text(64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_documents_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("link", name=op.f("uq_documents_link")),
        sa.UniqueConstraint(
            "project_id", "kind", "place", "name", name=op.f("uq_documents_project_id_kind_place_name")
        ),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index("ix_documents_changed_at", ["changed_at"], unique=False)

    op.create_table(
        "identities",
        sa.Column("issuer", ascii_text(500), nullable=False),
        sa.Column("subject", ascii_text(255), nullable=False),
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_identities_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identities")),
    )
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identities_user_id"), ["user_id"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("digest", ascii_text(64), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("project_id", NUMBER, nullable=True),
        sa.Column("role", ascii_text(16), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_invitations_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitations_digest")),
    )
    op.create_table(
        "members",
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("project_id", NUMBER, nullable=False),
        sa.Column("role", ascii_text(16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_members_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_members_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "project_id", name=op.f("pk_members")),
    )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_members_project_id"), ["project_id"], unique=False)

    op.create_table(
        "pending_logins",
        sa.Column("number", ascii_text(64), nullable=False),
        sa.Column("code", ascii_text(16), nullable=False),
        sa.Column("challenge", ascii_text(64), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("user_id", NUMBER, nullable=True),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_pending_logins_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_pending_logins")),
        sa.UniqueConstraint("code", name=op.f("uq_pending_logins_code")),
    )
    with op.batch_alter_table("pending_logins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pending_logins_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "pool_users",
        sa.Column("pool_id", NUMBER, nullable=False),
        sa.Column("user_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["pools.id"], name=op.f("fk_pool_users_pool_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_pool_users_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pool_id", "user_id", name=op.f("pk_pool_users")),
    )
    with op.batch_alter_table("pool_users", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pool_users_user_id"), ["user_id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("digest", ascii_text(64), nullable=False),
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "table_sessions",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("project_id", NUMBER, nullable=False),
        sa.Column("kind", ascii_text(16), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("user_id", NUMBER, nullable=True),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_table_sessions_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_table_sessions")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("table_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_table_sessions_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_table_sessions_used_at"), ["used_at"], unique=False)

    op.create_table(
        "tokens",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", ascii_text(64), nullable=False),
        sa.Column("shown", ascii_text(16), nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=True),
        sa.Column("project_id", NUMBER, nullable=True),
        sa.Column("job_id", ascii_text(40), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_tokens_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_tokens_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tokens_user_id"), ["user_id"], unique=False)

    op.create_table(
        "uploads",
        sa.Column("build_id", NUMBER, nullable=False),
        sa.Column("digest", ascii_text(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["build_id"], ["pins.id"], name=op.f("fk_uploads_build_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("build_id", "digest", name=op.f("pk_uploads")),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("project_id", NUMBER, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", ascii_text(255), nullable=False),
        sa.Column("events", DOCUMENT, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("after_event", NUMBER, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failures", NUMBER, nullable=False),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_webhooks_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhooks_project_id"), ["project_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("webhook_id", NUMBER, nullable=False),
        sa.Column("event_id", NUMBER, nullable=False),
        sa.Column("replay", NUMBER, nullable=False),
        sa.Column("state", ascii_text(16), nullable=False),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("lease", ascii_text(40), nullable=True),
        sa.Column("status", NUMBER, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_deliveries_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "webhook_id", "event_id", "replay", name=op.f("uq_deliveries_webhook_id_event_id_replay")
        ),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_deliveries_state_due_at", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_deliveries_state_ended_at", ["state", "ended_at"], unique=False)

    op.create_table(
        "task_usages",
        sa.Column("job_id", ascii_text(40), nullable=False),
        sa.Column("task", ascii_text(24), nullable=False),
        sa.Column("attempt", NUMBER, autoincrement=False, nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("cpu_seconds", sa.Double(), nullable=False),
        sa.Column("memory", NUMBER, nullable=False),
        sa.Column("memory_peak", NUMBER, nullable=False),
        sa.Column("bytes_read", NUMBER, nullable=False),
        sa.Column("bytes_written", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_task_usages_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "task", "attempt", name=op.f("pk_task_usages")),
    )
    op.create_table(
        "work_receipts",
        sa.Column("sender", ascii_text(32), nullable=False),
        sa.Column("job_id", ascii_text(40), nullable=False),
        sa.Column("sequence", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_work_receipts_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_work_receipts")),
    )
    with op.batch_alter_table("work_receipts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_receipts_job_id"), ["job_id"], unique=False)

    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("project_id", NUMBER, nullable=True))
        batch_op.add_column(sa.Column("user_id", NUMBER, nullable=True))
        batch_op.add_column(sa.Column("address", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("request", sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f("ix_events_project_id"), ["project_id"], unique=False)

    with op.batch_alter_table("pins", schema=None) as batch_op:
        batch_op.add_column(sa.Column("user_id", NUMBER, nullable=True))
        batch_op.add_column(sa.Column("project_id", NUMBER, nullable=True))

    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.add_column(sa.Column("public", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("readme", sa.Text(), nullable=True))

    with op.batch_alter_table("versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("job", ascii_text(40), nullable=True))
        batch_op.create_index("ix_versions_job", ["job"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("versions", schema=None) as batch_op:
        batch_op.drop_index("ix_versions_job")
        batch_op.drop_column("job")

    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.drop_column("readme")
        batch_op.drop_column("public")

    with op.batch_alter_table("pins", schema=None) as batch_op:
        batch_op.drop_column("project_id")
        batch_op.drop_column("user_id")

    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_events_project_id"))
        batch_op.drop_column("request")
        batch_op.drop_column("address")
        batch_op.drop_column("user_id")
        batch_op.drop_column("project_id")

    with op.batch_alter_table("work_receipts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_receipts_job_id"))

    op.drop_table("work_receipts")
    op.drop_table("task_usages")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_deliveries_state_ended_at")
        batch_op.drop_index("ix_deliveries_state_due_at")

    op.drop_table("deliveries")
    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_webhooks_project_id"))

    op.drop_table("webhooks")
    op.drop_table("uploads")
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tokens_user_id"))

    op.drop_table("tokens")
    with op.batch_alter_table("table_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_table_sessions_used_at"))
        batch_op.drop_index(batch_op.f("ix_table_sessions_project_id"))

    op.drop_table("table_sessions")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_user_id"))

    op.drop_table("sessions")
    with op.batch_alter_table("pool_users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pool_users_user_id"))

    op.drop_table("pool_users")
    with op.batch_alter_table("pending_logins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pending_logins_expires_at"))

    op.drop_table("pending_logins")
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_members_project_id"))

    op.drop_table("members")
    op.drop_table("invitations")
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identities_user_id"))

    op.drop_table("identities")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index("ix_documents_changed_at")

    op.drop_table("documents")
    with op.batch_alter_table("blob_uses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_blob_uses_project_id"))

    op.drop_table("blob_uses")
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answers_created_at"))

    op.drop_table("answers")
    op.drop_table("users")
    op.drop_table("turns")
    op.drop_table("signing_keys")
    op.drop_table("seals")
    with op.batch_alter_table("provider_visits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_provider_visits_expires_at"))

    op.drop_table("provider_visits")
    op.drop_table("pools")
    op.drop_table("outbox")
    op.drop_table("job_hosts")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempts_at"))

    op.drop_table("attempts")
