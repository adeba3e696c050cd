"""When the steps of each scan were."""

from alembic import op
from sqlalchemy import JSON, Column, Float, ForeignKey, String

revision, down_revision = "0015", "0014"


def upgrade() -> None:
    """Make the table, empty: of scans before nothing was recorded. Deals are found by when they were first seen."""
    op.create_table(
        "scan_traces",
        Column("scan_id", String(40), ForeignKey("scans.id", ondelete="CASCADE"), primary_key=True),
        Column("begun", Float, nullable=False),
        Column("taken", Float, nullable=False),
        Column("trace", JSON, nullable=False),
        if_not_exists=True,
    )
    op.create_index("deals_by_first_seen", "deals", ["first_seen"], if_not_exists=True)
