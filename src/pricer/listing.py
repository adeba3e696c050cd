"""A deal as a line of a terminal and as what filters look at, be it an opportunity or one of all that was read."""

from dataclasses import dataclass, field
from typing import Any

from common.alerts.conditions import folded
from common.judging import chance_words
from pricer.printing import plain


@dataclass(frozen=True)
class Listed:
    """`price` in `currency`; worth and saving in US dollars, None where it was not judged. `remark`: why it is not pushed.

    `raw`: as the service told it.
    """

    id: str
    title: str
    url: str
    price: float | None
    currency: str
    worth: float | None
    saving: float | None
    chance: float | None
    retailer: str
    feed: str
    category: str
    condition: str
    remark: str
    is_in_review: bool
    raw: dict[str, Any] = field(compare=False)

    @property
    def line(self) -> str:
        """For a person."""
        worth = f"worth ${self.worth:>9,.2f}" if self.worth is not None else f"{'not judged':<16}"
        chance = "" if self.chance is None else f"  {chance_words(self.chance):>9}"
        return f"{self._asked}  {worth}{chance}  {plain(self.title)}  {plain(self.url)}{self._remark}"

    @property
    def _asked(self) -> str:
        if self.price is None:
            return f"{'no price':>10}"
        return f"${self.price:>9,.2f}" if self.currency == "USD" else f"{self.price:>9,.2f} {plain(self.currency)}"

    @property
    def _remark(self) -> str:
        return f"  [{'review' if self.is_in_review else 'not pushed'}: {plain(self.remark)}]" if self.remark else ""


def has_words(query: str, *texts: str) -> bool:
    """Whether all words of a query stand in the texts, or their beginnings: "drill" finds drills."""
    words = folded(query).split()
    told = folded(" ".join(texts)) if words else ""
    return all(f" {word}" in told for word in words)


def of_opportunity(item: dict[str, Any]) -> Listed:
    """Of GET /opportunities."""
    deal = item["deal"]
    return Listed(
        id=str(item.get("id", "")),
        worth=item["estimate"],
        saving=item.get("discount"),
        chance=item.get("chance"),
        remark=item.get("why_not") or "",
        is_in_review=bool(item.get("review")),
        raw=item,
        **_facts(deal),
    )


def of_seen(item: dict[str, Any]) -> Listed:
    """Of GET /deals."""
    worth, price = item.get("estimate"), item.get("price")
    return Listed(
        id=str(item.get("id", "")),
        worth=worth,
        saving=None if worth is None or price is None or item.get("currency") != "USD" else worth - price,
        chance=item.get("chance"),
        remark=item.get("reason") or "",
        is_in_review=item.get("state") == "review",
        raw=item,
        **_facts(item),
    )


def _facts(deal: dict[str, Any]) -> dict[str, Any]:
    texts = {name: str(deal.get(name) or "") for name in ("title", "url", "retailer", "feed", "category")}
    price = deal.get("price")
    return {**texts, "price": price, "currency": deal.get("currency") or "USD", "condition": deal.get("condition") or "new"}
