"""Keeps what judgements say in figures, and gives back the judged deals of days gone by, in the order of their judgement."""

import math
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, delete, func, insert, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.database import parts
from common.judging import Judgement
from scanner.deal_data import Judged, StoredDeal
from scanner.rules.dry_run import PastDeal
from scanner.rules.reasons import INCREDIBLE, NO_NEWS, OTHER_CONDITION, UNSUPPORTED, Screen
from scanner.store.schema import deal_figures, deals, moment_of

_PART = 1_000  # deals that are looked at before others have their turn
_CENT = 0.01  # prices are rounded when they are published
_HAIR = 1e-9
# What words can be looked for in, without the judgement, which is ten times as long.
_SEEN = (deals.c.id, deals.c.title, deals.c.description, deals.c.category, deals.c.retailer, deals.c.feed, deals.c.feed_id)
_ASKED = (deals.c.url, deals.c.price, deals.c.currency, deals.c.condition)
_NAMES = [column.name for column in (*_SEEN, *_ASKED)]
_FIGURES = ("worth", "saving", "chance", "support")
_OWN = [column for column in deals.c if column.name != "answer"]


class FigureStore:
    """The table deal_figures, with the deals that they are of."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def first(self) -> datetime | None:
        """When the first deal that is still kept was judged."""
        async with self._engine.connect() as connection:
            found = await connection.scalar(select(func.min(deal_figures.c.judged)))
        return None if found is None else moment_of(found)

    async def counts(self, screen: Screen, since: datetime, until: datetime) -> dict[str | None, int]:
        """How many deals judged in between fail each bound of a screen, each under the first that it fails; None: no bound."""
        whys = _whys(screen)
        why = case(*((fails, number) for number, (_, fails) in enumerate(whys)), else_=len(whys)).label("why")
        query = select(why, func.count()).where(*_between(since, until)).group_by(why)
        async with self._engine.connect() as connection:
            named: list[str | None] = [*(name for name, _ in whys), None]
            found = dict[str | None, int]()
            for number, count in await connection.execute(query):
                found[named[number]] = found.get(named[number], 0) + count
            return found

    async def past(self, screen: Screen, since: datetime, until: datetime) -> AsyncGenerator[list[PastDeal], None]:
        """Deals that were judged in between and fail no bound of a screen, in the order of their judgement, in parts."""
        figures = deal_figures.c
        passes = [not_(fails) for _, fails in _whys(screen)]
        query = select(figures.judged, *_SEEN, *_ASKED).join(deals, deals.c.id == figures.deal_id)
        query = query.where(figures.judged <= until.timestamp(), *passes).order_by(figures.judged, figures.deal_id).limit(_PART)
        last = (since.timestamp(), -1)
        while True:
            async with self._engine.connect() as connection:
                rows = list(await connection.execute(query.where(_is_after(*last))))
            yield [PastDeal(moment_of(row.judged), **{name: row._mapping[name] for name in _NAMES}) for row in rows]
            if len(rows) < _PART:
                return
            last = (rows[-1].judged, rows[-1].id)

    async def judged(self, ids: Sequence[int]) -> dict[int, tuple[dict[str, Any], str]]:
        """Each deal, as StoredDeal takes it, and its judgement as JSON."""
        query = select(*_OWN, cast(deals.c.answer, Text).label("said"))
        found: dict[int, tuple[dict[str, Any], str]] = {}
        async with self._engine.connect() as connection:
            for part in parts(ids):
                for row in await connection.execute(query.where(deals.c.id.in_(part))):
                    expires = None if row.expires is None else moment_of(row.expires)
                    facts = {**row._mapping, "published": moment_of(row.published), "expires": expires}
                    found[row.id] = facts, facts.pop("said")
        return found


async def note_figures(connection: AsyncConnection, judged: Sequence[Judged], begun: datetime) -> None:
    """What these were judged to be, together with others since `begun`."""
    await connection.execute(delete(deal_figures).where(deal_figures.c.deal_id.in_([each.deal.id for each in judged])))
    rows = [_row(each.deal, each.judgement, begun) for each in judged if each.judgement is not None]
    if rows := [row for row in rows if all(math.isfinite(row[name]) for name in _FIGURES)]:
        await connection.execute(insert(deal_figures), rows)


def _row(deal: StoredDeal, judgement: Judgement, begun: datetime) -> dict[str, Any]:
    return {
        "deal_id": deal.id,
        "judged": begun.timestamp(),
        "price": deal.price if deal.currency == "USD" else None,
        **{name: getattr(judgement, name) for name in _FIGURES},
        "condition": deal.condition,
        "is_news": deal.why_no_news is None,
    }


def _between(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return deal_figures.c.judged >= since.timestamp(), deal_figures.c.judged <= until.timestamp()


def _is_after(judged: float, deal_id: int) -> ColumnElement[bool]:
    """Written so that the index finds the first: an OR alone would read all from the beginning."""
    figures = deal_figures.c
    return and_(figures.judged >= judged, or_(figures.judged > judged, figures.deal_id > deal_id))


def _whys(screen: Screen) -> list[tuple[str, ColumnElement[bool]]]:
    """What the bounds of a screen are called, and when a deal surely fails each. One without a price in dollars may pass those."""
    figures = deal_figures.c
    price, is_sure = func.coalesce(figures.price, 0.0), figures.support >= screen.sure_support
    has_price = figures.price.is_not(None)
    whys = [
        (INCREDIBLE, and_(has_price, price < screen.implausible * figures.worth - _CENT)),
        (screen.saves_little, figures.saving < screen.least_saving),
        (UNSUPPORTED, and_(figures.support < screen.least_support, not_(is_sure))),
        (screen.doubtful, and_(figures.chance < screen.least_chance, not_(is_sure))),
    ]
    if screen.conditions:
        whys.append((OTHER_CONDITION, figures.condition.not_in(screen.conditions)))
    if screen.min_price is not None:
        whys.append((screen.cheap, and_(has_price, price < screen.min_price - _CENT)))
    if screen.max_price is not None:
        whys.append((screen.dear, and_(has_price, price > screen.max_price + _CENT)))
    if screen.least_percent is not None:
        saved = 100 * figures.saving
        whys.append((screen.saves_small_part, saved < screen.least_percent * figures.worth - _HAIR * func.abs(saved)))
    return [*whys, (NO_NEWS, not_(figures.is_news))]
