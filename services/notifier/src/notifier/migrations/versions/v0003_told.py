"""What is wrong with a channel is told on another one, once: a mark on what was told. What ended before is history, and told."""

from alembic import op
from sqlalchemy import Boolean, Column, Double, true

revision, down_revision = "0003", "0002"


def upgrade() -> None:
    """Add the marks."""
    op.add_column("channels", Column("told", Double))
    op.add_column("deliveries", Column("told", Boolean, nullable=False, server_default=true()))
