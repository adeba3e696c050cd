"""Keeps opportunities: lists them, takes one off the list, adds one within the transaction that stores its judgement."""

import asyncio
import json
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, insert, not_, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.deals import Opportunity
from common.errors import InvalidInputError, NotFoundError
from scanner.deal_data import Judged
from scanner.opportunities.feed_item import FeedItem, item_of
from scanner.opportunities.query import Query, Sort, State, listed_as, shop_words, words_of
from scanner.store.corrections.feedback_store import VERDICT_OF_DEAL
from scanner.store.corrections.review_store import OPEN_REVIEW
from scanner.store.history.tally_store import note_alert
from scanner.store.page import Page, decode_cursor, encode_cursor
from scanner.store.schema import deal_keys, deals, feeds, moment_of, opportunities, outbox, seconds_of
from scanner.store.wishes.match_store import note_matches

_MARKS = OPEN_REVIEW.label("review_id"), VERDICT_OF_DEAL.label("feedback"), opportunities.c.dismissed, opportunities.c.alerted
_ALL = select(opportunities.c.id, opportunities.c.body).join(deals, deals.c.id == opportunities.c.deal_id)
# By what each order goes, and whether the greatest comes first. Of a chance that is not known half is thought.
_SORTED: dict[Sort, tuple[ColumnElement[Any], bool]] = {
    "best": (opportunities.c.discount * func.coalesce(opportunities.c.chance, 0.5), True),
    "newest": (opportunities.c.created, True),
    "saving": (opportunities.c.discount, True),
    "chance": (func.coalesce(opportunities.c.chance, 0.0), True),
    "price": (func.coalesce(opportunities.c.price, 0.0), False),
}


class OpportunityStore:
    """The opportunities table."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine, self._writing = engine, writing

    async def page(
        self,
        cursor: str | None,
        limit: int,
        *,
        now: datetime,
        state: State = "listed",
        query: Query | None = None,
        sort: Sort = "best",
    ) -> Page:
        """In the order of `sort`. Listed are neither those dismissed, expired, or of a demo feed switched off, nor those whose
        entry has another price now. `query`: what they must be.
        """
        rows_of = _ordered(state, now, query or Query(), sort).add_columns(*_MARKS, _SORTED[sort][0].label("by")).limit(limit + 1)
        if cursor is not None:
            rows_of = rows_of.where(_beyond(cursor, sort))
        async with self._engine.connect() as connection:
            rows = list(await connection.execute(rows_of))
        following = encode_cursor(sort, rows[limit - 1].by, rows[limit - 1].id) if len(rows) > limit else None
        return Page([json.loads(row.body) | _marks(row) for row in rows[:limit]], following)

    async def items(self, limit: int, *, now: datetime, state: State, query: Query, sort: Sort) -> list[FeedItem]:
        """The first of those that are in a state at this moment, as items of a feed."""
        changed = func.coalesce(opportunities.c.changed, opportunities.c.created).label("changed")
        async with self._engine.connect() as connection:
            rows = list(await connection.execute(_ordered(state, now, query, sort).add_columns(changed).limit(limit)))
        return [item_of(Opportunity.model_validate_json(row.body), moment_of(row.changed)) for row in rows]

    async def get(self, opportunity_id: str) -> dict[str, Any]:
        """One, be it listed or not. NotFoundError where there is none of this id."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_ALL.add_columns(*_MARKS).where(opportunities.c.id == opportunity_id))).first()
        if row is None:
            raise NotFoundError(f"there is no opportunity {opportunity_id[:60]}")
        return {**json.loads(row.body), **_marks(row)}

    async def dismiss(self, opportunity_id: str, dismissed: bool = True) -> None:
        """Take an opportunity off the list, or with False put it back. NotFoundError where there is none of this id."""
        async with self._writing, self._engine.begin() as connection:
            query = update(opportunities).where(opportunities.c.id == opportunity_id).values(dismissed=dismissed)
            if (await connection.execute(query)).rowcount == 0:
                raise NotFoundError(f"there is no opportunity {opportunity_id[:60]}")


def _ordered(state: State, now: datetime, query: Query, sort: Sort) -> Select[Any]:
    """Those that are in a state at this moment and as asked, in the order of `sort`."""
    by, is_down = _SORTED[sort]
    found = _ALL.where(*_conditions(query), *_in_state(state, now))
    return found.order_by(by.desc() if is_down else by, opportunities.c.id)


