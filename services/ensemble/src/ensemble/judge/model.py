"""The model of what an offer is worth: each piece of evidence a density over ln(worth / asked price), multiplied.

The asked price itself is the prior: of goods offered like this one, how far below worth they were. What a pricer says, what the
text states and what the product cost before then move it, each as far as its own errors allow. Choosing offers by the greatest
`estimate - price` chooses the greatest errors of the estimate (the optimizer's curse, Smith and Winkler 2006); worth as the median
of a posterior is what corrects for it.

Fitted by training.judge_train, which imports this module. Knows nothing of HTTP and of words.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np
from pydantic import TypeAdapter, ValidationError

from common.errors import ArtifactError
from common.judging import ReferenceKind
from ensemble.judge.density import GRID, Floats, Posterior, TwoPiece
from ensemble.judge.terms import OfferFacts, is_word, terms_of

FORMAT_VERSION = 1
COMMAND = "uv run python -m training.judge_train"
FILE = "judge.json"
SEEN = "seen"  # the kind of a remembered price
ASKED, ESTIMATE = "asked_price", "estimate"  # kinds of evidence beside those of references
KINDS = frozenset({*get_args(ReferenceKind), SEEN})  # that every judge knows
LOW, HIGH = 0.1, 0.9  # of the posterior: the ends of the 80 % interval
TINY = 1e-6  # probability that no chance goes below or beyond one less
LEAST_WIDTH = 0.05  # ln(high / low): no estimate is surer


@dataclass(frozen=True)
class Linear:
    """intercept + the sum of the weights of the terms that hold; words count `word` of what other terms do."""

    intercept: float
    weights: Mapping[str, float]
    word: float = 0.5

    def at(self, terms: Sequence[str]) -> float:
        """The value for an offer with these terms; unknown ones change nothing."""
        weights = self.weights
        return self.intercept + sum(weights[term] * (self.word if is_word(term) else 1.0) for term in terms if term in weights)


@dataclass(frozen=True)
class EstimateFacts:
    """What the pricers said: USD and how well the product is known (exact, model, similar, unknown)."""

    price: float
    low: float
    high: float
    match: str


@dataclass(frozen=True)
class ReferenceFacts:
    """A stated or remembered price in USD; `kind` names the ReferenceModel."""

    kind: str
    price: float


@dataclass(frozen=True)
class Facts:
    """All that is known of one offer. `published`: as a deal; of any other price nothing follows for the worth."""

    offer: OfferFacts
    estimate: EstimateFacts | None = None
    references: Sequence[ReferenceFacts] = ()
    published: bool = True


@dataclass(frozen=True)
class Density:
    """What one piece of evidence says: log density over GRID [1, len(GRID)], its mode, and how much it can move the answer.

    `precision`: one over the squared mean scale, times the power that it counts with.
    """

    kind: str
    rows: Floats
    mode: float
    precision: float

    @classmethod
    def of(cls, kind: str, shape: TwoPiece, place: tuple[float, float], power: float = 1.0) -> "Density":
        """`place`: mode, and the factor on the shape's scales."""
        mode, scale = place
        rows = power * shape.log_density(GRID, np.array([mode]), np.array([scale]))
        return cls(kind, rows, mode, power / (scale * (shape.low + shape.high) / 2) ** 2)


@dataclass(frozen=True)
class PriorModel:
    """y of an offer that says nothing else: mode location(terms), scale exp(log_scale(terms)) times the shape's."""

    location: Linear
    log_scale: Linear
    shape: TwoPiece

    def density(self, offer: OfferFacts) -> Density:
        """What the asked price says by itself."""
        terms = terms_of(offer)
        return Density.of(ASKED, self.shape, (self.location.at(terms), math.exp(self.log_scale.at(terms))))


@dataclass(frozen=True)
class EstimateModel:
    """ln(estimate / price) beside y: off by `bias`, with scale exp(base + by_width ln(ln(high / low)) + by_match[match]).

    `power`: how much of the likelihood counts; the estimate and the asked price err together, as both see the title.
    """

    bias: float
    base: float
    by_width: float
    by_match: Mapping[str, float]
    shape: TwoPiece
    power: float

    def density(self, price: float, estimate: EstimateFacts) -> Density:
        """What the pricers say of a thing offered at `price`."""
        return Density.of(ESTIMATE, self.shape, self.place(price, estimate), self.power)

    def place(self, price: float, estimate: EstimateFacts) -> tuple[float, float]:
        """Where the mode lies, and the factor on the shape's scales."""
        width = max(math.log(estimate.high / max(estimate.low, 0.01)), LEAST_WIDTH)
        scale = math.exp(self.base + self.by_width * math.log(width) + self.by_match.get(estimate.match, 0.0))
        return math.log(estimate.price / price) + self.bias, scale


@dataclass(frozen=True)
class ReferenceModel:
    """ln(reference / price) = r beside y, which lies around slope * r + bias. `power` as in EstimateModel."""

    slope: float
    bias: float
    shape: TwoPiece
    power: float = 1.0

    def density(self, price: float, reference: ReferenceFacts, share: float) -> Density:
        """What a reference says of a thing offered at `price`, if it counts `share` of one that stands alone."""
        mode = self.slope * math.log(reference.price / price) + self.bias
        return Density.of(reference.kind, self.shape, (mode, 1.0), self.power * share)


