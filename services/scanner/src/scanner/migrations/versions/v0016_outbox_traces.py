"""Which trace led to what waits to be published."""

from alembic import op
from sqlalchemy import Column, String, inspect

revision, down_revision = "0016", "0015"


def upgrade() -> None:
    """Add the column: of the rows that are there nothing of it is known."""
    if all(column["name"] != "traceparent" for column in inspect(op.get_bind()).get_columns("outbox")):
        op.add_column("outbox", Column("traceparent", String(55)))
