"""Says which offers are news to a person, who is not told what is old, or what was told already. Pure: no clock, no store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanner.deal_data import SAME_PRICE, Baseline, Feed, Told, ToldProduct
from scanner.intake.title_match import is_same_product

_BEFORE = "it was $"  # the beginning of what is said of a former price
FIRST_AGE = timedelta(hours=24)  # of what is news where a feed is read for the first time and recent offers are: as in the demo


@dataclass(frozen=True)
class NoveltyRule:
    """What is too old, and what is a repeat.

    `max_age`: since a deal was published, when it is first seen; `baseline`: what is told of a feed's first reading; both where the
    feed has none of its own. `new_low`: share by which a price must lie below the one to beat,
    which counts for `cool_down`. All prices in USD.
    """

    max_age: timedelta = timedelta(hours=72)
    new_low: float = 0.05
    cool_down: timedelta = timedelta(days=14)
    baseline: Baseline = "recent"

    def why_old(self, published: datetime, now: datetime, feed: Feed) -> str | None:
        """Why a deal that is first seen now, in this feed, is no news; None where it is."""
        age = now - published
        stale = self.why_stale(published, now, feed.max_age_hours)
        if stale or not feed.is_first_reading:
            return stale
        if not feed.demo and (feed.baseline or self.baseline) == "silent":
            return "it stood in its feed when that was read for the first time"
        return f"it was published {_spoken(age)} before its feed was read for the first time" if age > FIRST_AGE else None

    def why_stale(self, published: datetime, now: datetime, max_age_hours: float | None = None) -> str | None:
        """Why a deal is too old, wherever it stands. `max_age_hours`: its feed's own bound, if it has one."""
        age = now - published
        is_old = age > (self.max_age if max_age_hours is None else timedelta(hours=max_age_hours))
        return f"it was published {_spoken(age)} before it was seen" if is_old else None

    def why_no_new_low(self, price: float, before: Sequence[float]) -> str | None:
        """Why a price that took the place of others under the same link is no news. `before`: those others, the oldest first."""
        if not before:
            return None
        first, lowest = before[0], min(before)
        if price > lowest - SAME_PRICE:
            return f"{_BEFORE}{lowest:,.2f} before, and no dearer"
        return None if self.is_new_low(price, first) else f"{_BEFORE}{first:,.2f} before: not {self.new_low:.0%} more than now"

    def why_told(self, this: Told, other: Told) -> str | None:
        """Why `this` repeats the `other`, which was pushed within the cool-down; None where it does not."""
        if self.is_new_low(this.price, other.price) or not _is_of_same(this, other):
            return None
        return self._no_less(other.price)

    def why_told_before(self, price: float, told: ToldProduct, now: datetime) -> str | None:
        """Why a price is no news of a product of which something was told; None where it is.

        Within the cool-down it must be a new low; after it, cheaper than whatever was told: nothing is told twice for one price.
        """
        if told.muted:
            return "its product is muted"
        if told.price is None or told.at is None:
            return None
        if now - told.at <= (self.cool_down if told.cool_down is None else told.cool_down):
            return None if self.is_new_low(price, told.price) else self._no_less(told.price)
        return None if price < told.price - SAME_PRICE else f"it was pushed at ${told.price:,.2f} before, and is no cheaper now"

    def is_new_low(self, price: float, former: float) -> bool:
        """Whether `price` lies as far below the `former` as news must."""
        return price <= former * (1 - self.new_low) + SAME_PRICE

    def _no_less(self, told: float) -> str:
        return f"the same was pushed at ${told:,.2f}, and this is not {self.new_low:.0%} less"


def is_about_former_price(why: str) -> bool:
    """Whether the same entry's former prices are why an offer is no news. Whoever waits for a target has heard of none of them."""
    return why.startswith(_BEFORE)


def _is_of_same(one: Told, other: Told) -> bool:
    """The same entry of a feed, or the same product in the same condition, wherever."""
    return one.entry == other.entry or (one.condition == other.condition and is_same_product(one.title, other.title))


def _spoken(age: timedelta) -> str:
    hours = age / timedelta(hours=1)
    return f"{hours:.0f} hours" if hours < 72 else f"{hours / 24:,.0f} days"
