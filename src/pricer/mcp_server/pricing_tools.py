"""price_product and judge_offer: what a product should cost, what an offer is worth. They ask the ensemble, and change nothing."""

from common.judging import JudgeRequest, chance_words
from pricer.judge import read_words
from pricer.mcp_server.peers import Peer, read_as
from pricer.mcp_server.pricing_schemas import (
    MOST_EVIDENCE,
    MOST_SIMILAR,
    EvidenceTold,
    JudgeArguments,
    JudgedOffer,
    PriceArguments,
    PricedProduct,
)
from pricer.mcp_server.tool import Tool
from pricer.printing import money

PRICE = (
    "Says what a product should cost new at an ordinary US shop, in US dollars, with an 80 % interval, from its description. "
    "Use judge_offer where a price is asked for it."
)
JUDGE = (
    "Says what an offer is really worth, the saving to be expected and the chance that it is one, on what evidence, and whether a "
    "list price is inflated. Takes the asked price; the more of the offer's own text it sees, the better. Buys nothing."
)


def pricing_tools(ensemble: Peer) -> list[Tool]:
    """Both, over the ensemble."""

    async def price_product(given: PriceArguments) -> PricedProduct:
        found = read_as(PricedProduct, await ensemble.post("/price", given.model_dump(exclude_none=True)))
        similar = found.similar[:MOST_SIMILAR]
        return found.model_copy(update={"similar": similar, "summary": _price_summary(found)})

    async def judge_offer(given: JudgeArguments) -> JudgedOffer:
        request = judge_request_of(given)
        found = read_as(JudgedOffer, await ensemble.post("/judge", request.model_dump(mode="json", exclude_none=True)))
        told = {"asked": given.price, "condition": request.offer.condition, "evidence": _weightiest(found)}
        found = found.model_copy(update=told)
        return found.model_copy(update={"summary": _judge_summary(found)})

    return [
        Tool("price_product", "Price a product", PRICE, PriceArguments, PricedProduct, price_product),
        Tool("judge_offer", "Judge an offer", JUDGE, JudgeArguments, JudgedOffer, judge_offer),
    ]


def judge_request_of(given: JudgeArguments) -> JudgeRequest:
    """The question to the ensemble: the words are read as a scan reads them."""
    words = read_words(given.title, given.text, given.price, given.condition, given.stated)
    offer = {
        "price": given.price,
        "condition": words.condition,
        "retailer": given.retailer,
        "references": [each.model_dump() for each in words.references],
        "published": given.published,
    }
    product = {"title": words.title, "description": words.description, "category": given.category}
    return JudgeRequest.model_validate(product | {"offer": offer, "margin": given.margin})


def _weightiest(found: JudgedOffer) -> tuple[EvidenceTold, ...]:
    return tuple(sorted(found.evidence, key=lambda each: -each.weight))[:MOST_EVIDENCE]


def _price_summary(found: PricedProduct) -> str:
    said = f"It should cost {money(found.price)}, with an 80 % interval of {money(found.low)} to {money(found.high)}."
    if not found.known:
        said += " Nothing like it is known: this is a guess from the words alone."
    return said + (f" Without {', '.join(found.degraded)}." if found.degraded else "")


def _judge_summary(found: JudgedOffer) -> str:
    saving = f"a saving of {money(found.saving)} is to be expected" if found.saving > 0 else "no saving is to be expected"
    said = (
        f"Asked {money(found.asked)}, worth {money(found.worth)} ({money(found.low)} to {money(found.high)}): {saving}; "
        f"{chance_words(found.chance)} that it is worth {found.margin * 100:g} % more than is asked."
    )
    if listed := found.list_price:
        said += f" The list price of {money(listed.price)} is {listed.verdict}."
    return said if found.known else f"{said} Nothing like it is known: this rests on a guess from the words alone."
