"""What the list of opportunities is filtered and sorted by, also of those of before."""

import json
from collections.abc import Mapping
from typing import Any

from alembic import op
from sqlalchemy import Column, Connection, Float, Text, inspect, text

from common.alerts.conditions import folded, host_of, shop_of

revision, down_revision = "0012", "0011"

_COLUMNS = {"price": Float, "worth": Float, "chance": Float, "words": Text, "shop": Text, "category": Text, "changed": Float}
_PART = 500
_NEXT = text("SELECT id, body, created FROM opportunities WHERE id > :last ORDER BY id LIMIT :part")
_FILL = text(
    "UPDATE opportunities SET price = :price, worth = :worth, chance = :chance, words = :words, shop = :shop,"
    " category = :category, changed = :changed WHERE id = :id"
)


def upgrade() -> None:
    """Add the columns, and fill them by what is stored of each."""
    there = {column["name"] for column in inspect(op.get_bind()).get_columns("opportunities")}
    for name, kind in _COLUMNS.items():
        if name not in there:
            op.add_column("opportunities", Column(name, kind()))
    op.create_index("opportunities_by_time", "opportunities", ["created", "id"], if_not_exists=True)
    _fill(op.get_bind())


def _fill(connection: Connection) -> None:
    last = ""
    while rows := connection.execute(_NEXT, {"last": last, "part": _PART}).all():
        last = rows[-1].id
        if found := [{"id": row.id, "changed": row.created, **facts} for row in rows if (facts := _facts(row.body))]:
            connection.execute(_FILL, found)


def _facts(text_of_it: str) -> dict[str, Any] | None:
    """None for a body that is damaged: such a row must keep nobody from starting."""
    try:
        return _read(json.loads(text_of_it))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _read(body: Mapping[str, Any]) -> dict[str, Any]:
    deal = body["deal"]
    category, shop = deal.get("category", ""), deal.get("retailer") or host_of(deal["url"])
    return {
        "price": deal["price"],
        "worth": body["estimate"],
        "chance": body.get("chance"),
        "words": folded(f"{deal['title']} {shop} {category}"),
        "shop": f"{folded(shop)}{shop_of(shop)}",
        "category": folded(category),
    }
