"""Combines the pricers' estimates: a weighted mean of log prices, a shift by price level, and a calibrated 80 % interval.

One rule for every subset of pricers, fitted by training.ensemble_train, which imports this module, so that what is fitted is
what is served. Knows nothing of HTTP, and does not judge estimates: a price that is not finite and positive is refused.
"""

import json
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.errors import ArtifactError

FORMAT_VERSION = 2
COMMAND = "uv run python -m training.ensemble_train"
MOST_UNUSUAL = 2.0  # times as sure or unsure as usual: past this a pricer's interval changes nothing more
# Power of the pricers' relative widths in the width of ours. At 0.5 86 % of brand goods and 76 % of listings lay inside, at 1.5
# 83 and 81 % (held-out rows): how much is known of a thing is told by the pricers' widths, and by nothing else that is seen here.
SPREAD = 1.5
# Of a pricer's weight beside one that has found the product itself (Similar.match is exact). Of 32 held-out and dev rows the error
# is least, 0.18, where the specialist has a tenth of the answer or less, and 0.19 at its usual 45 %.
STRANGER = 0.15
# The same for a bare name of at most BRIEF_WORDS words, beside one that looks products up: a reader of words knows no names. Of 898
# titles of held-out and dev rows, cut to brand and model, that no product matches the error is 0.50 at 0.3 and less, and 0.53 at 1.
BRIEF, BRIEF_WORDS = 0.3, 6
# frontier-rag through a chat model is another member than on its local estimator: where it errs, it errs elsewhere.
CHAT, LOCAL = "frontier-rag-chat", "frontier-rag"
CAUTION = 0.5  # of the weight of the pricer that it stands in for: no held-out row says yet what a chat model is worth

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Combined:
    """A price with its 80 % interval in USD, and each pricer's share of the weight (the shares sum to 1)."""

    price: float
    low: float
    high: float
    shares: dict[str, float]


@dataclass(frozen=True)
class Lead:
    """The members to be believed more than usual, and what the weight of each other one is multiplied by."""

    members: frozenset[str] = frozenset()
    others: float = 1.0


def lead_of(text: str, identified: Collection[str], looking: Collection[str]) -> Lead:
    """Who leads for `text`: the members that have found the product itself; for a bare name, else, those `looking` products up."""
    if identified:
        return Lead(frozenset(identified), STRANGER)
    is_brief = len(text.split(maxsplit=BRIEF_WORDS)) <= BRIEF_WORDS
    return Lead(frozenset(looking), BRIEF) if is_brief and looking else Lead()


@dataclass(frozen=True)
class Offsets:
    """Offsets in log space by price level: piecewise linear between `knots` (ascending log prices), constant beyond them."""

    knots: list[float]
    offsets: list[float]

    def at(self, level: Floats) -> Floats:
        """The offset at each log price."""
        return np.interp(level, self.knots, self.offsets)


@dataclass(frozen=True)
class Interval:
    """Where the 80 % interval begins and ends at each of `knots`: offsets from the combined log price, for usual widths."""

    knots: list[float]
    low: list[float]
    high: list[float]


