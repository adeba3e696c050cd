"""What a deal's page tells, what its shipping and one of its pieces cost, and the rates of the day."""

from alembic import op
from sqlalchemy import JSON, Column, Float, String, inspect

revision, down_revision = "0010", "0009"


def upgrade() -> None:
    """Add what is missing: of the deals that are there nothing of it is known."""
    there = {column["name"] for column in inspect(op.get_bind()).get_columns("deals")}
    columns = Column("shipping", Float), Column("unit_price", JSON), Column("page", JSON)
    for column in columns:
        if column.name not in there:
            op.add_column("deals", column)
    op.create_table(
        "rates",
        Column("day", String(10), primary_key=True),
        Column("currency", String(3), primary_key=True),
        Column("dollars", Float, nullable=False),
        Column("fetched", Float, nullable=False),
        if_not_exists=True,
    )
