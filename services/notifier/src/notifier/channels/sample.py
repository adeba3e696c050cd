"""A deal that nobody offers, to show a person what a template makes of one; and a meagre one, which lacks what a deal may lack."""

from datetime import UTC, datetime

from common.deals import Deal, Match, Opportunity, PriceStanding, UnitPrice
from common.judging import Evidence, Reference

_THEN = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def sample() -> Opportunity:
    """One of which everything is known."""
    text = "Two batteries, charger and bag. The lowest price we could find by $30."
    deal = Deal(
        title="Acme Drill Driver Kit",
        description=text,
        price=99.0,
        url="https://shop.example/drill",
        retailer="Best Buy",
        feed="Example deals",
        published=_THEN,
        category="Tools",
        shipping=5.0,
        unit_price=UnitPrice(price=49.5, unit="piece"),
        references=[Reference(kind="next_best", price=129.0, said_by="editor")],
    )
    return Opportunity(
        id="sample",
        deal=deal,
        estimate=149.0,
        low=120.0,
        high=180.0,
        discount=50.0,
        chance=0.94,
        evidence=[Evidence(kind="next_best", price=129.0, weight=1.0, words="An editor says the lowest price elsewhere is $129.")],
        created=_THEN,
        standing=PriceStanding(lowest=95.0, usual=139.0, last=139.0, points=40, score=9.5, is_lowest=False, low_confidence=False),
        matches=[Match(kind="rule", id=1, name="Tools")],
        wording="The Acme drill kit is $99 at Best Buy. It is worth about $149, so you save about $50.",
    )


def meagre_sample() -> Opportunity:
    """One of which little is known, as deals of earlier versions."""
    deal = Deal(title="Kettle", description="", price=12.5, url="", feed="Example deals", published=_THEN)
    return Opportunity(id="meagre", deal=deal, estimate=20.0, low=15.0, high=25.0, discount=7.5, created=_THEN)
