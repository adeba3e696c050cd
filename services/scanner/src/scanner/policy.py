"""Says which deals are opportunities, and which of those are worth a push. Pure: no clock, no store, no network.

List prices play no part, as sellers inflate them.
"""

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from common.deals import Deal, Opportunity
from common.pricing import PriceResponse
from scanner.deal_data import Judged, StoredDeal
from scanner.prices.product_text import is_goods

_NAMESPACE = uuid.UUID("5f9d1f5e-2f0b-4a55-9f0e-6d0d6a1f7c11")  # ids stay the same if the database is made anew: no repeats
_USED = 0.75  # worth of what is not new, of that of a new one


@dataclass(frozen=True)
class Policy:
    """Thresholds in USD. `rates`: dollars for one unit of another currency.

    An opportunity, which is listed: the estimate is at least `min_discount` above the price. An alert, which is pushed, must also
    be below the estimate by `min_discount_fraction` and below its 80 % interval, be goods at one price, and be among the
    `max_alerts` best of its scan: estimates are off by some 75 dollars on average, and a person wants few and good alerts.
    What was not among the best is not pushed later.
    """

    min_discount: float = 50.0
    min_discount_fraction: float = 0.3
    max_alerts: int = 5
    rates: Mapping[str, float] | None = None

    def why_skipped(self, currency: str, expires: datetime | None, now: datetime) -> str | None:
        """Why a deal with a price is not worth an estimate; None where it is."""
        if expires is not None and expires <= now:
            return "expired"
        if self._rate(currency) is None:
            return f"no exchange rate for {currency}; SCANNER_EXCHANGE_RATES can give one, for example {currency}=0.66"
        return None

    def judge(self, deal: StoredDeal, answer: PriceResponse | None, now: datetime) -> Judged:
        """Whether a deal is an opportunity, and whether that is good enough to be pushed, if it is among the best."""
        rate, nothing = self._rate(deal.currency), Judged(deal, answer)
        if rate is None or answer is None or not all(map(math.isfinite, (answer.price, answer.low, answer.high))):
            return nothing
        factor = 1.0 if deal.condition == "new" else _USED
        price, estimate, low = deal.price * rate, answer.price * factor, answer.low * factor
        if price <= 0 or estimate - price < self.min_discount or self.why_skipped(deal.currency, deal.expires, now):
            return nothing
        is_far_below = price <= estimate * (1 - self.min_discount_fraction) and price < low
        opportunity = Opportunity(
            id=str(uuid.uuid5(_NAMESPACE, deal.key)),
            deal=_published_form(deal, price, _remarks(deal, rate, factor)),
            estimate=round(estimate, 2),
            low=round(low, 2),
            high=round(answer.high * factor, 2),
            discount=round(estimate - price, 2),
            estimates=answer.estimates,
            similar=answer.similar,
            created=now,
        )
        return Judged(deal, answer, opportunity, is_far_below and not deal.has_variants and is_goods(deal.title))

    def keep_best(self, judged: Sequence[Judged]) -> list[Judged]:
        """The same, with no more alerts than are wanted: the best of those that qualify."""
        discounts = {at: each.opportunity.discount for at, each in enumerate(judged) if each.is_alert and each.opportunity}
        best = set(sorted(discounts, key=lambda at: -discounts[at])[: self.max_alerts])
        return [replace(each, is_alert=at in best) for at, each in enumerate(judged)]

    def _rate(self, currency: str) -> float | None:
        return 1.0 if currency == "USD" else (self.rates or {}).get(currency)


def _remarks(deal: StoredDeal, rate: float, factor: float) -> list[str]:
    remarks = []
    if deal.currency != "USD":
        remarks.append(f"Price converted from {deal.price:,.2f} {deal.currency} at {rate:g} USD.")
    if factor != 1.0:
        remarks.append(f"The estimate is {factor:g} times that of a new one, as this one is {deal.condition}.")
    if deal.has_variants:
        remarks.append("The title names several prices; this is the lowest.")
    return remarks


def _published_form(deal: StoredDeal, price: float, remarks: list[str]) -> Deal:
    description = " ".join([*remarks, deal.description]).strip()
    return Deal.model_validate(deal.model_dump() | {"description": description, "price": round(price, 2), "currency": "USD"})


def parse_rates(text: str) -> dict[str, float]:
    """ "AUD=0.66, EUR=1.08" as a mapping. ValueError where a part is not of that form."""
    rates = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        currency, _, value = part.partition("=")
        try:
            rate = float(value)
        except ValueError:
            rate = math.nan
        if len(currency.strip()) != 3 or not 0 < rate < math.inf:
            raise ValueError(f"{part!r} is not like AUD=0.66")
        rates[currency.strip().upper()] = rate
    return rates
