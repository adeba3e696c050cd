"""Verdicts as labelled rows, one JSON object a line, in the shape of the deals that the judge is evaluated on."""

from typing import Any

from scanner.feedback.verdict import Kept
from scanner.prices.product_text import product_title

SOURCE, MARKET_KIND, BASIS = "feedback", "person", "same offer kind"
_CONDITIONS = {"new": "new or not stated", "open-box": "open box"}
_SAID = ("worth", "low", "high", "chance", "saving")


def row_of(kept: Kept) -> dict[str, Any]:
    """A verdict as a row: `market_price` where the person said what it is worth, and the verdict with what was claimed.

    The price is the right one where that was told; none where it is known to be wrong and nobody said which is right.
    """
    said, verdict = kept.said, kept.verdict
    price = verdict.price if kept.changed_price else said["price"]
    worth = {} if verdict.worth is None else {"market_price": verdict.worth, "market_kind": MARKET_KIND}
    return {
        "source": SOURCE,
        "title": said["title"],
        "text": said["text"],
        "price": price,
        "list_price": said["list_price"],
        "kind": "priced",
        "category": said["category"],
        "retailer": said["retailer"],
        **worth,
        "market_quote": verdict.note or "",
        "currency": "USD",
        "date": said["published"][:10],
        "condition": _CONDITIONS.get(said["condition"], said["condition"]),
        "basis": BASIS,
        "subject": product_title(said["title"]),
        "text_states_market": False,
        "verdict": verdict.kind,
        "said_price": said["price"],
        **{f"said_{name}": said[name] for name in _SAID},
        "pushed": said["pushed"],
        "rules": said["rules"],
        "models": said["models"],
        "deal_id": kept.deal_id,
        "opportunity_id": kept.opportunity_id,
        "told": kept.created.isoformat(),
    }
