"""What tells that a known deal has another price, and which deals are no news. Earlier deals are read anew once, and stay known."""

from alembic import op
from sqlalchemy import Column, String, Text, inspect

revision, down_revision = "0003", "0002"


def upgrade() -> None:
    """Add the columns that are missing, all empty."""
    there = {column["name"] for column in inspect(op.get_bind()).get_columns("deals")}
    for column in (Column("entry", String(80)), Column("reading", String(32)), Column("why_no_news", Text)):
        if column.name not in there:
            op.add_column("deals", column)
    op.create_index("ix_deals_entry", "deals", ["entry"], if_not_exists=True)
