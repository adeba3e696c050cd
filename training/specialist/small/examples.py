"""What a model is tuned on: texts with their prices, with a teacher's distribution over the price classes, or with both."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from training.data.parts import sampling_weights
from training.data.rows import Row, product_text
from training.data.variants import variant
from training.specialist.small.pricer import Pricer
from training.specialist.small.run import CLASSES, Sampling

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Examples:
    """`prices` [n] in dollars; `trust` [n] 0..1: the price's weight in the target, the rest is the teacher's `labels`
    [n, classes] (None: no teacher, trust is 1); `chance` [n] of being drawn; `size` draws make an epoch.
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


def priced_examples(fit: Sequence[Row], auxiliary: Sequence[Row], sampling: Sampling) -> Examples:
    """From prices alone; an epoch draws as many as there are fitted rows."""
    rows = [*fit, *auxiliary]
    extra = np.full(len(auxiliary), sampling.auxiliary * len(fit) / max(1, len(auxiliary)))
    chance = np.concatenate((sampling_weights(fit, sampling.balance, sampling.balance_rest), extra))
    prices = np.array([row.price or 0.0 for row in rows])
    return Examples([product_text(row) for row in rows], prices, np.ones(len(rows)), None, chance, len(fit))


@dataclass(frozen=True)
class Mixture:
    """`trust`: weight of a fitted row's price beside its label; `share`: unpriced texts per fitted row; `balance`: exponent of
    the label's median price in the chance of an unpriced text.
    """

    trust: float
    share: float
    balance: float


def taught_examples(
    priced: Examples, fit_labels: npt.ArrayLike, texts: Sequence[str], labels: npt.ArrayLike, mixture: Mixture
) -> Examples:
    """`priced` with the teachers' distributions for its first rows, and `texts` without prices with theirs."""
    known, unpriced = np.asarray(fit_labels, np.float16), np.asarray(labels, np.float16)
    auxiliary = len(priced.texts) - len(known)
    trust = np.concatenate((np.full(len(known), mixture.trust), np.ones(auxiliary), np.zeros(len(texts))))
    medians = CLASSES.quantile(unpriced.astype(np.float64), 0.5)
    weights = np.clip(medians, 5.0, 200.0) ** mixture.balance
    weights *= mixture.share * priced.size / max(weights.sum(), 1e-9)
    return Examples(
        [*priced.texts, *texts],
        np.concatenate((priced.prices, np.zeros(len(texts)))),
        trust,
        np.concatenate((known, np.zeros((auxiliary, len(CLASSES)), np.float16), unpriced)),
        np.concatenate((priced.chance, weights)),
        round(priced.size * (1 + mixture.share)),
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
    """Share [n, classes] of each price class in a normal of width `sigma` around log(1 + price)."""
    middle = torch.tensor(CLASSES.middles, dtype=torch.float32, device=prices.device)
    distance = (torch.log1p(middle)[None] - torch.log1p(prices)[:, None]) / sigma
    # Classes are alike wide in log(price), so a dear one is wide in log(1 + price), too, and a cheap one is not.
    density = torch.exp(-0.5 * distance**2) * middle / (1 + middle) + 1e-9
    return density / density.sum(1, keepdim=True)


def reached(prices: Tensor) -> Tensor:
    """Distribution function [n, classes] of a price that is known: 0 below it, 1 from its class on."""
    return (torch.tensor(CLASSES.edges[1:], dtype=torch.float32, device=prices.device)[None] >= prices[:, None]).float()


class Targets:
    """The targets of all examples on one device: a density to match and a distribution function to come near."""

    def __init__(self, examples: Examples, sigma: float, device: str) -> None:
        self.prices = torch.tensor(examples.prices, dtype=torch.float32, device=device)
        self.trust = torch.tensor(examples.trust, dtype=torch.float32, device=device)
        self.labels = None if examples.labels is None else torch.from_numpy(examples.labels).to(device)
        self.sigma = sigma

    def of(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """(density, distribution function), both [n, classes], of the examples `rows`."""
        rows = rows.to(self.prices.device)
        prices, trust = self.prices[rows], self.trust[rows][:, None]
        density, function = soft_targets(prices, self.sigma), reached(prices)
        if self.labels is None:
            return density, function
        label = self.labels[rows].float()
        return trust * density + (1 - trust) * label, trust * function + (1 - trust) * label.cumsum(1)
