"""What judging added: references, the price memory, plans, and rows of the outbox that no notifier has stored yet.

Versions between the first release and this step made some of these tables without a version, and no longer had the trace parent.
"""

from alembic import op
from sqlalchemy import JSON, Column, Float, ForeignKey, Integer, String, Text, inspect

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    """Make the tables that are missing, drop the column that nobody reads."""
    op.create_table(
        "deal_references",
        Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), primary_key=True),
        Column("references", JSON, nullable=False),
        if_not_exists=True,
    )
    _make_offers()
    op.create_table(
        "outbox_entries",
        Column("outbox_id", Integer, ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True),
        Column("entry", String(50), nullable=False, unique=True),
        Column("appended", Float, nullable=False),
        if_not_exists=True,
    )
    _make_plans()
    if any(column["name"] == "traceparent" for column in inspect(op.get_bind()).get_columns("outbox")):
        op.drop_column("outbox", "traceparent")


def _make_offers() -> None:
    op.create_table(
        "offers",
        Column("deal_key", String(80), primary_key=True),
        Column("product", String(300), nullable=False),
        Column("condition", String(20), nullable=False),
        Column("price", Float, nullable=False),
        Column("retailer", String(200), nullable=False),
        Column("feed", String(200), nullable=False),
        Column("url", Text, nullable=False),
        Column("offered", Float, nullable=False),
        if_not_exists=True,
    )
    op.create_index("offers_by_product", "offers", ["product", "condition", "offered"], if_not_exists=True)


def _make_plans() -> None:
    op.create_table(
        "plans",
        Column("id", String(40), primary_key=True),
        Column("created", Float, nullable=False),
        Column("ending", String(20), nullable=False),
        Column("chosen", Integer, nullable=False),
        Column("tokens", Integer, nullable=False),
        Column("dollars", Float, nullable=False),
        Column("steps", JSON, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_plans_created", "plans", ["created"], if_not_exists=True)
