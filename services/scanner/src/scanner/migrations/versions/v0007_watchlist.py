"""The things that a person wants, and the opportunities that are one of them."""

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Integer, LargeBinary, String

revision, down_revision = "0007", "0006"


def upgrade() -> None:
    """Make both tables, empty."""
    op.create_table(
        "watches",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("fields", JSON, nullable=False),
        Column("enabled", Boolean, nullable=False),
        Column("created", Float, nullable=False),
        Column("changed", Float, nullable=False),
        Column("vector", LargeBinary),
        Column("embedder", String(200)),
        if_not_exists=True,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "watch_matches",
        Column("watch_id", Integer, ForeignKey("watches.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        Column("opportunity_id", String(40), ForeignKey("opportunities.id", ondelete="CASCADE"), primary_key=True),
        Column("matched", Float, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_watch_matches_opportunity_id", "watch_matches", ["opportunity_id"], if_not_exists=True)
