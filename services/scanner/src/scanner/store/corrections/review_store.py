"""Keeps the deals that wait for a person: asks, lists, and writes down what was decided with all that it does to the deal."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.errors import InvalidInputError, NotFoundError
from common.judging import Reference
from scanner.deal_data import Judged, PastOffer
from scanner.prices.candidate import Candidate
from scanner.prices.conditions import is_broken
from scanner.prices.product_text import is_goods
from scanner.review.pick import DealNow, Pick
from scanner.review.review_data import ANSWERED, FORGOTTEN, OVER, PATIENCE, REPLACED, Question, Review, too_good
from scanner.store.corrections.correction_store import DEALS, deal_now, facts_of, put_price
from scanner.store.history.offer_store import remembered
from scanner.store.page import decode_cursor, encode_cursor
from scanner.store.schema import deals, moment_of, opportunities, reviews

_COLUMNS = [column.label(f"review_{column.name}") for column in reviews.c]
_REVIEWS = (
    DEALS.add_columns(*_COLUMNS, opportunities.c.id.label("opportunity_id"))
    .join(reviews, reviews.c.deal_id == deals.c.id)
    .outerjoin(opportunities, opportunities.c.deal_id == deals.c.id)
)
# The review that waits, of a row of deals.
OPEN_REVIEW = select(reviews.c.id).where(reviews.c.deal_id == deals.c.id, reviews.c.state == "open").limit(1).scalar_subquery()


class ReviewStore:
    """The reviews table. `on_outbox` is called after new outbox rows were committed."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock, on_outbox: Callable[[], None]) -> None:
        self._engine, self._writing, self._on_outbox = engine, writing, on_outbox

    async def page(self, state: str | None, cursor: str | None, limit: int) -> tuple[list[Review], str | None]:
        """Open ones first, the newest first, and the cursor of the following page."""
        is_closed = reviews.c.state != "open"
        query = _REVIEWS.order_by(is_closed, reviews.c.id.desc()).limit(limit + 1)
        if state is not None:
            query = query.where(reviews.c.state == state)
        if cursor is not None:
            closed, last = decode_cursor(cursor, bool, int)
            later = and_(is_closed, reviews.c.id < last) if closed else or_(is_closed, reviews.c.id < last)
            query = query.where(later)
        async with self._engine.connect() as connection:
            found = [_review(row) for row in await connection.execute(query)]
        last_one = found[limit - 1] if len(found) > limit else None
        return found[:limit], encode_cursor(last_one.state != "open", last_one.id) if last_one else None

    async def get(self, review_id: int) -> Review:
        """One; NotFoundError."""
        async with self._engine.connect() as connection:
            return await _find(connection, review_id)

    async def deal(self, review: Review) -> DealNow:
        """The deal of a review as it stands."""
        async with self._engine.connect() as connection:
            return await _deal(connection, review)

    async def decide(self, review_id: int, pick: Pick, now: datetime) -> None:
        """The price is this: the deal waits to be judged at it."""
        async with self._writing, self._engine.begin() as connection:
            review = await _find(connection, review_id)
            _check_open(review)
            deal = await _deal(connection, review)
            before = _as_json(deal, await remembered(connection, deal.facts["key"]))
            await put_price(connection, deal, pick, now)
            picked = {"price": pick.price, "currency": pick.currency, "condition": pick.condition}
            await _close(connection, review_id, "decided", now, decision={"picked": picked, "before": before})

    async def drop(self, review_id: int, note: str | None, now: datetime) -> None:
        """It is nothing: an opportunity that it is goes off the list."""
        async with self._writing, self._engine.begin() as connection:
            review = await _find(connection, review_id)
            _check_open(review)
            deal = await _deal(connection, review)
            await _end_waiting(connection, review.deal_id, f"a person dropped it{f': {note}' if note else ''}")
            await _dismiss(connection, review.deal_id, dismissed=True)
            await _close(connection, review_id, "dropped", now, decision={"before": _as_json(deal, None)}, note=note)

    async def reopen(self, review_id: int, now: datetime) -> None:
        """Take back what a person decided, unless the deal was judged by it, has another price by now, or is over."""
        async with self._writing, self._engine.begin() as connection:
            review = await _find(connection, review_id)
            deal = await _deal(connection, review)
            _check_reopenable(review, deal, now)
            before = (review.decision or {})["before"]
            if review.state == "decided":
                await put_price(connection, deal, _pick_of(before), now)
            restored = {name: before[name] for name in ("state", "reason", "as_read")}
            await connection.execute(update(deals).where(deals.c.id == deal.id).values(restored))
            if review.state == "dropped":
                await _dismiss(connection, deal.id, dismissed=False)
            opened = {"state": "open", "closed": None, "decision": None, "note": None}
            await connection.execute(update(reviews).where(reviews.c.id == review_id).values(opened))

    async def close_old(self, now: datetime) -> None:
        """Drop what is over, and what nobody looked at for long."""
        async with self._writing, self._engine.begin() as connection:
            await close_old(connection, now)


async def ask(connection: AsyncConnection, deal_id: int | None, question: Question, now: datetime) -> None:
    """Put a question about a deal, within the transaction that stores what raised it."""
    row = {
        "deal_id": deal_id,
        "why": question.why,
        "reason": question.reason,
        "candidates": [each.as_json() for each in question.candidates],
        "state": "open",
        "created": now.timestamp(),
    }
    await connection.execute(insert(reviews).values(row))