@dataclass(frozen=True)
class Rule:
    """How one subset of pricers is combined: z = intercept + sum of share * ln price; ln of the answer = z + shift(z).

    A pricer's share goes as weight / u ** sharpness, where u = its ln(high / low) over its usual one (`widths`): who is surer
    than usual counts more. Weights are not negative and no shift falls faster than z rises, so the answer never falls when a
    pricer's estimate rises (its interval with it, or standing still). One whose width is unknown (NaN) counts as usual.
    """

    weights: dict[str, float]
    intercept: float
    shift: Offsets
    interval: Interval
    sharpness: float = 0.0
    widths: dict[str, float] = field(default_factory=dict)

    def unusual(self, name: str, width: Floats) -> Floats:
        """How wide a pricer's interval is beside its usual one, within a factor of MOST_UNUSUAL."""
        ratio = np.asarray(width, np.float64) / self.widths.get(name, math.nan)
        return np.clip(np.where(np.isfinite(ratio), ratio, 1.0), 1 / MOST_UNUSUAL, MOST_UNUSUAL)

    def shares(self, widths: Mapping[str, Floats]) -> dict[str, Floats]:
        """What part of the answer is each pricer's; sums to 1. Widths are ln(high / low); those left out count as usual."""
        unknown = np.array(math.nan)
        pull = {
            name: weight * self.unusual(name, widths.get(name, unknown)) ** -self.sharpness for name, weight in self.weights.items()
        }
        total = sum(pull.values(), start=np.zeros(()))
        return {name: each / total for name, each in pull.items()}

    def led_by(self, lead: Lead) -> "Rule":
        """The rule where some members are to be believed more."""
        weights = {name: weight * (1.0 if name in lead.members else lead.others) for name, weight in self.weights.items()}
        return replace(self, weights=weights) if lead.members & weights.keys() and sum(weights.values()) > 0 else self

    def log_price(self, logs: Mapping[str, Floats], widths: Mapping[str, Floats]) -> Floats:
        """Combined log prices of arrays of log prices, one array (or number) for each pricer of the subset."""
        shares = self.shares(widths)
        z = self.intercept + sum((share * logs[name] for name, share in shares.items()), start=np.zeros(()))
        return np.asarray(z + self.shift.at(z))

    def spread(self, widths: Mapping[str, Floats]) -> Floats:
        """Factor on the width of the interval: the pricers' weighted geometric mean of how unusual theirs are, to the SPREAD."""
        unknown, total = np.array(math.nan), sum(self.weights.values())
        logs = [w / total * np.log(self.unusual(name, widths.get(name, unknown))) for name, w in self.weights.items()]
        return np.asarray(np.exp(SPREAD * np.sum(np.broadcast_arrays(*logs), axis=0)))

    def bounds(self, log_price: Floats, widths: Mapping[str, Floats]) -> tuple[Floats, Floats]:
        """Log prices between which the truth lies four times of five."""
        at, unit = self.interval.knots, self.spread(widths)
        low, high = (np.interp(log_price, at, ends) for ends in (self.interval.low, self.interval.high))
        return log_price + unit * low, log_price + unit * high


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
    """The rules of all subsets of `members`, by subset_key."""

    members: list[str]
    subsets: dict[str, Rule]

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
        intervals: Mapping[str, tuple[float, float]] | None = None,
        lead: Lead = Lead(),
    ) -> Combined:
        """Combine the estimates (USD) that are there, each with its low and high; those without an interval count as usually sure.

        `lead`: see lead_of. ValueError: none, an unknown pricer, or one that is not a positive price.
        """
        rule = self.rule_for(list(prices)).led_by(lead)
        bad = {name: price for name, price in prices.items() if not (math.isfinite(price) and price > 0)}
        if bad:
            raise ValueError(f"not a positive price: {bad}")
        widths = {name: np.array(width_of(*ends)) for name, ends in (intervals or {}).items()}
        level = rule.log_price({name: np.log(np.float64(price)) for name, price in prices.items()}, widths)
        low, high = rule.bounds(level, widths)
        shares = {name: round(float(share), 4) for name, share in rule.shares(widths).items()}
        return Combined(math.exp(level), math.exp(low), math.exp(high), shares)

    def save(self, path: Path) -> None:
        """Write weights.json."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def _with_stand_in(rule: Rule) -> Rule:
    """The rule with the chat model in the local estimator's place. Alone it keeps all the weight: there is nobody else."""
    names = {name: CHAT if name == LOCAL else name for name in rule.weights}
    weights = {names[name]: weight * (CAUTION if name == LOCAL else 1.0) for name, weight in rule.weights.items()}
    widths = {names[name]: width for name, width in rule.widths.items()}
    return Rule(weights, rule.intercept, rule.shift, rule.interval, rule.sharpness, widths)


def _rule(found: dict[str, Any]) -> Rule:
    return Rule(
        weights={str(name): float(weight) for name, weight in found["weights"].items()},
        intercept=float(found["intercept"]),
        shift=Offsets(**found["shift"]),
        interval=Interval(**found["interval"]),
        sharpness=float(found["sharpness"]),
        widths={str(name): float(width) for name, width in found["widths"].items()},
    )


def load_weights(path: Path) -> Weights:
    """Read weights.json; ArtifactError when it holds something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        weights = Weights(list(found["members"]), {key: _rule(rule) for key, rule in found["subsets"].items()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as exc:
        raise ArtifactError(f"{path} holds no ensemble weights ({exc!r}); make it with: {COMMAND}") from exc
    for key, rule in weights.subsets.items():
        if not _is_usable(key, rule):
            raise ArtifactError(f"{path}: the weights of {key!r} are not usable; make it with: {COMMAND}")
    return weights


def _is_usable(key: str, rule: Rule) -> bool:
    weights, widths = rule.weights.values(), rule.widths.values()
    is_positive = sum(weights) > 0 and min(weights) >= 0 and rule.sharpness >= 0 and all(width > 0 for width in widths)
    return key == subset_key(rule.weights) and is_positive
