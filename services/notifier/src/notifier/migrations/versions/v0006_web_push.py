"""The key by which this server signs web pushes; made when it is first asked for."""

from alembic import op
from sqlalchemy import Column, Double, Integer, String

revision, down_revision = "0006", "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "push_keys",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("private", String(60), nullable=False),
        Column("created", Double, nullable=False),
    )
