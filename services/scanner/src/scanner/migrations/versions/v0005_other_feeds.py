"""What other feeds than its own said of a deal last: it is read when it is first heard, and when it changes."""

from alembic import op
from sqlalchemy import Column, ForeignKey, Integer, String

revision, down_revision = "0005", "0004"


def upgrade() -> None:
    """Make the table, empty: what other feeds say is read once."""
    op.create_table(
        "deal_readings",
        Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), primary_key=True),
        Column("feed_id", Integer, primary_key=True, autoincrement=False),
        Column("reading", String(32), nullable=False),
        if_not_exists=True,
    )
