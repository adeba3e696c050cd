"""What a tuning run learns from: texts with their prices, with a teacher's distribution over the dollar classes, or with both."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from specialist.prompt import PRICES
from training.data.parts import sampling_weights, variant
from training.data.rows import Row, product_text
from training.specialist.small.pricer import Pricer

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lessons:
    """`prices` [n] in dollars; `trust` [n] 0..1: the price's weight in the target, the rest is the teacher's `labels`
    [n, 1000] (None: no teacher, trust is 1); `chance` [n] of being drawn; `size` draws make an epoch.
    """

    texts: Sequence[str]
    prices: Floats
    trust: Floats
    labels: npt.NDArray[np.float16] | None
    chance: Floats
    size: int

    def draw(self, rng: random.Random) -> tuple[list[int], list[str]]:
        """Numbers and texts of one epoch, each text in one of the forms that a caller might send."""
        chosen = rng.choices(range(len(self.texts)), self.chance.tolist(), k=self.size)
        return chosen, [variant(self.texts[i], rng) for i in chosen]


@dataclass(frozen=True)
class Balance:
    """Exponents of the price in the sampling weights (see data.sampling_weights), and auxiliary rows per fitted row."""

    amazon: float
    rest: float
    auxiliary: float


def priced_lessons(fit: Sequence[Row], auxiliary: Sequence[Row], balance: Balance) -> Lessons:
    """From prices alone; an epoch draws as many as there are fitted rows."""
    rows = [*fit, *auxiliary]
    extra = np.full(len(auxiliary), balance.auxiliary * len(fit) / max(1, len(auxiliary)))
    chance = np.concatenate((sampling_weights(fit, balance.amazon, balance.rest), extra))
    prices = np.array([row.price or 0.0 for row in rows])
    return Lessons([product_text(row) for row in rows], prices, np.ones(len(rows)), None, chance, len(fit))


def taught_lessons(
    priced: Lessons, fit_labels: npt.ArrayLike, texts: Sequence[str], labels: npt.ArrayLike, **how: float
) -> Lessons:
    """`priced` with the teachers' distributions for its first rows, and `texts` without prices with theirs.

    `trust`: weight of a fitted row's price beside its label; `share`: unpriced texts per fitted row; `balance`: exponent of the
    label's median price in the chance of an unpriced text.
    """
    known, unpriced = np.asarray(fit_labels, np.float16), np.asarray(labels, np.float16)
    auxiliary = len(priced.texts) - len(known)
    trust = np.concatenate((np.full(len(known), how["trust"]), np.ones(auxiliary), np.zeros(len(texts))))
    medians = (np.cumsum(unpriced, 1, dtype=np.float32) < 0.5).sum(1)
    weights = np.clip(medians, 5.0, 200.0) ** how["balance"]
    weights *= how["share"] * priced.size / max(weights.sum(), 1e-9)
    return Lessons(
        [*priced.texts, *texts],
        np.concatenate((priced.prices, np.zeros(len(texts)))),
        trust,
        np.concatenate((known, np.zeros((auxiliary, PRICES), np.float16), unpriced)),
        np.concatenate((priced.chance, weights)),
        round(priced.size * (1 + how["share"])),
    )


def prompts_of(texts: Sequence[str], pricer: Pricer, drop: float, rng: random.Random) -> list[list[int]]:
    """Prompts with a share `drop` of the text's tokens left out, never of what stands around it."""
    (opening, closing), numbers = pricer.fixed, np.random.default_rng(rng.getrandbits(32))
    found = []
    for ids in pricer.prompts(texts):
        keep = numbers.random(len(ids)) >= drop
        keep[:opening], keep[len(ids) - closing :] = True, True
        found.append(list(compress(ids, keep)))
    return found


def soft_targets(prices: Tensor, sigma: float) -> Tensor:
    """Share [n, 1000] of each dollar class in a normal of width `sigma` around log(1 + price)."""
    middle = torch.arange(PRICES, device=prices.device).clamp_min(0.5)
    distance = (torch.log1p(middle)[None] - torch.log1p(prices)[:, None]) / sigma
    density = torch.exp(-0.5 * distance**2) / (1 + middle) + 1e-9
    return density / density.sum(1, keepdim=True)


def reached(prices: Tensor) -> Tensor:
    """Distribution function [n, 1000] of a price that is known: 0 below it, 1 from its class on."""
    return (torch.arange(PRICES, device=prices.device)[None] + 0.5 >= prices[:, None]).float()


class Targets:
    """The targets of all lessons on one device: a density to match and a distribution function to come near."""

    def __init__(self, lessons: Lessons, sigma: float, device: str) -> None:
        self.prices = torch.tensor(lessons.prices, dtype=torch.float32, device=device)
        self.trust = torch.tensor(lessons.trust, dtype=torch.float32, device=device)
        self.labels = None if lessons.labels is None else torch.from_numpy(lessons.labels).to(device)
        self.sigma = sigma

    def of(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """(density, distribution function), both [n, 1000], of the lessons `rows`."""
        rows = rows.to(self.prices.device)
        prices, trust = self.prices[rows], self.trust[rows][:, None]
        density, function = soft_targets(prices, self.sigma), reached(prices)
        if self.labels is None:
            return density, function
        label = self.labels[rows].float()
        return trust * density + (1 - trust) * label, trust * function + (1 - trust) * label.cumsum(1)