async def ask_of_judged(connection: AsyncConnection, judged: Judged, now: datetime) -> None:
    """Ask whether a price that is too good to be believed is true; not of what would not be pushed whatever the answer."""
    this, title = judged.opportunity, judged.deal.title
    if this is not None and this.review and is_goods(title) and not is_broken(title):
        await ask(connection, judged.deal.id, too_good(judged.deal, this.why_not or "it is too good to be believed"), now)


async def close_replaced(connection: AsyncConnection, deal_id: int, why: str, now: datetime) -> None:
    """Nobody needs to look at a deal any more: its entry says something else, or its price was told otherwise."""
    of_it = reviews.c.deal_id == deal_id, reviews.c.state == "open"
    values = {"state": "dropped", "closed": now.timestamp(), "note": why}
    await connection.execute(update(reviews).where(*of_it).values(values))


async def ask_again(connection: AsyncConnection, deal_id: int) -> None:
    """What was told otherwise is taken back: the question is open as it was."""
    of_it = reviews.c.deal_id == deal_id, reviews.c.state == "dropped", reviews.c.note == ANSWERED
    await connection.execute(update(reviews).where(*of_it).values(state="open", closed=None, note=None))


async def close_old(connection: AsyncConnection, now: datetime) -> None:
    """Drop what is over, and what nobody looked at for long."""
    moment = now.timestamp()
    is_over = and_(deals.c.expires.is_not(None), deals.c.expires <= moment)
    is_old = reviews.c.created <= moment - PATIENCE.total_seconds()
    query = select(reviews.c.id, reviews.c.deal_id, is_over.label("is_over")).join(deals, deals.c.id == reviews.c.deal_id)
    for row in list(await connection.execute(query.where(reviews.c.state == "open", or_(is_over, is_old)))):
        why = OVER if row.is_over else FORGOTTEN
        await _end_waiting(connection, row.deal_id, why)
        await _close(connection, row.id, "dropped", now, note=why)


async def _end_waiting(connection: AsyncConnection, deal_id: int, why: str) -> None:
    """What waits no longer is skipped, or priced where it was judged; why not pushed it says itself then."""
    waits = deals.c.id == deal_id, deals.c.state == "review"
    was_judged = deals.c.id.in_(select(opportunities.c.deal_id))
    await connection.execute(update(deals).where(*waits, was_judged).values(state="priced"))
    await connection.execute(update(deals).where(*waits).values(state="skipped", reason=why))


async def _dismiss(connection: AsyncConnection, deal_id: int, *, dismissed: bool) -> None:
    await connection.execute(update(opportunities).where(opportunities.c.deal_id == deal_id).values(dismissed=dismissed))


async def _close(connection: AsyncConnection, review_id: int, state: str, now: datetime, **values: Any) -> None:
    closed = {"state": state, "closed": now.timestamp()} | values
    await connection.execute(update(reviews).where(reviews.c.id == review_id).values(closed))


async def _find(connection: AsyncConnection, review_id: int) -> Review:
    row = (await connection.execute(_REVIEWS.where(reviews.c.id == review_id))).first()
    if row is None:
        raise NotFoundError(f"there is no review {review_id}")
    return _review(row)


async def _deal(connection: AsyncConnection, review: Review) -> DealNow:
    deal = await deal_now(connection, review.deal_id)
    if deal is None:
        raise NotFoundError(f"the deal of review {review.id} is forgotten")
    return deal


def _check_open(review: Review) -> None:
    if review.state != "open":
        why = f": {review.note}" if review.note else ""
        raise InvalidInputError(f"it is {review.state} already{why}", "review_id")


def _check_reopenable(review: Review, deal: DealNow, now: datetime) -> None:
    if review.state == "open":
        raise InvalidInputError("it is open", "review_id")
    if not review.is_by_person:
        raise InvalidInputError(f"it was dropped, as {review.note}", "review_id")
    if review.state == "decided" and not deal.is_unpriced:
        raise InvalidInputError("it was judged at that price: say wrong_price of the deal instead", "review_id")
    if not deal.is_current:
        raise InvalidInputError(REPLACED, "review_id")
    if deal.expires is not None and deal.expires <= now:
        raise InvalidInputError(OVER, "review_id")


def _review(row: Row[Any]) -> Review:
    candidates = tuple(Candidate(**each) for each in row.review_candidates)
    return Review(
        row.review_id,
        row.id,
        Question(row.review_why, row.review_reason, candidates),
        row.review_state,
        moment_of(row.review_created),
        None if row.review_closed is None else moment_of(row.review_closed),
        row.review_decision,
        row.review_note,
        facts_of(row),
        row.opportunity_id,
    )


def _as_json(deal: DealNow, offer: PastOffer | None) -> dict[str, Any]:
    """What a decision changes, as it was before."""
    kept = {name: deal.facts[name] for name in ("state", "reason", "as_read", "references")}
    past = offer and asdict(offer) | {"offered": offer.offered.isoformat()}
    return asdict(deal.as_picked) | kept | {"offer": past}


def _pick_of(before: dict[str, Any]) -> Pick:
    names = ("price", "currency", "condition", "why_no_news", "source", "kind", "has_variants")
    references = tuple(Reference.model_validate(each) for each in before["references"])
    past = before["offer"]
    offer = past and PastOffer(**past | {"offered": datetime.fromisoformat(past["offered"])})
    return Pick(**{name: before[name] for name in names}, references=references, offer=offer)
