"""Puts a deal's price right within a transaction, and what was published of it before it is judged anew.

A deal that has an opportunity already and is judged again is one whose price a person put right, confirmed, or took back.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from common.deals import Opportunity
from scanner.deal_data import Judged
from scanner.history.product_id import id_of
from scanner.opportunities.query import listed_as
from scanner.review.pick import PERSON, DealNow, Pick
from scanner.store.history.offer_store import remember, remembered
from scanner.store.history.tally_store import forget_gone, forget_told, keep, note_alert
from scanner.store.revision_store import put_own_right
from scanner.store.schema import deal_keys, deal_references, deals, moment_of, offers, opportunities, outbox, seconds_of
from scanner.store.wishes.match_store import note_matches

DEALS = select(deals, deal_references.c.references).outerjoin(deal_references)


def facts_of(row: Row[Any]) -> dict[str, Any]:
    """A row of DEALS with moments for seconds."""
    expires = None if row.expires is None else moment_of(row.expires)
    return {**row._mapping, "published": moment_of(row.published), "expires": expires, "references": row.references or []}


async def deal_now(connection: AsyncConnection, deal_id: int) -> DealNow | None:
    """A deal as it stands; None where there is none."""
    row = (await connection.execute(DEALS.where(deals.c.id == deal_id))).first()
    if row is None:
        return None
    is_current = await connection.scalar(select(deal_keys.c.key).where(deal_keys.c.deal_id == deal_id).limit(1)) is not None
    return DealNow(facts_of(row), moment_of(row.first_seen), is_current)


async def put_price(connection: AsyncConnection, deal: DealNow, pick: Pick, now: datetime) -> bool:
    """Give a deal another price, with its references and its place in the price memory; whether it waits to be judged anew.

    What is over, or has another price by now, is only put right.
    """
    is_over = deal.expires is not None and deal.expires <= now
    is_judged = deal.is_current and not is_over and pick.state is None
    state: dict[str, Any] = {"state": "unpriced", "reason": None} if is_judged else {}
    if pick.state is not None:
        state = {"state": pick.state, "reason": pick.reason, "answer": null()}
        await connection.execute(update(opportunities).where(opportunities.c.deal_id == deal.id).values(dismissed=True))
    values = {
        "price": pick.price,
        "currency": pick.currency,
        "condition": pick.condition,
        "kind": pick.kind,
        "price_source": pick.source,
        "has_variants": pick.has_variants,
        "why_no_news": pick.why_no_news,
        "as_read": _as_read(deal, pick),
    }
    await connection.execute(update(deals).where(deals.c.id == deal.id).values(values | state))
    await forget_told(connection, deal.id)
    await _put_references(connection, deal.id, pick)
    await _put_offer(connection, deal.facts["key"], pick)
    return is_judged


async def _put_offer(connection: AsyncConnection, key: str, pick: Pick) -> None:
    """Remember what it offers now in the place of what was remembered, in the history of its product, too."""
    former = await remembered(connection, key)
    await connection.execute(delete(offers).where(offers.c.deal_key == key))
    await keep(connection, await remember(connection, [pick.offer] if pick.offer else []))
    if former is not None:
        await forget_gone(connection, [id_of(former.product, former.condition)])


def _as_read(deal: DealNow, pick: Pick) -> list[Any] | None:
    """What was read first, also where a person says another price twice; None where the reading counts again."""
    if pick.source != PERSON:
        return None
    facts = deal.facts
    found: list[Any] | None = facts["as_read"]
    return found or [facts["price"], facts["currency"], facts["condition"]]


async def _put_references(connection: AsyncConnection, deal_id: int, pick: Pick) -> None:
    await connection.execute(delete(deal_references).where(deal_references.c.deal_id == deal_id))
    if pick.references:
        body = [each.model_dump(mode="json") for each in pick.references]
        await connection.execute(insert(deal_references).values(deal_id=deal_id, references=body))


async def publish_again(connection: AsyncConnection, judged: Judged, now: datetime) -> bool | None:
    """What a deal that is judged again does to its opportunity: whether an outbox row was written, None where it has none.

    One that was pushed is put right by a revision, or stays withdrawn; one that was not is pushed as any other.
    """
    of_it = opportunities.c.deal_id == judged.deal.id
    row = (await connection.execute(select(opportunities).where(of_it))).first()
    if row is None:
        return None
    await _replace(connection, row, judged, now)
    if row.alerted:
        if judged.is_sound:
            await note_alert(connection, judged, now)
        return await put_own_right(connection, judged, now)
    if judged.is_alert and judged.opportunity:
        told = {"opportunity_id": row.id, "body": judged.opportunity.model_dump_json(), "created": now.timestamp()}
        await connection.execute(insert(outbox).values(told))
        await note_alert(connection, judged, now)
    return judged.is_alert


async def _replace(connection: AsyncConnection, row: Row[Any], judged: Judged, now: datetime) -> None:
    """List what it is now; one that is nothing any more is listed only where it was pushed, as dismissed."""
    this, by_id = judged.opportunity, opportunities.c.id == row.id
    if this is not None:
        if row.alerted:  # it was told: its moment is that from which its patience counts
            told = Opportunity.model_validate_json(row.body)
            this = this.model_copy(update={"created": told.created, "why_not": None if judged.is_sound else this.why_not})
        values = {
            "body": this.model_dump_json(),
            "discount": this.discount,
            "expires": seconds_of(this.deal.expires),
            "dismissed": False,
            "alerted": row.alerted or judged.is_alert,
            "created": row.created if row.alerted else this.created.timestamp(),
            "product": this.product,
            "changed": now.timestamp(),
            **listed_as(this),
        }
        await connection.execute(update(opportunities).where(by_id).values(values))
        await note_matches(connection, this, now)
    elif row.alerted:
        await connection.execute(update(opportunities).where(by_id).values(dismissed=True))
    else:
        await connection.execute(delete(opportunities).where(by_id))
