"""What waits for a person's look, what people say of deals, and what a price was read as before a person put it right."""

from alembic import op
from sqlalchemy import JSON, Column, Float, ForeignKey, Integer, String, Text, inspect

revision, down_revision = "0011", "0010"


def upgrade() -> None:
    """Make both tables, empty: what was too good to be believed before is listed for review as it was."""
    if "as_read" not in {column["name"] for column in inspect(op.get_bind()).get_columns("deals")}:
        op.add_column("deals", Column("as_read", JSON(none_as_null=True)))
    op.create_table(
        "reviews",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), nullable=False),
        Column("why", String(10), nullable=False),
        Column("reason", Text, nullable=False),
        Column("candidates", JSON, nullable=False),
        Column("state", String(10), nullable=False),
        Column("created", Float, nullable=False),
        Column("closed", Float),
        Column("decision", JSON(none_as_null=True)),
        Column("note", Text),
        if_not_exists=True,
    )
    op.create_index("ix_reviews_deal_id", "reviews", ["deal_id"], if_not_exists=True)
    op.create_index("ix_reviews_state", "reviews", ["state"], if_not_exists=True)
    _make_feedback()


def _make_feedback() -> None:
    op.create_table(
        "feedback",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("deal_id", Integer, nullable=False),
        Column("deal_key", String(80), nullable=False),
        Column("opportunity_id", String(40)),
        Column("verdict", String(20), nullable=False),
        Column("price", Float),
        Column("worth", Float),
        Column("note", Text),
        Column("said", JSON, nullable=False),
        Column("created", Float, nullable=False),
        Column("replaced", Float),
        if_not_exists=True,
    )
    for name in ("deal_id", "opportunity_id", "replaced"):
        op.create_index(f"ix_feedback_{name}", "feedback", [name], if_not_exists=True)