@dataclass(frozen=True)
class Calibration:
    """Chances as they came true: logistic(intercept + slope logit(chance)), after Platt (1999)."""

    intercept: float = 0.0
    slope: float = 1.0

    def applied(self, chance: float) -> float:
        """The calibrated chance."""
        odds = math.log(max(chance, TINY) / max(1 - chance, TINY))
        return 1 / (1 + math.exp(-self.intercept - self.slope * odds))


@dataclass(frozen=True)
class Piece:
    """What one piece of evidence says alone: worth in USD, and its share of the answer (shares sum to 1)."""

    kind: str
    price: float
    weight: float


@dataclass(frozen=True)
class Verdict:
    """Worth with its 80 % interval and the expected saving in USD.

    `posterior`, and `unasked`, which is without the asked price and the seller's claims, have one row each.
    """

    worth: float
    low: float
    high: float
    saving: float
    pieces: Sequence[Piece]
    posterior: Posterior
    unasked: Posterior
    price: float
    calibration: Calibration

    def chance(self, margin: float) -> float:
        """Probability that worth exceeds the asked price by this share of it."""
        return self.calibration.applied(float(self.posterior.chance(math.log1p(margin))[0]))

    def support(self, margin: float) -> float:
        """The same by what neither the asked price nor the seller's claims say: estimate, other shops, what it cost before.

        It protects from offers that look good by the company that they keep: without it, goods at their usual price in a shop
        that mostly has deals would be called deals.
        """
        return float(self.unasked.chance(math.log1p(margin))[0])

    def chance_above(self, price: float) -> float:
        """Probability that worth exceeds an amount in USD."""
        return float(self.posterior.chance(math.log(price / self.price))[0])


@dataclass(frozen=True)
class JudgeModel:
    """All parameters. `claims`: kinds of reference by which a seller speaks of himself; several of them count as one.

    `sharpness`: power of all evidence together, below 1 as its pieces err together; `calibration`: of the chances.
    """

    prior: PriorModel
    estimate: EstimateModel
    references: Mapping[str, ReferenceModel]
    sharpness: float = 1.0
    calibration: Calibration = Calibration()
    claims: Sequence[str] = ("list", "was", "regular", "new_price")

    def judge(self, facts: Facts) -> Verdict:
        """What the offer is worth. Never fails: without any evidence but the price it is the prior."""
        price = facts.offer.price
        densities = self._densities(facts)
        posterior, unasked = self._posterior(densities), self._posterior([each for each in densities if self._is_outside(each)])
        worth, low, high = (price * math.exp(float(posterior.quantile(share)[0])) for share in (0.5, LOW, HIGH))
        total = sum(density.precision for density in densities)
        pieces = [Piece(each.kind, price * math.exp(each.mode), each.precision / total) for each in densities]
        saving = price * float(posterior.mean_worth()[0]) - price
        calibration = self.calibration if facts.published else Calibration()  # it was fitted to published offers
        return Verdict(worth, low, high, min(saving, worth - price), pieces, posterior, unasked, price, calibration)

    def log_density(self, facts: Facts) -> Floats:
        """Log density over GRID [1, len(GRID)] of all evidence, up to a constant and before `sharpness`."""
        return _sum(self._densities(facts))

    def _posterior(self, densities: Sequence[Density]) -> Posterior:
        return Posterior.of(self.sharpness * _sum(densities))

    def _is_outside(self, density: Density) -> bool:
        return density.kind != ASKED and density.kind not in self.claims

    def _densities(self, facts: Facts) -> list[Density]:
        price = facts.offer.price
        found = [self.prior.density(facts.offer)] if facts.published or facts.estimate is None else []
        if facts.estimate is not None:  # beside no asked price it counts whole: there is nothing that errs with it
            estimate = self.estimate if facts.published else replace(self.estimate, power=1.0)
            found.append(estimate.density(price, facts.estimate))
        claims = sum(reference.kind in self.claims for reference in facts.references)
        for reference in facts.references:
            if reference.kind in self.references:
                share = 1 / claims if reference.kind in self.claims else 1.0
                found.append(self.references[reference.kind].density(price, reference, share))
        return found

    def save(self, path: Path) -> None:
        """Write judge.json."""
        path.write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _sum(densities: Sequence[Density]) -> Floats:
    return np.asarray(sum((density.rows for density in densities), start=np.zeros((1, len(GRID)))))


def load_judge(path: Path) -> JudgeModel:
    """Read judge.json; ArtifactError when it holds something else."""
    try:
        model = TypeAdapter(JudgeModel).validate_json(path.read_bytes())
    except (OSError, ValidationError) as exc:
        raise ArtifactError(f"{path} holds no judge ({exc!r}); make it with: {COMMAND}") from exc
    if missing := KINDS - model.references.keys():
        raise ArtifactError(f"{path} knows no references of kind {', '.join(sorted(missing))}; make it with: {COMMAND}")
    return model
