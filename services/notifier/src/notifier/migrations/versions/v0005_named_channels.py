"""Channels that a person names, what is laid over those of NOTIFY_URLS, and remarks on how channels were chosen."""

from alembic import op
from sqlalchemy import Column, Double, ForeignKey, Integer, String, Text

revision, down_revision = "0005", "0004"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "named_channels",
        Column("key", String(16), primary_key=True),
        Column("origin", String(12), nullable=False),
        Column("name", String(60), nullable=False),
        Column("folded", String(200), unique=True),
        Column("address", Text, nullable=False),
        Column("secret", Text, nullable=False),
        Column("settings", Text, nullable=False),
        Column("stopped", Text, nullable=False),
        Column("trouble", Text, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("created", Double, nullable=False),
        Column("updated", Double, nullable=False),
        Column("removed", Double),
    )
    op.create_table(
        "remarks",
        Column("notification", String(200), ForeignKey("notifications.id", ondelete="CASCADE"), primary_key=True),
        Column("words", Text, nullable=False),
    )
