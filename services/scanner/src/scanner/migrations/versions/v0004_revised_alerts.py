"""Which alerts of the outbox were withdrawn or put right since they were written."""

from alembic import op
from sqlalchemy import Column, Integer, Text, inspect

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    """Add the columns that are missing: of what is there nothing was revised."""
    there = {column["name"] for column in inspect(op.get_bind()).get_columns("outbox")}
    for column in (Column("revision", Integer, nullable=False, server_default="0"), Column("withdrawn", Text)):
        if column.name not in there:
            op.add_column("outbox", column)
