"""The table as the first release made it, without a version: a database of that release has it already."""

from alembic import op
from sqlalchemy import Column, Double, Integer, String, Text, inspect

revision, down_revision = "0001", None


def upgrade() -> None:
    """Make it where it is missing."""
    if inspect(op.get_bind()).has_table("notifications"):
        return
    op.create_table(
        "notifications",
        Column("seq", Integer, primary_key=True, autoincrement=True),
        Column("id", String(200), nullable=False, unique=True),
        Column("opportunity", Text, nullable=False),
        Column("state", String(10), nullable=False, index=True),
        Column("attempts", Integer, nullable=False),
        Column("error", Text, nullable=False),
        Column("delivered", Text, nullable=False),  # JSON list of the keys of addresses that have it
        Column("created", Double, nullable=False),
        Column("updated", Double, nullable=False),
        Column("sent", Double),
        Column("owner", String(200), nullable=False),
        Column("leased_until", Double, nullable=False),
    )
