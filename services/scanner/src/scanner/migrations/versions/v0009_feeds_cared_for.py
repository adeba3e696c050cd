"""How each feed fares, when it is read, and what is wanted of it."""

from typing import Any

from alembic import op
from sqlalchemy import Boolean, Column, Float, Integer, String, false, inspect, text

revision, down_revision = "0009", "0008"


def upgrade() -> None:
    """Add the columns that are missing. A feed that was gone is asked once more: whether it still is a person then hears."""
    there = {column["name"] for column in inspect(op.get_bind()).get_columns("feeds")}
    for column in _columns():
        if column.name not in there:
            op.add_column("feeds", column)
    op.execute(text("UPDATE feeds SET named_currency = currency WHERE named_currency IS NULL"))
    op.execute(text("UPDATE feeds SET not_before = NULL WHERE last_status = 410"))


def _columns() -> list[Column[Any]]:
    return [
        Column("items", Integer, nullable=False, server_default="0"),
        Column("last_tried", Float),
        Column("last_new", Float),
        Column("next_try", Float),
        Column("failures", Integer, nullable=False, server_default="0"),
        Column("failing_since", Float),
        Column("failing_for", Float, nullable=False, server_default="0"),
        Column("failing_told", Boolean, nullable=False, server_default=false()),
        Column("gone", Boolean, nullable=False, server_default=false()),
        Column("moved_to", String(2000)),
        Column("paused", Boolean, nullable=False, server_default=false()),
        Column("every", Float),
        Column("cron", String(100)),
        Column("zone", String(60)),
        Column("baseline", String(10)),
        Column("max_age_hours", Float),
        Column("details", Boolean, nullable=False, server_default=false()),
        Column("named_currency", String(3)),
    ]
