"""Why deals are not pushed, so generally that reasons can be counted; and what of a rule figures alone can tell. Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache

from common.judging import Condition
from scanner.alert_rule import IMPLAUSIBLE
from scanner.rules.rule import Rule

INCREDIBLE = "the price is too little to be believed"
OTHER_CONDITION = "it is in another condition"
NO_SAVING = "no saving is expected"
UNSUPPORTED = "nothing beside the price itself says so clearly"
NO_NEWS = "it was old when it was first seen, or hardly dearer before"
TOLD = "the same was pushed before"
# A reason in its general form: the figures of the one offer are left out, those of the rule stay.
_REASONS = (
    (r"it was pushed at \$.* before, and is no cheaper now|its product is muted", TOLD),
    (r"it stood in its feed when that was read for the first time", NO_NEWS),
    (r"\$[\d,.]+ is too little for something worth .*", INCREDIBLE),
    (r"it is (new|refurbished|used|open-box)", OTHER_CONDITION),
    (r"its category is .*", "it is of another category"),
    (r"it is sold by .*", "it is sold by another shop"),
    (r"\$[\d,.]+ is less than (\$[\d,.]+)", r"it costs less than \1"),
    (r"\$[\d,.]+ is more than (\$[\d,.]+)", r"it costs more than \1"),
    (r"the expected saving of \S+ is less than \$0", NO_SAVING),
    (r"the expected saving of \S+( %)? is less than (.*)", r"the expected saving is less than \2"),
    (r"nothing beside the price itself says so clearly .*", UNSUPPORTED),
    (r"the chance of \S+ is less than (.*)", r"the chance is less than \1"),
    (r"it rests on .* pricer.*", "it rests on too few pricers"),
    (r"it was published .*|it was \$.* before.*", NO_NEWS),
    (r"the same was pushed at .*", TOLD),
)
_GENERAL = tuple((re.compile(rf"\A(?:{pattern})"), general) for pattern, general in _REASONS)


@lru_cache(maxsize=1_024)  # the same few are told of hundreds of thousands of deals
def in_general(why: str) -> str:
    """A reason without what is told of one offer alone."""
    for pattern, general in _GENERAL:
        if found := pattern.fullmatch(why):
            return found.expand(general)
    return why


@dataclass(frozen=True)
class Screen:
    """What figures alone must be for a rule to push, each None where it asks for nothing: needed, and not enough.

    Money in USD. `sure_support`: what is enough in the place of chance and support where the very product was found.
    """

    min_price: float | None
    max_price: float | None
    least_saving: float
    least_percent: float | None
    least_chance: float
    least_support: float
    sure_support: float
    conditions: tuple[Condition, ...]
    implausible: float = IMPLAUSIBLE

    @property
    def cheap(self) -> str:
        """Why one below the lowest price is not pushed."""
        return f"it costs less than ${self.min_price or 0:,.2f}"

    @property
    def dear(self) -> str:
        """Why one above the highest price is not pushed."""
        return f"it costs more than ${self.max_price or 0:,.2f}"

    @property
    def saves_little(self) -> str:
        """Why one that saves too few dollars is not pushed."""
        least = f"${self.least_saving:,.0f}"
        return NO_SAVING if least == "$0" else f"the expected saving is less than {least}"

    @property
    def saves_small_part(self) -> str:
        """Why one that saves too small a part is not pushed."""
        return f"the expected saving is less than {self.least_percent or 0:g} %"

    @property
    def doubtful(self) -> str:
        """Why one of too small a chance is not pushed."""
        return f"the chance is less than {self.least_chance:.0%}"


def screen_of(rule: Rule) -> Screen:
    """What a rule asks of figures."""
    when, evidence = rule.when, rule.evidence
    return Screen(
        when.min_price,
        when.max_price,
        evidence.push_saving,
        when.least_percent,
        evidence.least_chance,
        evidence.least_support,
        evidence.sure_support,
        when.conditions,
    )
