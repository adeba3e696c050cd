"""Keys of private feed addresses."""

from alembic import op
from sqlalchemy import Column, Float, Integer, String

revision, down_revision = "0014", "0013"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "feed_keys",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("label", String(80), nullable=False),
        Column("digest", String(64), nullable=False, unique=True),
        Column("created", Float, nullable=False),
        Column("used", Float),
        if_not_exists=True,
        sqlite_autoincrement=True,
    )
