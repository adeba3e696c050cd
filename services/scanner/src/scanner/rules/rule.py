"""A person's rules and the book of them: which offers are pushed, where to, and how loudly. Pure: no clock, store or network."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from common.alerts.conditions import Conditions
from common.conditional.entity_tag import entity_tag
from common.deals import Match, Opportunity, Priority
from common.judging import Judgement
from scanner.alert_rule import LEAST_SUPPORT, AlertRule
from scanner.deal_data import Wanted

Mode: TypeAlias = Literal["first", "all"]  # of the rules that match: the first counts, or all of them
_NAMED = 3  # rules whose reasons are given


@dataclass(frozen=True)
class Rule:
    """`when` it applies; `channels` by name, none for all. `origin`: environment where it follows that, else person."""

    id: int
    name: str
    when: Conditions
    channels: tuple[str, ...] = ()
    priority: Priority = "normal"
    enabled: bool = True
    origin: str = "person"

    @property
    def etag(self) -> str:
        """What tells, as an entity tag of HTTP, whether a rule is still as somebody has read it."""
        return entity_tag(self.name, self.when.model_dump_json(), self.channels, self.priority, self.enabled)

    @property
    def evidence(self) -> AlertRule:
        """How sure the judge must be: as sure as the rule asks, and not at all where it asks for nothing."""
        chance = self.when.least_chance or 0.0
        return AlertRule(
            wrong_in=round(1 / (1 - chance), 9),  # 0.9 means 10, not a hair more
            push_saving=self.when.least_saving or 0.0,
            least_pricers=self.when.least_pricers or 0,
            least_support=min(LEAST_SUPPORT, chance),
        )

    def why_not(self, opportunity: Opportunity, judgement: Judgement) -> str | None:
        """Why an offer is not pushed by this rule; None where it is."""
        other = self.when.why_other(opportunity)
        if other is not None:
            return other
        asks_little = self.when.model_copy(update={"least_saving": None, "least_chance": None, "least_pricers": None})
        # What is too little to be believed, and is not up for review, a person confirmed.
        unsure = self.evidence.why_not(judgement, opportunity.deal.price, is_confirmed=not opportunity.review)
        return unsure or asks_little.why_too_little(opportunity)

    @property
    def wanted(self) -> Wanted:
        """What a match comes to."""
        return Wanted(Match(kind="rule", id=self.id, name=self.name), self.channels, self.priority)


@dataclass(frozen=True)
class RuleBook:
    """The rules that are on, in their order."""

    rules: Sequence[Rule] = field(default_factory=lambda: (default_rule(),))
    mode: Mode = "first"

    def matches(self, opportunity: Opportunity, judgement: Judgement) -> tuple[Wanted, ...]:
        """What the rules want of an offer; nothing where none applies."""
        found = (rule.wanted for rule in self.rules if rule.enabled and rule.why_not(opportunity, judgement) is None)
        return tuple(found) if self.mode == "all" else tuple(filter(None, [next(found, None)]))

    def why_not(self, opportunity: Opportunity, judgement: Judgement) -> str:
        """Why no rule applies, in the words of the first ones."""
        rules = [rule for rule in self.rules if rule.enabled]
        if not rules:
            return "no rule is on"
        whys = [(rule.name, rule.why_not(opportunity, judgement) or "") for rule in rules[:_NAMED]]
        return whys[0][1] if len(rules) == 1 else "; ".join(f"{name}: {why}" for name, why in whys)


def default_rule(alert: AlertRule | None = None, list_saving: float = 0.0) -> Rule:
    """The sensible one: what surely saves, as the environment says how surely and how much; never what is not even listed."""
    alert = alert or AlertRule()
    when = Conditions(
        least_saving=max(alert.push_saving, list_saving),
        least_chance=alert.least_chance,
        least_pricers=alert.least_pricers,
    )
    return Rule(0, "Good deals", when, origin="environment")
