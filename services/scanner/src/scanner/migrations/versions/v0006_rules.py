"""A person's rules, empty before the first start; and what judgements say in figures, also those of before."""

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Integer, String, text

revision, down_revision = "0006", "0005"

# Of an answer that holds no judgement, as the first release's, there are no figures. Damaged text has none on SQLite; in PostgreSQL
# there is no such. When a deal was judged was not kept: it mostly was as soon as it was seen.
_FIGURES = """
    INSERT INTO deal_figures (deal_id, judged, price, worth, saving, chance, support, "condition", is_news)
    SELECT id, first_seen, CASE WHEN currency = 'USD' THEN price END, worth, saving, chance, support, "condition", is_news
    FROM (
        SELECT id, first_seen, currency, price, "condition", why_no_news IS NULL AS is_news, {figures}
        FROM deals WHERE answer IS NOT NULL AND id NOT IN (SELECT deal_id FROM deal_figures)
    ) AS judged
    WHERE worth IS NOT NULL AND saving IS NOT NULL AND chance IS NOT NULL AND support IS NOT NULL
"""
_READ = {
    "sqlite": "CASE WHEN json_valid(answer) THEN json_extract(answer, '$.{name}') END AS {name}",
    "postgresql": "CAST(answer ->> '{name}' AS double precision) AS {name}",
}


def upgrade() -> None:
    """Make the tables that are missing, and fill in what is known."""
    _make_rules()
    op.create_table(
        "deal_figures",
        Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        Column("judged", Float, nullable=False),
        Column("price", Float),
        Column("worth", Float, nullable=False),
        Column("saving", Float, nullable=False),
        Column("chance", Float, nullable=False),
        Column("support", Float, nullable=False),
        Column("condition", String(20), nullable=False),
        Column("is_news", Boolean, nullable=False),
        if_not_exists=True,
    )
    op.create_index("deal_figures_by_judged", "deal_figures", ["judged", "deal_id"], if_not_exists=True)
    read = _READ[op.get_bind().dialect.name]
    figures = ", ".join(read.format(name=name) for name in ("worth", "saving", "chance", "support"))
    op.execute(text(_FIGURES.format(figures=figures)))


def _make_rules() -> None:
    op.create_table(
        "rules",
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("name", String(80), nullable=False, unique=True),
        Column("when", JSON, nullable=False),
        Column("channels", JSON, nullable=False),
        Column("priority", String(10), nullable=False),
        Column("enabled", Boolean, nullable=False),
        Column("position", Integer, nullable=False),
        Column("origin", String(20), nullable=False),
        if_not_exists=True,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rule_book",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("mode", String(10), nullable=False),
        Column("version", Integer, nullable=False),
        Column("seeded", Boolean, nullable=False),
        if_not_exists=True,
    )
    is_missing = "WHERE NOT EXISTS (SELECT 1 FROM rule_book)"
    op.execute(text(f"INSERT INTO rule_book (id, mode, version, seeded) SELECT 1, 'first', 0, FALSE {is_missing}"))
