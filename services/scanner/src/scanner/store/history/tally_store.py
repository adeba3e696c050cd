"""Keeps the table of products in step with their offers and with what is pushed, within the transaction that changes those."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import parts
from common.deals import Opportunity
from scanner.deal_data import SAME_PRICE, Judged, PastOffer
from scanner.history.product_id import id_of, name_of, offer_at
from scanner.history.score import rank_of, standing_of
from scanner.store.history.daily_store import day_of
from scanner.store.schema import offers, opportunities, products

_LONGEST = 300  # characters of a title
_FORGOTTEN = 100  # offers at a time: their products are told anew, for which others wait
_IS_ITS = and_(offers.c.product == products.c.product, offers.c.condition == products.c.condition)


async def keep(connection: AsyncConnection, seen: Sequence[PastOffer]) -> None:
    """See to it that the products of these offers are there, by their latest titles, and tell what is told of each now."""
    latest = {id_of(each.product, each.condition): each for each in sorted(seen, key=lambda each: each.offered)}
    there: dict[str, float] = {}
    for part in parts(list(latest)):
        rows = await connection.execute(select(products.c.id, products.c.last_at).where(products.c.id.in_(part)))
        there |= {row.id: row.last_at for row in rows}
    if new := [_first_row(key, latest[key]) for key in sorted(latest.keys() - there.keys())]:
        await connection.execute(insert(products), new)
    known = ((key, offer) for key, offer in sorted(latest.items()) if offer.title and key in there)
    titled = [{"of": key, **_titles(offer)} for key, offer in known if offer.offered.timestamp() >= there[key]]
    if titled:
        await connection.execute(update(products).where(products.c.id == bindparam("of")), titled)
    await tell_anew(connection, list(latest))


async def tell_anew(connection: AsyncConnection, ids: Sequence[str]) -> None:
    """Count and compare the offers of these products again. One without any stays as it is."""
    for part in parts(sorted(ids)):
        rows = list(await connection.execute(_days_of(part)))
        told = [{"of": key, **_tally(list(days))} for key, days in groupby(rows, key=lambda row: row.id)]
        if told:
            await connection.execute(update(products).where(products.c.id == bindparam("of")), told)


async def note_alert(connection: AsyncConnection, judged: Judged, now: datetime) -> None:
    """Remember of its product that this was told."""
    found = judged.opportunity
    if found and found.product and (offer := offer_at(judged.deal, found.deal.price)):
        await note_told(connection, offer, now)


async def note_told(connection: AsyncConnection, offer: PastOffer, now: datetime) -> None:
    """An offer is pushed: its price is the one to beat from now on, unless a lower one was pushed before."""
    await keep(connection, [offer])
    is_less = or_(products.c.told_price.is_(None), products.c.told_price > offer.price)
    lowest = case((is_less, offer.price), else_=products.c.told_price)
    latest = case((products.c.told_at > now.timestamp(), products.c.told_at), else_=now.timestamp())
    is_it = products.c.id == id_of(offer.product, offer.condition), func.coalesce(products.c.reset_at, 0.0) <= now.timestamp()
    await connection.execute(update(products).where(*is_it).values(told_price=lowest, told_at=latest))


async def forget_told(connection: AsyncConnection, deal_id: int) -> None:
    """The price at which a deal was pushed was read wrong: it is none to beat, but what else was pushed of its product is."""
    is_its = opportunities.c.deal_id == deal_id, opportunities.c.alerted, opportunities.c.product.is_not(None)
    wrong = (await connection.execute(select(opportunities.c.product, opportunities.c.body).where(*is_its))).first()
    if wrong is None:
        return
    of_product = products.c.id == wrong.product
    known = (await connection.execute(select(products.c.told_price, products.c.reset_at).where(of_product))).first()
    if known is None or known.told_price is None or abs(known.told_price - _price_in(wrong.body)) >= SAME_PRICE:
        return
    is_other = opportunities.c.product == wrong.product, opportunities.c.alerted, opportunities.c.deal_id != deal_id
    query = select(opportunities.c.body, opportunities.c.created).where(*is_other)
    others = list(await connection.execute(query.where(opportunities.c.created >= (known.reset_at or 0.0))))
    told = min((_price_in(row.body) for row in others), default=None), max((row.created for row in others), default=None)
    await connection.execute(update(products).where(of_product).values(told_price=told[0], told_at=told[1]))


def _price_in(body: str) -> float:
    return Opportunity.model_validate_json(body).deal.price


async def forget_offers(connection: AsyncConnection, before: float, told_since: float) -> int:
    """Some offers from before a moment, with the products of which none is left; how many: 0 if no more are to go.

    Those of a product that was pushed since another moment are kept: the ledger asks for them.
    """
    is_kept = select(products.c.id).where(_IS_ITS, products.c.told_at >= told_since).exists()
    query = select(offers.c.deal_key, offers.c.product, offers.c.condition).where(offers.c.offered < before, ~is_kept)
    part = list(
        await connection.execute(query.order_by(offers.c.offered).limit(_FORGOTTEN).with_for_update(skip_locked=True, of=offers))
    )
    if part:
        await connection.execute(delete(offers).where(offers.c.deal_key.in_([row.deal_key for row in part])))
        await forget_gone(connection, sorted({id_of(row.product, row.condition) for row in part}))
    return len(part)


async def forget_gone(connection: AsyncConnection, ids: Sequence[str]) -> None:
    """Some offers of these products are forgotten: so are products without any, unless a person has decided something of them."""
    await tell_anew(connection, ids)
    is_left = select(offers.c.deal_key).where(_IS_ITS).exists()
    is_decided = or_(products.c.muted, products.c.cool_down.is_not(None))
    for part in parts(sorted(ids)):
        await connection.execute(delete(products).where(products.c.id.in_(part), ~is_left, ~is_decided))


def before_reset(deal_key: ColumnElement[str], seen: ColumnElement[float]) -> ColumnElement[bool]:
    """Whether a deal was first seen before its product was reset."""
    joined = select(products.c.id).select_from(offers).join(products, _IS_ITS)
    return joined.where(offers.c.deal_key == deal_key, products.c.reset_at > seen).exists()


def _days_of(ids: Sequence[str]) -> Any:
    """A row for each day with offers of each product, the oldest first."""
    day = day_of(offers.c.offered).label("day")
    counted = case((offers.c.offered >= func.coalesce(products.c.reset_at, 0.0), offers.c.price))
    columns = (
        func.count().label("offers"),
        func.min(offers.c.price).label("low"),
        func.min(counted).label("since_reset"),
        func.max(offers.c.offered).label("latest"),
    )
    query = select(products.c.id, day, *columns).select_from(products).join(offers, _IS_ITS).where(products.c.id.in_(ids))
    return query.group_by(products.c.id, day).order_by(products.c.id, day)


def _tally(days: Sequence[Row[Any]]) -> dict[str, Any]:
    last, counted = days[-1], [day for day in days if day.since_reset is not None]
    lowest = min(counted, key=lambda day: day.since_reset, default=None)
    standing = standing_of(last.low, [day.since_reset for day in counted if day is not last])
    return {
        "lowest": lowest.since_reset if lowest else None,
        "lowest_at": lowest.latest if lowest else None,
        "last": last.low,
        "last_at": max(day.latest for day in days),
        "offers": sum(day.offers for day in days),
        "days": len(days),
        "score": standing.score if standing else None,
        "rank": rank_of(standing),
    }


def _first_row(key: str, offer: PastOffer) -> dict[str, Any]:
    moment = offer.offered.timestamp()
    return {
        "id": key,
        "product": offer.product,
        "condition": offer.condition,
        **_titles(offer),
        "lowest": offer.price,
        "lowest_at": moment,
        "last": offer.price,
        "last_at": moment,
        "offers": 0,
        "days": 0,
        "rank": rank_of(None),
        "muted": False,
    }


def _titles(offer: PastOffer) -> dict[str, str]:
    title = (offer.title or name_of(offer.product))[:_LONGEST]
    return {"title": title, "words": title.lower()[:_LONGEST], "category": offer.category[:200]}
