"""The numbers that a push may name, as a push says them. Pure."""

import math
from dataclasses import dataclass

from common.alerts.conditions import percent_saved
from common.deals import Opportunity

_SUREST = 0.99  # chance beyond which more is not said
_WITH_CENTS = 20.0  # dollars below which cents of an estimate matter


@dataclass(frozen=True)
class Figures:
    """Money as it is written behind the dollar sign, `price` in both ways; shares in whole percent."""

    price: frozenset[str]
    worth: str
    saving: str
    bounds: frozenset[str]
    percent: str
    chance: str | None

    @classmethod
    def of(cls, opportunity: Opportunity) -> "Figures":
        """Those of an alert."""
        exact = f"{opportunity.deal.price:,.2f}"
        chance = opportunity.chance
        return cls(
            frozenset({exact, exact.removesuffix(".00")}),
            about(opportunity.estimate),
            about(opportunity.discount),
            frozenset({about(opportunity.low), about(opportunity.high)}),
            str(math.floor(percent_saved(opportunity))),
            None if chance is None else f"{100 * min(chance, _SUREST):.0f}",
        )

    @property
    def money(self) -> frozenset[str]:
        """All amounts."""
        return self.price | self.bounds | {self.worth, self.saving}

    @property
    def shares(self) -> frozenset[str]:
        """All that may stand before a percent sign."""
        return frozenset(filter(None, (self.percent, self.chance)))


def about(dollars: float) -> str:
    """An amount that is not known to the cent: 1,235, or 7.49 where cents still matter."""
    return f"{dollars:,.{2 if abs(dollars) < _WITH_CENTS else 0}f}"
