"""How the estimates of one subset of pricers are combined: a weighted mean of log prices, its level put right, an 80 % interval.

Works on numbers and on arrays alike, so that what training fits is what is served. Knows no files and no HTTP.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ensemble.groups import CATEGORIES, KINDS, KNOWN, Codes, Groups

MOST_UNUSUAL = 2.0  # times as sure or unsure as usual: past this a pricer's interval changes nothing more
# Power of the pricers' relative widths in the width of ours. At 0.5 86 % of brand goods and 76 % of listings lay inside, at 1.5
# 83 and 81 % (held-out rows): how much is known of a thing is told by the pricers' widths, and by nothing else that is seen here.
SPREAD = 1.5
# Power of that spread in the shift of the level: what a median lies off grows with the variance of what is not known.
SHIFT_SPREAD = 2.0
# Of a pricer's weight beside one that has found the product itself (Similar.match is exact). Of 32 held-out and dev rows the error
# is least, 0.18, where the specialist has a tenth of the answer or less, and 0.19 at its usual 45 %.
STRANGER = 0.15
# The same for a bare name of at most BRIEF_WORDS words, beside one that looks products up: a reader of words knows no names. Of 898
# titles of held-out and dev rows, cut to brand and model, that no product matches the error is 0.50 at 0.3 and less, and 0.53 at 1.
BRIEF, BRIEF_WORDS = 0.3, 6
BAND_EDGES = (25, 50, 100, 200, 400, 1000)  # USD: the bands of estimates, as evaluations have them of prices
BANDS = ("<25", "25-50", "50-100", "100-200", "200-400", "400-1000", ">=1000")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lead:
    """The members to be believed more than usual, and what the weight of each other one is multiplied by."""

    members: frozenset[str] = frozenset()
    others: float = 1.0


NOBODY = Lead()


def lead_of(text: str, identified: Collection[str], looking: Collection[str]) -> Lead:
    """Who leads for `text`: the members that have found the product itself; for a bare name, else, those `looking` products up."""
    if identified:
        return Lead(frozenset(identified), STRANGER)
    is_brief = len(text.split(maxsplit=BRIEF_WORDS)) <= BRIEF_WORDS
    return Lead(frozenset(looking), BRIEF) if is_brief and looking else NOBODY


@dataclass(frozen=True)
class Shift:
    """What is added to a log price of usual spread, by kind of text: linear between `knots` (ascending), constant beyond them."""

    knots: list[float]
    offsets: dict[str, list[float]]  # by KINDS

    def at(self, level: Floats, kind: Codes) -> Floats:
        """The offset at each log price."""
        return np.asarray(np.choose(kind, [np.interp(level, self.knots, self.offsets[name]) for name in KINDS]))


@dataclass(frozen=True)
class Factors:
    """How much wider than the level says an interval is, by group: one factor of each kind, multiplied. Groups left out have 1."""

    kind: dict[str, float] = field(default_factory=dict)
    band: dict[str, float] = field(default_factory=dict)
    category: dict[str, float] = field(default_factory=dict)
    known: dict[str, float] = field(default_factory=dict)

    def at(self, log_price: Floats, groups: Groups) -> Floats:
        """The product of each estimate's factors."""
        bands = np.searchsorted(BAND_EDGES, np.exp(log_price), side="right")
        return np.asarray(
            _taken(self.kind, KINDS, groups.kind)
            * _taken(self.band, BANDS, bands)
            * _taken(self.category, CATEGORIES, groups.category)
            * _taken(self.known, KNOWN, groups.known)
        )


def _taken(factors: Mapping[str, float], names: Sequence[str], codes: npt.ArrayLike) -> Floats:
    return np.asarray(np.array([factors.get(name, 1.0) for name in names])[np.asarray(codes)])


@dataclass(frozen=True)
class Interval:
    """Where the 80 % interval begins and ends at each of `knots`, from the combined log price, for usual widths and groups."""

    knots: list[float]
    low: list[float]
    high: list[float]
    factors: Factors = field(default_factory=Factors)


@dataclass(frozen=True)
class Rule:
    """How one subset of pricers is combined: z = sum of share * ln price; ln of the answer = z + spread ** 2 * shift(z).

    A pricer's share goes as weight / u ** sharpness, where u = its ln(high / low) over its usual one (`widths`): who is surer
    than usual counts more. Weights are not negative and no shift falls faster than z rises, so the answer never falls when a
    pricer's estimate rises (its interval with it, or standing still). One whose width is unknown (NaN) counts as usual.
    """

    weights: dict[str, float]
    shift: Shift
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

    def mean(self, logs: Mapping[str, Floats], widths: Mapping[str, Floats]) -> Floats:
        """Weighted means of log prices, one array (or number) for each pricer of the subset."""
        return np.asarray(sum((share * logs[name] for name, share in self.shares(widths).items()), start=np.zeros(())))

    def log_price(self, logs: Mapping[str, Floats], widths: Mapping[str, Floats], groups: Groups) -> Floats:
        """Combined log prices: the mean, and what its level, spread and kind of text add."""
        z = self.mean(logs, widths)
        return np.asarray(z + self.spread(widths) ** SHIFT_SPREAD * self.shift.at(z, groups.kind))

    def spread(self, widths: Mapping[str, Floats]) -> Floats:
        """Factor on the width of the interval: the pricers' weighted geometric mean of how unusual theirs are, to the SPREAD."""
        unknown, total = np.array(math.nan), sum(self.weights.values())
        logs = [w / total * np.log(self.unusual(name, widths.get(name, unknown))) for name, w in self.weights.items()]
        return np.asarray(np.exp(SPREAD * np.sum(np.broadcast_arrays(*logs), axis=0)))

    def bounds(self, log_price: Floats, widths: Mapping[str, Floats], groups: Groups) -> tuple[Floats, Floats]:
        """Log prices between which the truth lies four times of five, in all and in each group."""
        at, unit = self.interval.knots, self.spread(widths) * self.interval.factors.at(log_price, groups)
        low, high = (np.interp(log_price, at, ends) for ends in (self.interval.low, self.interval.high))
        return log_price + unit * low, log_price + unit * high
