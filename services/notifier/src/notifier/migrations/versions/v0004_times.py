"""Times: what is held and why, digests, notices, snoozes, and the times as a person edited them.

What went out today counts for today's cap: it is counted by when it was sent last.
"""

from alembic import op
from sqlalchemy import Boolean, Column, Double, Integer, String, Text, UniqueConstraint, column, false, table, update

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    """Add the columns and tables."""
    op.add_column("notifications", Column("kind", String(10), nullable=False, server_default="deal"))
    op.add_column("deliveries", Column("held_why", String(10)))
    op.add_column("deliveries", Column("held_until", Double))
    op.add_column("deliveries", Column("digest", String(200)))
    op.add_column("deliveries", Column("counted", Double))
    op.add_column("deliveries", Column("asked", Boolean, nullable=False, server_default=false()))
    op.add_column("channels", Column("summarized", String(10)))
    op.create_index("deliveries_by_digest", "deliveries", ["digest"])
    op.create_index("deliveries_by_count", "deliveries", ["channel", "counted"])
    op.create_table(
        "times",
        Column("id", Integer, primary_key=True),
        Column("body", Text, nullable=False),
        Column("updated", Double, nullable=False),
    )
    op.create_table(
        "snoozes",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("subject", String(10), nullable=False),
        Column("target", String(200), nullable=False),
        Column("until", Double, nullable=False),
        Column("created", Double, nullable=False),
        UniqueConstraint("subject", "target"),
        sqlite_autoincrement=True,
    )
    deliveries = table("deliveries", column("stage"), column("started"), column("counted"))
    went_out = deliveries.c.stage.in_(["sent", "sending", "unknown"])
    op.execute(update(deliveries).where(went_out).values(counted=deliveries.c.started))
