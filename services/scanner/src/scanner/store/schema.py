"""The scanner's tables as they are now, and how their database is opened: a SQLite file by default, PostgreSQL by DATABASE_URL.

Migrations bring an earlier database to this form. No dialect's own types; times are seconds since the epoch, in UTC.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from common import request_context
from common.database import open_engine
from common.errors import UnavailableError
from common.migration import migrate

METADATA = MetaData()


def _trace_of_now() -> str | None:
    return request_context.traceparent.get()


feeds = Table(
    "feeds",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("url", String(2000), nullable=False, unique=True),
    Column("title", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("origin", String(20), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("removed", Boolean, nullable=False, default=False),  # a default feed that a person removed must not come back
    Column("demo", Boolean, nullable=False),
    Column("etag", String(500)),
    Column("last_modified", String(200)),
    Column("last_status", Integer),
    Column("last_error", Text),
    Column("last_fetched", Float),
    Column("not_before", Float),
    Column("items_seen", Integer, nullable=False, default=0),
    Column("items", Integer, nullable=False, server_default="0", default=0),  # of the last reading
    Column("last_tried", Float),
    Column("last_new", Float),
    Column("next_try", Float),
    Column("failures", Integer, nullable=False, server_default="0", default=0),  # in a row
    Column("failing_since", Float),
    Column("failing_for", Float, nullable=False, server_default="0", default=0.0),  # seconds for which it was seen to
    Column("failing_told", Boolean, nullable=False, server_default=false(), default=False),
    Column("gone", Boolean, nullable=False, server_default=false(), default=False),
    Column("moved_to", String(2000)),
    Column("paused", Boolean, nullable=False, server_default=false(), default=False),
    Column("every", Float),  # its schedule: seconds, or cron with zone
    Column("cron", String(100)),
    Column("zone", String(60)),
    Column("baseline", String(10)),
    Column("max_age_hours", Float),
    Column("details", Boolean, nullable=False, server_default=false(), default=False),
    Column("named_currency", String(3)),  # what the configuration said last: what a person says later counts until that changes
)

deals = Table(
    "deals",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(80), nullable=False, index=True),
    Column("feed_id", Integer, nullable=False),
    Column("feed", String(200), nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("retailer", String(200), nullable=False),
    Column("category", String(200), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("price", Float),
    Column("list_price", Float),
    Column("kind", String(30), nullable=False),
    Column("price_source", String(10), nullable=False),
    Column("condition", String(20), nullable=False),
    Column("has_variants", Boolean, nullable=False),
    Column("published", Float, nullable=False),
    Column("expires", Float),
    Column("first_seen", Float, nullable=False),
    Column("last_seen", Float, nullable=False),
    Column("state", String(10), nullable=False),  # unpriced, priced, review (too good to be believed), or skipped with a reason
    Column("reason", Text),
    Column("answer", JSON),  # the ensemble's Judgement; a PriceResponse where an earlier version stored it
    Column("entry", String(80), index=True),  # key of the first deal of its entry, of one that changed that entry's price
    Column("reading", String(32)),  # digest of what its price was read from
    Column("why_no_news", Text),
    Column("shipping", Float),  # what of the price is for that
    Column("unit_price", JSON),  # {"price", "unit"}, in the deal's currency
    Column("page", JSON),  # what its page tells
    Column("as_read", JSON(none_as_null=True)),  # price, currency, condition before a person put them right; null where nobody did
    Index("deals_by_state", "state"),
    Index("deals_by_first_seen", "first_seen"),
    Index("deals_by_feed", "feed_id", "last_seen"),
)

deal_keys = Table(  # a key names the latest deal that had it: a deal without any is one whose entry has another price now
    "deal_keys",
    METADATA,
    Column("key", String(80), primary_key=True),
    Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), nullable=False, index=True),
)

deal_readings = Table(  # what another feed than a deal's own said of it last, none of which was a lower price
    "deal_readings",
    METADATA,
    Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), primary_key=True),
    Column("feed_id", Integer, primary_key=True, autoincrement=False),
    Column("reading", String(32), nullable=False),
)

deal_references = Table(
    "deal_references",
    METADATA,
    Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), primary_key=True),
    Column("references", JSON, nullable=False),
)

offers = Table(  # what each product was offered for: kept for longer than its deal, so without a foreign key to that
    "offers",
    METADATA,
    Column("deal_key", String(80), primary_key=True),
    Column("product", String(300), nullable=False),
    Column("condition", String(20), nullable=False),
    Column("price", Float, nullable=False),  # USD
    Column("retailer", String(200), nullable=False),
    Column("feed", String(200), nullable=False),
    Column("url", Text, nullable=False),
    Column("offered", Float, nullable=False),
    Index("offers_by_product", "product", "condition", "offered"),
    Index("offers_by_time", "offered"),
)

products = Table(  # what is told of each product in a condition without reading its offers; kept in step with them
    "products",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("product", String(300), nullable=False),  # as in offers, with the condition
    Column("condition", String(20), nullable=False),
    Column("title", String(300), nullable=False),  # the latest
    Column("words", String(300), nullable=False),  # that, in small letters
    Column("category", String(200), nullable=False),
    Column("lowest", Float),  # USD, since it was reset, with the latest moment of that day
    Column("lowest_at", Float),
    Column("last", Float, nullable=False),
    Column("last_at", Float, nullable=False),
    Column("offers", Integer, nullable=False),
    Column("days", Integer, nullable=False),
    Column("score", Float),  # of the last price among the days before
    Column("rank", Float, nullable=False),
    Column("told_price", Float),  # the lowest that was pushed since it was reset, and when one was last
    Column("told_at", Float),
    Column("reset_at", Float),
    Column("cool_down", Float),  # days, where they are not those of all
    Column("muted", Boolean, nullable=False, default=False),
    Index("products_by_identity", "product", "condition", unique=True),
    Index("products_by_time", "last_at", "id"),
    Index("products_by_rank", "rank", "id"),
    Index("products_by_name", "words", "id"),
)

reviews = Table(  # deals whose price a person is to look at
    "reviews",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("why", String(10), nullable=False),  # unclear, differ or too_good
    Column("reason", Text, nullable=False),
    Column("candidates", JSON, nullable=False),  # price, currency, source, words of each
    Column("state", String(10), nullable=False, index=True),  # open, decided or dropped
    Column("created", Float, nullable=False),
    Column("closed", Float),
    Column("decision", JSON(none_as_null=True)),  # what a person picked, and what was there before; null where time closed it
    Column("note", Text),
)

feedback = Table(  # what people say of deals: kept when these are forgotten, so without foreign keys
    "feedback",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("deal_id", Integer, nullable=False, index=True),
    Column("deal_key", String(80), nullable=False),
    Column("opportunity_id", String(40), index=True),
    Column("verdict", String(20), nullable=False),
    Column("price", Float),  # USD, as worth
    Column("worth", Float),
    Column("note", Text),
    Column("said", JSON, nullable=False),  # what the system said of it at that moment
    Column("created", Float, nullable=False),
    Column("replaced", Float, index=True),  # when another verdict took its place, or it was taken back; null: it counts
)

opportunities = Table(
    "opportunities",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("feed_id", Integer, nullable=False),
    Column("body", Text, nullable=False),  # the Opportunity as JSON
    Column("discount", Float, nullable=False, index=True),
    Column("expires", Float),
    Column("dismissed", Boolean, nullable=False, default=False),
    Column("alerted", Boolean, nullable=False),
    Column("created", Float, nullable=False),
    Column("product", String(16)),  # its id; None where an earlier version stored it
    Column("price", Float),  # what the list is filtered and sorted by, beside what stands in its deal; price, worth in USD
    Column("worth", Float),
    Column("chance", Float),
    Column("words", Text),  # of title, shop and category, folded, as shop and category
    Column("shop", Text),
    Column("category", Text),
    Column("changed", Float),  # when its body was written
    Index("opportunities_by_push", "alerted", "created"),
    Index("opportunities_by_time", "created", "id"),
)

feed_keys = Table(  # of private feed addresses
    "feed_keys",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("label", String(80), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256, in hex
    Column("created", Float, nullable=False),
    Column("used", Float),
    sqlite_autoincrement=True,  # logs name a caller by it
)

outbox = Table(
    "outbox",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("opportunity_id", String(40), nullable=False, unique=True),
    Column("body", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("sent", Float, index=True),  # when a notifier was known to have stored it, or a revision took its place before
    # The last that an alert has, whose first row this is; it stands in a row of its own.
    Column("revision", Integer, nullable=False, server_default="0", default=0),
    Column("withdrawn", Text),  # why the alert was withdrawn, by that revision
    Column("traceparent", String(55), default=_trace_of_now),  # of what led to it
)

outbox_entries = Table(  # rows that are in the stream and not yet stored by a notifier
    "outbox_entries",
    METADATA,
    Column("outbox_id", Integer, ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True),
    Column("entry", String(50), nullable=False, unique=True),
    Column("appended", Float, nullable=False),
)

rates = Table(  # dollars for one unit of a currency, as a central bank told them
    "rates",
    METADATA,
    Column("day", String(10), primary_key=True),  # 2026-11-20
    Column("currency", String(3), primary_key=True),
    Column("dollars", Float, nullable=False),
    Column("fetched", Float, nullable=False),
)

plans = Table(
    "plans",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("created", Float, nullable=False, index=True),
    Column("ending", String(20), nullable=False),  # done, failed, or the bound that was reached
    Column("chosen", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("dollars", Float, nullable=False),
    Column("steps", JSON, nullable=False),
)

rules = Table(
    "rules",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("when", JSON, nullable=False),  # its Conditions, without those that ask for nothing
    Column("channels", JSON, nullable=False),
    Column("priority", String(10), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("origin", String(20), nullable=False),  # environment as long as nobody has edited it, then person
    sqlite_autoincrement=True,  # what was pushed names rules by id: that of a deleted one must not come again
)

rule_book = Table(  # one row
    "rule_book",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("mode", String(10), nullable=False),
    Column("version", Integer, nullable=False),  # counts the changes: who remembers the rules asks for it
    Column("seeded", Boolean, nullable=False),  # the environment's rule was made once
)

deal_figures = Table(  # what judgements say in figures, in narrow rows: months of them are looked through in a moment
    "deal_figures",
    METADATA,
    Column("deal_id", Integer, ForeignKey("deals.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("judged", Float, nullable=False),  # the same for all that were judged together
    Column("price", Float),  # USD; null where it was asked in another currency
    Column("worth", Float, nullable=False),
    Column("saving", Float, nullable=False),
    Column("chance", Float, nullable=False),
    Column("support", Float, nullable=False),
    Column("condition", String(20), nullable=False),
    Column("is_news", Boolean, nullable=False),
    Index("deal_figures_by_judged", "judged", "deal_id"),
)

watches = Table(
    "watches",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("fields", JSON, nullable=False),  # WatchFields
    Column("enabled", Boolean, nullable=False),
    Column("created", Float, nullable=False),
    Column("changed", Float, nullable=False),
    Column("vector", LargeBinary),  # 32-bit floats, little end first
    Column("embedder", String(200)),  # the model that made it
    sqlite_autoincrement=True,  # alerts and snoozes name watches by id: that of a removed one must not come again
)

watch_matches = Table(
    "watch_matches",
    METADATA,
    Column("watch_id", Integer, ForeignKey("watches.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("opportunity_id", String(40), ForeignKey("opportunities.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("matched", Float, nullable=False),
)

saved_views = Table(
    "saved_views",
    METADATA,
    Column("name", String(60), primary_key=True),
    Column("query", String(1000), nullable=False),
)

scans = Table(
    "scans",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("state", String(20), nullable=False),  # asked (of another than the leader), running, done, failed, interrupted
    Column("started", Float, nullable=False),
    Column("finished", Float),
    Column("report", JSON),
)

scan_traces = Table(  # when a scan's steps were; it took its items in between `begun` and `taken`
    "scan_traces",
    METADATA,
    Column("scan_id", String(40), ForeignKey("scans.id", ondelete="CASCADE"), primary_key=True),
    Column("begun", Float, nullable=False),
    Column("taken", Float, nullable=False),
    Column("trace", JSON, nullable=False),
)


async def open_database(url: str) -> AsyncEngine:
    """An engine on tables of this form. UnavailableError where the database does not answer; NewerDatabaseError."""
    engine = open_engine(url, ["synchronous = NORMAL"])  # what a power cut takes is scanned again
    try:
        await migrate(engine.url, "scanner")
    except (SQLAlchemyError, OSError) as exc:
        raise UnavailableError(f"the database does not answer: {exc}") from exc
    return engine


def moment_of(seconds: float) -> datetime:
    """Seconds since the epoch as a moment in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def seconds_of(moment: datetime | None) -> float | None:
    """A moment as seconds since the epoch; None stays None."""
    return None if moment is None else moment.timestamp()
