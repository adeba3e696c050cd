"""The tables as the first release made them, without a version: a database of that release has them already.

That release made a SQLite file table by table, so that one may lack some where the process was killed meanwhile.
"""

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Integer, String, Text

revision, down_revision = "0001", None


def upgrade() -> None:
    """Make those that are missing."""
    _make_feeds_and_scans()
    _make_deals()
    _make_opportunities()


def _make_feeds_and_scans() -> None:
    op.create_table(
        "feeds",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("url", String(2000), nullable=False, unique=True),
        Column("title", String(200), nullable=False),
        Column("currency", String(3), nullable=False),
        Column("origin", String(20), nullable=False),
        Column("enabled", Boolean, nullable=False),
        Column("removed", Boolean, nullable=False),
        Column("demo", Boolean, nullable=False),
        Column("etag", String(500)),
        Column("last_modified", String(200)),
        Column("last_status", Integer),
        Column("last_error", Text),
        Column("last_fetched", Float),
        Column("not_before", Float),
        Column("items_seen", Integer, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "scans",
        Column("id", String(40), primary_key=True),
        Column("state", String(20), nullable=False),
        Column("started", Float, nullable=False),
        Column("finished", Float),
        Column("report", JSON),
        if_not_exists=True,
    )


def _make_deals() -> None:
    op.create_table(
        "deals",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("key", String(80), nullable=False),
        Column("feed_id", Integer, nullable=False),
        Column("feed", String(200), nullable=False),
        Column("title", Text, nullable=False),
        Column("description", Text, nullable=False),
        Column("url", Text, nullable=False),
        Column("retailer", String(200), nullable=False),
        Column("category", String(200), nullable=False),
        Column("currency", String(3), nullable=False),
        Column("price", Float),
        Column("list_price", Float),
        Column("kind", String(30), nullable=False),
        Column("price_source", String(10), nullable=False),
        Column("condition", String(20), nullable=False),
        Column("has_variants", Boolean, nullable=False),
        Column("published", Float, nullable=False),
        Column("expires", Float),
        Column("first_seen", Float, nullable=False),
        Column("last_seen", Float, nullable=False),
        Column("state", String(10), nullable=False),
        Column("reason", Text),
        Column("answer", JSON),
        if_not_exists=True,
    )
    op.create_index("deals_by_state", "deals", ["state"], if_not_exists=True)
    op.create_table(
        "deal_keys",
        Column("key", String(80), primary_key=True),
        Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_deal_keys_deal_id", "deal_keys", ["deal_id"], if_not_exists=True)


def _make_opportunities() -> None:
    op.create_table(
        "opportunities",
        Column("id", String(40), primary_key=True),
        Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), nullable=False),
        Column("feed_id", Integer, nullable=False),
        Column("body", Text, nullable=False),
        Column("discount", Float, nullable=False),
        Column("expires", Float),
        Column("dismissed", Boolean, nullable=False),
        Column("alerted", Boolean, nullable=False),
        Column("created", Float, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_opportunities_deal_id", "opportunities", ["deal_id"], if_not_exists=True)
    op.create_index("ix_opportunities_discount", "opportunities", ["discount"], if_not_exists=True)
    op.create_table(
        "outbox",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("opportunity_id", String(40), nullable=False, unique=True),
        Column("body", Text, nullable=False),
        Column("traceparent", String(60)),
        Column("created", Float, nullable=False),
        Column("sent", Float),
        if_not_exists=True,
    )
    op.create_index("ix_outbox_sent", "outbox", ["sent"], if_not_exists=True)
