"""Combines the pricers' estimates by the rule that was fitted for exactly those pricers, and reads the rules from weights.json.

Fitted by training.ensemble_train, which imports this module, so that what is fitted is what is served. Knows nothing of HTTP, and
does not judge estimates: a price that is not finite and positive is refused.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.errors import ArtifactError
from ensemble.groups import KINDS, CategoryWords, Groups, load_category_words
from ensemble.rule import NOBODY, Factors, Interval, Lead, Rule, Shift

FORMAT_VERSION = 3
COMMAND = "uv run python -m training.ensemble_train"
RULES, CATEGORY_WORDS = "weights.json", "categories.json"
# frontier-rag through a chat model is another member than on its local estimator: where it errs, it errs elsewhere.
CHAT, LOCAL = "frontier-rag-chat", "frontier-rag"
CAUTION = 0.5  # of the weight of the pricer that it stands in for: no held-out row says yet what a chat model is worth


@dataclass(frozen=True)
class Combined:
    """A price with its 80 % interval in USD, and each pricer's share of the weight (the shares sum to 1)."""

    price: float
    low: float
    high: float
    shares: dict[str, float]


def subset_key(names: Iterable[str]) -> str:
    """The name of a subset in weights.json: its pricers sorted and joined."""
    return "+".join(sorted(names))


def member_of(pricer: str, told: str | None) -> str:
    """The member of the ensemble that a pricer's answer comes from: the one it tells of, where that stands behind this pricer."""
    return CHAT if pricer == LOCAL and told == CHAT else pricer


def width_of(low: float, high: float) -> float:
    """ln(high / low); NaN, which counts as usual, where that says nothing."""
    return math.log(high / low) if 0 < low < high < math.inf else math.nan


@dataclass(frozen=True)
class Weights:
    """The rules of all subsets of `members`, by subset_key, and by which words a category is guessed."""

    members: list[str]
    subsets: dict[str, Rule]
    category_words: CategoryWords

    def knows(self, member: str) -> bool:
        """Whether training has seen it, or what it stands in for: it has a weight."""
        return member in self.members or (member == CHAT and LOCAL in self.members)

    def rule_for(self, names: Iterable[str]) -> Rule:
        """The rule of these pricers; ValueError where there is none.

        A chat model that training has not seen stands in for frontier-rag's local estimator at CAUTION of its weight.
        """
        key = subset_key(names)
        if key in self.subsets:
            return self.subsets[key]
        rule = self.subsets.get(subset_key(LOCAL if name == CHAT else name for name in names))
        if rule is None or CHAT not in names:
            raise ValueError(f"no weights for the pricers {sorted(names)}; known are {self.members}")
        return _with_stand_in(rule)

    def combine(
        self,
        prices: Mapping[str, float],
        groups: Groups,
        intervals: Mapping[str, tuple[float, float]] | None = None,
        lead: Lead = NOBODY,
    ) -> Combined:
        """Combine the estimates (USD) that are there, each with its low and high; those without an interval count as usually sure.

        `groups`: those of the one thing that is priced. `lead`: see lead_of. ValueError: none, an unknown pricer, or a price that
        is not positive.
        """
        rule = self.rule_for(list(prices)).led_by(lead)
        bad = {name: price for name, price in prices.items() if not (math.isfinite(price) and price > 0)}
        if bad:
            raise ValueError(f"not a positive price: {bad}")
        widths = {name: np.array(width_of(*ends)) for name, ends in (intervals or {}).items()}
        level = rule.log_price({name: np.log(np.float64(price)) for name, price in prices.items()}, widths, groups)
        low, high = rule.bounds(level, widths, groups)
        shares = {name: round(float(share), 4) for name, share in rule.shares(widths).items()}
        return Combined(math.exp(level), math.exp(low), math.exp(high), shares)

    def save(self, folder: Path) -> None:
        """Write RULES and CATEGORY_WORDS into `folder`."""
        rules = {"members": self.members, "subsets": {key: asdict(rule) for key, rule in self.subsets.items()}}
        (folder / RULES).write_text(json.dumps(rules, indent=1) + "\n", encoding="utf-8")
        self.category_words.save(folder / CATEGORY_WORDS)


def _with_stand_in(rule: Rule) -> Rule:
    """The rule with the chat model in the local estimator's place. Alone it keeps all the weight: there is nobody else."""
    names = {name: CHAT if name == LOCAL else name for name in rule.weights}
    weights = {names[name]: weight * (CAUTION if name == LOCAL else 1.0) for name, weight in rule.weights.items()}
    widths = {names[name]: width for name, width in rule.widths.items()}
    return Rule(weights, rule.shift, rule.interval, rule.sharpness, widths)


def _rule(found: dict[str, Any]) -> Rule:
    return Rule(
        weights={str(name): float(weight) for name, weight in found["weights"].items()},
        shift=Shift(**found["shift"]),
        interval=Interval(**{**found["interval"], "factors": Factors(**found["interval"]["factors"])}),
        sharpness=float(found["sharpness"]),
        widths={str(name): float(width) for name, width in found["widths"].items()},
    )


def load_weights(folder: Path) -> Weights:
    """Read RULES and CATEGORY_WORDS of `folder`; ArtifactError when they hold something else."""
    path = folder / RULES
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        members, rules = list(found["members"]), {key: _rule(rule) for key, rule in found["subsets"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as exc:
        raise ArtifactError(f"{path} holds no ensemble weights ({exc!r}); make it with: {COMMAND}") from exc
    for key, rule in rules.items():
        if not _is_usable(key, rule):
            raise ArtifactError(f"{path}: the weights of {key!r} are not usable; make it with: {COMMAND}")
    return Weights(members, rules, load_category_words(folder / CATEGORY_WORDS, COMMAND))


def _is_usable(key: str, rule: Rule) -> bool:
    weights, widths = rule.weights.values(), rule.widths.values()
    is_positive = sum(weights) > 0 and min(weights) >= 0 and rule.sharpness >= 0 and all(width > 0 for width in widths)
    return key == subset_key(rule.weights) and is_positive and _is_whole(rule.shift) and _is_wide(rule.interval)


def _is_whole(shift: Shift) -> bool:
    """Whether it has a curve for each kind of text."""
    return set(shift.offsets) == set(KINDS) and all(len(curve) == len(shift.knots) for curve in shift.offsets.values())


def _is_wide(interval: Interval) -> bool:
    """Whether no factor turns it around."""
    return all(factor > 0 for factors in asdict(interval.factors).values() for factor in factors.values())
