"""Deals by their feed, and when they were last in it."""

from alembic import op

revision, down_revision = "0017", "0016"


def upgrade() -> None:
    """Make the index: of a feed that has not changed all deals are marked as seen."""
    op.create_index("deals_by_feed", "deals", ["feed_id", "last_seen"], if_not_exists=True)
