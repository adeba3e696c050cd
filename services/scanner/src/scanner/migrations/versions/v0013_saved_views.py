"""Saved views of the list of opportunities."""

from alembic import op
from sqlalchemy import Column, String

revision, down_revision = "0013", "0012"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "saved_views",
        Column("name", String(60), primary_key=True),
        Column("query", String(1000), nullable=False),
        if_not_exists=True,
    )
