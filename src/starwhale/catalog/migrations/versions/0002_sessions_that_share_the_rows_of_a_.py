"""sessions that share the rows of a dataset

Written by `python -m starwhale.catalog.migrations write 0002 "sessions that share the rows of a dataset"`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
DOCUMENT = sa.JSON()


def ascii_text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "consumptions",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("project_id", NUMBER, nullable=False),
        sa.Column("session", ascii_text(255), nullable=False),
        sa.Column("dataset", ascii_text(80), nullable=False),
        sa.Column("version", ascii_text(40), nullable=False),
        sa.Column("rows", NUMBER, nullable=False),
        sa.Column("next", NUMBER, nullable=False),
        sa.Column("tokens", NUMBER, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_consumptions_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consumptions")),
        sa.UniqueConstraint("project_id", "session", name=op.f("uq_consumptions_project_id_session")),
    )
    op.create_table(
        "consumption_ranges",
        sa.Column("consumption_id", NUMBER, nullable=False),
        sa.Column("start", NUMBER, autoincrement=False, nullable=False),
        sa.Column("stop", NUMBER, nullable=False),
        sa.Column("token", NUMBER, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", NUMBER, nullable=False),
        sa.Column("started", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["consumption_id"],
            ["consumptions.id"],
            name=op.f("fk_consumption_ranges_consumption_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("consumption_id", "start", name=op.f("pk_consumption_ranges")),
    )


def downgrade() -> None:
    op.drop_table("consumption_ranges")
    op.drop_table("consumptions")
