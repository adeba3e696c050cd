"""Products, and which one an opportunity is of. What earlier offers and pushes tell of them the service adds while it runs."""

from alembic import op
from sqlalchemy import Boolean, Column, Float, Integer, String, inspect

revision, down_revision = "0008", "0007"


def upgrade() -> None:
    """Make the table, empty, the column, and the indices of what is now asked for."""
    op.create_table(
        "products",
        Column("id", String(16), primary_key=True),
        Column("product", String(300), nullable=False),
        Column("condition", String(20), nullable=False),
        Column("title", String(300), nullable=False),
        Column("words", String(300), nullable=False),
        Column("category", String(200), nullable=False),
        Column("lowest", Float),
        Column("lowest_at", Float),
        Column("last", Float, nullable=False),
        Column("last_at", Float, nullable=False),
        Column("offers", Integer, nullable=False),
        Column("days", Integer, nullable=False),
        Column("score", Float),
        Column("rank", Float, nullable=False),
        Column("told_price", Float),
        Column("told_at", Float),
        Column("reset_at", Float),
        Column("cool_down", Float),
        Column("muted", Boolean, nullable=False),
        if_not_exists=True,
    )
    if all(column["name"] != "product" for column in inspect(op.get_bind()).get_columns("opportunities")):
        op.add_column("opportunities", Column("product", String(16)))
    _index()


def _index() -> None:
    op.create_index("products_by_identity", "products", ["product", "condition"], unique=True, if_not_exists=True)
    op.create_index("products_by_time", "products", ["last_at", "id"], if_not_exists=True)
    op.create_index("products_by_rank", "products", ["rank", "id"], if_not_exists=True)
    op.create_index("products_by_name", "products", ["words", "id"], if_not_exists=True)
    op.create_index("offers_by_time", "offers", ["offered"], if_not_exists=True)
    op.create_index("opportunities_by_push", "opportunities", ["alerted", "created"], if_not_exists=True)
    op.create_index("ix_deals_key", "deals", ["key"], if_not_exists=True)
