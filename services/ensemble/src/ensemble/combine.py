"""Combines the pricers' estimates: a weighted mean of log prices, a shift by price level, and a calibrated 80 % interval.

One rule for every subset of pricers, fitted by training.ensemble_train, which imports this module, so that what is fitted is
what is served. Knows nothing of HTTP, and does not judge estimates: a price that is not finite and positive is refused.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.errors import ArtifactError

FORMAT_VERSION = 1
COMMAND = "uv run python -m training.ensemble_train"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Combined:
    """A price with its 80 % interval in USD, and each pricer's share of the weight (the shares sum to 1)."""

    price: float
    low: float
    high: float
    shares: dict[str, float]


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
    """Where the 80 % interval begins and ends, as offsets from the combined log price at each of `knots`."""

    knots: list[float]
    low: list[float]
    high: list[float]


@dataclass(frozen=True)
class Rule:
    """How one subset of pricers is combined: z = intercept + sum of weight * ln price; ln of the answer = z + shift(z).

    Weights are not negative and no shift falls faster than z rises, so the answer never falls when a pricer's estimate rises.
    """

    weights: dict[str, float]
    intercept: float
    shift: Offsets
    interval: Interval

    def log_price(self, logs: Mapping[str, Floats]) -> Floats:
        """Combined log prices of arrays of log prices, one array (or number) for each pricer of the subset."""
        z = self.intercept + sum((weight * logs[name] for name, weight in self.weights.items()), start=np.zeros(()))
        return np.asarray(z + self.shift.at(z))

    def bounds(self, log_price: Floats) -> tuple[Floats, Floats]:
        """Log prices between which the truth lies four times of five."""
        at = self.interval.knots
        return log_price + np.interp(log_price, at, self.interval.low), log_price + np.interp(log_price, at, self.interval.high)


def subset_key(names: Iterable[str]) -> str:
    """The name of a subset in weights.json: its pricers sorted and joined."""
    return "+".join(sorted(names))


@dataclass(frozen=True)
class Weights:
    """The rules of all subsets of `members`, by subset_key."""

    members: list[str]
    subsets: dict[str, Rule]

    def combine(self, prices: Mapping[str, float]) -> Combined:
        """Combine the estimates (USD) that are there. ValueError: none, an unknown pricer, or one that is not a positive price."""
        rule = self.subsets.get(subset_key(prices))
        if rule is None:
            raise ValueError(f"no weights for the pricers {sorted(prices)}; known are {self.members}")
        bad = {name: price for name, price in prices.items() if not (math.isfinite(price) and price > 0)}
        if bad:
            raise ValueError(f"not a positive price: {bad}")
        level = rule.log_price({name: np.log(np.float64(price)) for name, price in prices.items()})
        low, high = rule.bounds(level)
        total = sum(rule.weights.values())
        shares = {name: weight / total for name, weight in rule.weights.items()}
        return Combined(math.exp(level), math.exp(low), math.exp(high), shares)

    def save(self, path: Path) -> None:
        """Write weights.json."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def _rule(found: dict[str, Any]) -> Rule:
    return Rule(
        weights={str(name): float(weight) for name, weight in found["weights"].items()},
        intercept=float(found["intercept"]),
        shift=Offsets(**found["shift"]),
        interval=Interval(**found["interval"]),
    )


def load_weights(path: Path) -> Weights:
    """Read weights.json; ArtifactError when it holds something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        weights = Weights(list(found["members"]), {key: _rule(rule) for key, rule in found["subsets"].items()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as exc:
        raise ArtifactError(f"{path} holds no ensemble weights ({exc!r}); make it with: {COMMAND}") from exc
    for key, rule in weights.subsets.items():
        if key != subset_key(rule.weights) or sum(rule.weights.values()) <= 0 or min(rule.weights.values()) < 0:
            raise ArtifactError(f"{path}: the weights of {key!r} are not usable; make it with: {COMMAND}")
    return weights
