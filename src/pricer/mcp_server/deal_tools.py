"""find_deals and explain_deal: what was found, and what it rests on. They ask the scanner and change nothing.

Opportunities the scanner filters itself. Its list of every deal knows no words: MOST_LOOKED of those are looked through here.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from common.judging import chance_words
from pricer.listing import has_words
from pricer.mcp_server.deal_schemas import DealTold, ExplainArguments, ExplainedDeal, FindArguments, FoundDeals, flat
from pricer.mcp_server.peers import Peer, read_as
from pricer.mcp_server.pricing_schemas import MOST_EVIDENCE, MOST_SIMILAR
from pricer.mcp_server.tool import Tool
from pricer.printing import money

MOST_LOOKED, PAGE, MOST_REFERENCES = 600, 200, 12
FIND = (
    "Lists deals that the scanner has read from its feeds and that are below what they are worth, the best first (or all that it "
    "has read). Narrow them by words, price, saving, chance, condition or rule. explain_deal says what one rests on."
)
EXPLAIN = (
    "Says what an opportunity of find_deals is worth and why: each piece of evidence with its share, what the offer itself says of "
    "other prices, what each pricer said, how the price stands in the product's history, and why it was or was not pushed."
)


class Page(BaseModel):
    """A page of a list of the scanner's."""

    items: list[dict[str, Any]]
    next: str | None = None


def deal_tools(scanner: Peer) -> list[Tool]:
    """Both, over the scanner."""

    async def find_deals(given: FindArguments) -> FoundDeals:
        if given.among == "opportunities":
            page = read_as(Page, await scanner.get("/opportunities", **_params_of(given)))
            return _told(page.items, page.next is not None, None)
        found, looked_at, is_all = await _looked_through(scanner, given)
        return _told(found[: given.limit], len(found) > given.limit or not is_all, looked_at)

    async def explain_deal(given: ExplainArguments) -> ExplainedDeal:
        sent = await scanner.get(f"/opportunities/{given.id}")
        found = read_as(ExplainedDeal, explained(sent) if isinstance(sent, dict) else sent)
        return found.model_copy(update={"summary": _explain_summary(found.deal)})

    return [
        Tool("find_deals", "Find deals", FIND, FindArguments, FoundDeals, find_deals),
        Tool("explain_deal", "Explain a deal", EXPLAIN, ExplainArguments, ExplainedDeal, explain_deal),
    ]


def _params_of(given: FindArguments) -> dict[str, str]:
    """What was asked for, as the scanner's list takes it."""
    asked = {
        "q": given.query or None,
        "condition": given.condition,
        "min_saving": given.min_saving,
        "min_chance": given.min_chance,
        "max_price": given.max_price,
        "rule": given.rule,
        "state": "all" if given.include_past else None,
    }
    told = {name: str(value) for name, value in asked.items() if value is not None}
    return told | {"sort": given.sort, "limit": str(given.limit)}


def _told(found: Sequence[dict[str, Any]], more: bool, looked_at: int | None) -> FoundDeals:
    deals = tuple(sorted((read_as(DealTold, each) for each in found), key=lambda each: each.review))
    return FoundDeals(deals=deals, more=more, looked_at=looked_at, summary=_find_summary(deals, more))


async def _looked_through(scanner: Peer, given: FindArguments) -> tuple[list[dict[str, Any]], int, bool]:
    """Deals that hold, as they were sent; how many were looked at; and whether those were all."""
    found: list[dict[str, Any]] = []
    looked_at, cursor = 0, dict[str, str]()
    while looked_at < MOST_LOOKED and len(found) <= given.limit:
        page = read_as(Page, await scanner.get("/deals", limit=str(PAGE), **cursor))
        looked_at += len(page.items)
        found += [each for each in page.items if holds(given, flat(each))]
        if page.next is None:
            return found, looked_at, True
        cursor = {"cursor": page.next}
    return found, looked_at, False


def holds(given: FindArguments, deal: dict[str, Any]) -> bool:
    """Whether a deal, in one row, is what was asked for. A figure that is not known holds nothing."""
    least = ((given.min_saving, deal.get("saving")), (given.min_chance, deal.get("chance")))
    if any(bound is not None and (value is None or value < bound) for bound, value in least):
        return False
    price = deal.get("price") if deal.get("currency") == "USD" else None
    if given.max_price is not None and (price is None or price > given.max_price):
        return False
    texts = (str(deal.get(name) or "") for name in ("title", "shop", "category"))
    return given.condition in (None, deal.get("condition")) and has_words(given.query, *texts)


def explained(sent: dict[str, Any]) -> dict[str, Any]:
    """An opportunity as it is told: the weightiest evidence, and of the rest what a reader can take in."""
    deal = sent["deal"] if isinstance(sent.get("deal"), dict) else {}
    evidence = sorted(sent.get("evidence") or [], key=lambda each: -float(each.get("weight") or 0))
    return {
        **sent,
        "deal": sent,
        "description": deal.get("description", ""),
        "evidence": evidence[:MOST_EVIDENCE],
        "references": (deal.get("references") or [])[:MOST_REFERENCES],
        "similar": (sent.get("similar") or [])[:MOST_SIMILAR],
        "matches": (sent.get("matches") or [])[:MOST_REFERENCES],
    }


def _find_summary(told: Sequence[DealTold], more: bool) -> str:
    said = "".join(_found(told)) or "No deal is what was asked for."
    return f"{said} There may be more." if more else said


def _found(told: Sequence[DealTold]) -> Iterator[str]:
    if told:
        yield f"{len(told)} deal{'' if len(told) == 1 else 's'}"
        if best := max((each.saving or 0.0 for each in told), default=0.0):
            yield f", with up to {money(best)} to be saved"
        yield "."
    if doubtful := sum(each.review for each in told):
        yield f" {doubtful} of them too good to be believed before a person has looked."


def _explain_summary(deal: DealTold) -> str:
    price = f"{money(deal.price)} {deal.currency}" if deal.price is not None else "an unknown price"
    said = f"Asked {price}"
    if deal.worth is not None and deal.low is not None and deal.high is not None:
        said += f", worth {money(deal.worth)} ({money(deal.low)} to {money(deal.high)})"
    if deal.chance is not None:
        said += f", {chance_words(deal.chance)} that it is a real saving"
    return f"{said}; {'it was pushed' if deal.pushed else 'it was not pushed, for the reason told'}."
