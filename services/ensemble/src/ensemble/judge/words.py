"""Says in a sentence what each piece of evidence is, as a person reads it beside the price."""

import statistics

from common.judging import JudgeRequest, Reference
from common.pricing import PriceResponse

_KINDS = {
    "next_best": "the lowest price elsewhere is {}",
    "regular": "the regular price is {}",
    "was": "it was {} before",
    "list": "the list price is {}",
    "history": "it usually costs {}",
    "all_time_low": "the lowest price seen before is {}",
    "new_price": "a new one costs {}",
}


def words_of(request: JudgeRequest, answer: PriceResponse) -> list[str]:
    """One sentence for each piece, in the model's order: asked price (of a published offer), estimate, references, seen."""
    offer = request.offer
    where = f" at {offer.retailer}" if offer.retailer else ""
    asked = [f"Asked: {_money(offer.price)}{where}."] if offer.published else []
    said = [*asked, _estimate_words(answer)]
    said += [_reference_words(each, offer.retailer) for each in offer.references]
    if offer.seen:
        prices = [each.price for each in offer.seen]
        days = max(each.days for each in offer.seen)
        times = f"{len(prices)} times" if len(prices) > 1 else "once"
        said.append(f"Offered {times} in the last {max(days, 1):.0f} days, at {_money(statistics.median(prices))} in the middle.")
    return said


def _estimate_words(answer: PriceResponse) -> str:
    said = f"{len(answer.estimates) or 1} pricers say {_money(answer.price)} ({_money(answer.low)} to {_money(answer.high)})"
    found = next((each for each in answer.similar if each.match == "exact"), None)
    if found:
        return f"{said}; found by name: {found.title} at {_money(found.price)}."
    if not answer.known:
        return f"{said}, from the words alone: nothing like it is known."
    near = [each.price for each in answer.similar]
    return f"{said}; similar ones {_money(min(near))} to {_money(max(near))}." if near else f"{said}."


def _reference_words(reference: Reference, retailer: str) -> str:
    said = _KINDS[reference.kind].format(_money(reference.price))
    by = "an editor says" if reference.said_by == "editor" else f"{retailer or 'the seller'} says"
    quoted = f" (“{reference.words}”)" if reference.words else ""
    return f"{by[0].upper()}{by[1:]} {said}{quoted}."


def _money(dollars: float) -> str:
    return f"${dollars:,.2f}" if dollars < 100 and dollars % 1 else f"${dollars:,.0f}"
