"""Which trace led to a notification."""

from alembic import op
from sqlalchemy import Column, String

revision, down_revision = "0007", "0006"


def upgrade() -> None:
    """Add the column: of what is there nothing of it is known."""
    op.add_column("notifications", Column("traceparent", String(55)))
