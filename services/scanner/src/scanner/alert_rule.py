"""Says which judged offers are worth a push, and why another is not. Pure: no clock, no store, no network."""

from dataclasses import dataclass

from common.judging import Judgement

# References that carry an alert alone: not what sellers say of themselves.
CARRYING = frozenset({"next_best", "history", "all_time_low"})
# Of what wrong_in allows, for a product that was found itself: two of 65 are pushed at their own price, 46 at half of it.
SUPPORT_DOUBT = 2.5
LEAST_SUPPORT = 0.82
IMPLAUSIBLE = 0.12  # of worth: what is asked for less is a mistake, a trick or another thing


@dataclass(frozen=True)
class AlertRule:
    """`wrong_in`: of so many pushes at most one may be no real saving; `push_saving` in USD; `least_pricers` estimates."""

    wrong_in: float = 10.0
    push_saving: float = 10.0
    least_pricers: int = 2
    least_support: float = LEAST_SUPPORT

    @property
    def least_chance(self) -> float:
        """The chance that an offer must have: where every push has it, at most one of `wrong_in` is wrong."""
        return 1 - 1 / self.wrong_in

    @property
    def sure_support(self) -> float:
        """The support that is enough where the product itself was found."""
        return 1 - SUPPORT_DOUBT / self.wrong_in

    def is_alert(self, judgement: Judgement, price: float) -> bool:
        """Whether the offer at `price` USD is pushed."""
        return self.why_not(judgement, price) is None

    def why_not(self, judgement: Judgement, price: float, *, is_confirmed: bool = False) -> str | None:
        """Why the offer at `price` USD is not pushed; None where it is. `is_confirmed`: that is the price, however low it is."""
        if not is_confirmed and self.needs_review(judgement, price):
            return self.why_review(judgement, price)
        if judgement.saving < self.push_saving:
            return f"the expected saving of ${max(judgement.saving, 0):,.0f} is less than ${self.push_saving:,.0f}"
        is_sure = self._is_sure_of(judgement)
        if judgement.support < self.least_support and not is_sure:
            return f"nothing beside the price itself says so clearly (support {judgement.support:.0%} of {self.least_support:.0%})"
        if judgement.chance < self.least_chance and not is_sure:
            return f"the chance of {judgement.chance:.0%} is less than {self.least_chance:.0%}"
        return None if self._carried(judgement) else self._why_unsure(judgement)

    def _is_sure_of(self, judgement: Judgement) -> bool:
        """Whether the product itself was found, and what it costs says clearly enough that this is little for it.

        Then it does not matter that offers like this one, in such shops, are mostly less of a bargain: `chance` listens to that.
        """
        is_found = any(each.match == "exact" for each in judgement.answer.similar)
        return is_found and judgement.support >= self.sure_support

    def _why_unsure(self, judgement: Judgement) -> str | None:
        if not judgement.known and self.least_chance > 0:
            return "nothing like it is known, and its text states no other price"
        if len(judgement.answer.estimates) < self.least_pricers:
            return f"it rests on {len(judgement.answer.estimates)} pricer alone, and its text states no other price"
        return None

    def needs_review(self, judgement: Judgement, price: float) -> bool:
        """Whether the price is too good to be believed."""
        return price < IMPLAUSIBLE * judgement.worth

    def why_review(self, judgement: Judgement, price: float) -> str:
        """The same in words."""
        return f"${price:,.2f} is too little for something worth ${judgement.worth:,.0f}: look before you believe it"

    def _carried(self, judgement: Judgement) -> bool:
        return any(each.kind in CARRYING for each in judgement.evidence)
