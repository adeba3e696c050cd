"""A row for each channel and notification, in the place of a list in the notification; leases of channels, not of notifications.

What an address has stays known, so that nothing goes out again. What was pending gets its open deliveries from
NotificationStore.adopt, since only the running service knows its channels.
"""

import json
from typing import Any

from alembic import op
from sqlalchemy import Column, Double, ForeignKey, Integer, String, Text, column, insert, select, table

revision, down_revision = "0002", "0001"

_COUNTS = ("attempts", "refusals", "repeats", "crashes", "round", "generation")


def upgrade() -> None:
    """Make the tables, move what was delivered into them, drop what nobody reads any more."""
    op.create_table(
        "channels",
        Column("key", String(16), primary_key=True),
        Column("label", String(80), nullable=False),
        Column("owner", String(40), nullable=False),
        Column("generation", Integer, nullable=False),
        Column("leased_until", Double, nullable=False),
        Column("problem", Text, nullable=False),
        Column("failing_since", Double),
        Column("rests_until", Double, nullable=False),
    )
    op.create_table(
        "deliveries",
        Column("notification", String(200), ForeignKey("notifications.id", ondelete="CASCADE"), primary_key=True),
        Column("channel", String(16), primary_key=True),
        Column("seq", Integer, nullable=False),
        Column("stage", String(10), nullable=False),
        *(Column(name, Integer, nullable=False) for name in _COUNTS),
        Column("token", String(36), nullable=False),
        Column("due", Double, nullable=False),
        Column("expires", Double, nullable=False),
        Column("started", Double),
        Column("updated", Double, nullable=False),
        Column("error", Text, nullable=False),
    )
    op.create_index("deliveries_by_turn", "deliveries", ["channel", "stage", "seq"])
    _move_delivered()
    for name in ("delivered", "owner", "leased_until"):
        op.drop_column("notifications", name)


def _move_delivered() -> None:
    old = table("notifications", *map(column, ("seq", "id", "attempts", "delivered", "updated")))
    names = ("notification", "channel", "seq", "stage", *_COUNTS, "token", "due", "expires", "updated", "error")
    new, bind = table("deliveries", *map(column, names)), op.get_bind()
    for row in bind.execute(select(old).where(old.c.delivered != "[]")).all():
        for key in json.loads(row.delivered):
            place = {"notification": row.id, "channel": key, "seq": row.seq, "stage": "sent", "token": "", "error": ""}
            counts = dict.fromkeys(_COUNTS, 0) | {"attempts": row.attempts}
            times = dict.fromkeys(("due", "expires", "updated"), row.updated)
            values: dict[str, Any] = place | counts | times
            bind.execute(insert(new).values(values))