def _beyond(cursor: str, sort: Sort) -> ColumnElement[bool]:
    """What comes after the last item of a page. A cursor of another order would leave some out: it is refused."""
    given, value, last = decode_cursor(cursor, str, float, str)
    if given != sort:
        raise InvalidInputError(f"a cursor of sort={given[:20]} does not go on under sort={sort}", "cursor")
    by, is_down = _SORTED[sort]
    return or_(by < value if is_down else by > value, and_(by == value, opportunities.c.id > last))


def _in_state(state: State, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What of them is in a state at this moment."""
    table, silent = opportunities.c, select(feeds.c.id).where(feeds.c.demo, ~feeds.c.enabled)
    is_lasting = or_(table.expires.is_(None), table.expires > now.timestamp())
    is_asked = table.deal_id.in_(select(deal_keys.c.deal_id))
    listed = ~table.dismissed, is_lasting, is_asked, table.feed_id.not_in(silent)
    states: dict[State, tuple[ColumnElement[bool], ...]] = {
        "listed": listed,
        "pushed": (*listed, table.alerted),
        "review": (*listed, table.body.contains('"review":true', autoescape=True)),  # as _conditions has it
        "dismissed": (table.dismissed,),
        "over": (not_(and_(is_lasting, is_asked)),),
        "all": (),
    }
    return states[state]


def _conditions(query: Query) -> list[ColumnElement[bool]]:
    table = opportunities.c
    found = [table.words.contains(word, autoescape=True) for word in words_of(query.words)]
    if query.feeds:
        found.append(table.feed_id.in_(query.feeds))
    if query.categories:
        found.append(or_(*(and_(true(), *_all_in(table.category, each)) for each in query.categories)))
    if query.retailers:
        found.append(or_(*(_sells(each) for each in query.retailers)))
    if query.conditions:
        found.append(deals.c.condition.in_(query.conditions))
    if query.rule is not None:  # as it stands in JSON; in a title its quotes would be written otherwise
        found.append(table.body.contains(f'{{"kind":"rule","id":{query.rule},', autoescape=True))
    return found + _bounds(query)


def _bounds(query: Query) -> list[ColumnElement[bool]]:
    """Only those that ask for something: what is not known of an opportunity keeps it from none of the others."""
    table = opportunities.c
    bounds = (
        (query.saving, table.discount >= query.saving),
        (query.percent, 100 * table.discount >= query.percent * table.worth),
        (query.chance, table.chance >= query.chance),
    )
    least = [bound for is_asked, bound in bounds if is_asked]
    return least if query.price is None else [*least, table.price <= query.price]


def _sells(retailer: str) -> ColumnElement[bool]:
    shop = opportunities.c.shop
    return or_(and_(true(), *_all_in(shop, retailer)), shop.contains(shop_words(retailer), autoescape=True))


def _all_in(column: ColumnElement[Any], words: str) -> list[ColumnElement[bool]]:
    return [column.contains(word, autoescape=True) for word in words_of(words)]


def _marks(row: Any) -> dict[str, Any]:
    """That it waits for a person, what a person says of it, and whether it was taken off the list, or pushed."""
    return {"review_id": row.review_id, "feedback": row.feedback, "dismissed": row.dismissed, "pushed": row.alerted}


async def add_opportunity(connection: AsyncConnection, judged: Judged, now: datetime) -> bool:
    """Whether an outbox row was written. An opportunity that is known is left alone, so that nobody is told twice."""
    opportunity = judged.opportunity
    if opportunity is None or await connection.scalar(select(opportunities.c.id).where(opportunities.c.id == opportunity.id)):
        return False
    body, moment = opportunity.model_dump_json(), now.timestamp()
    row = {
        "id": opportunity.id,
        "deal_id": judged.deal.id,
        "feed_id": select(deals.c.feed_id).where(deals.c.id == judged.deal.id).scalar_subquery(),
        "body": body,
        "discount": opportunity.discount,
        "expires": seconds_of(opportunity.deal.expires),
        "dismissed": False,
        "alerted": judged.is_alert,
        "created": moment,
        "product": opportunity.product,
        "changed": moment,
        **listed_as(opportunity),
    }
    await connection.execute(insert(opportunities).values(row))
    await note_matches(connection, opportunity, now)
    if judged.is_alert:
        await connection.execute(insert(outbox).values(opportunity_id=opportunity.id, body=body, created=moment))
        await note_alert(connection, judged, now)
    return judged.is_alert
