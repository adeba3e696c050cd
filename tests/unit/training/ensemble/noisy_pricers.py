"""Invented pricers that see the true price through noise."""

import numpy as np

from ensemble.groups import CATEGORIES, OTHER, Groups
from training.ensemble.held import Held

ROWS = 600
MEMBERS = ["frontier-rag", "random-forest", "specialist"]


def titles(count: int) -> Groups:
    """All of one group."""
    ones = np.ones(count, np.int64)
    return Groups(ones, ones * CATEGORIES.index(OTHER), ones)


def held(**noise: float) -> Held:
    """Prices from 5 to 900 dollars; each pricer sees the log price with its own noise."""
    rng = np.random.default_rng(5)
    logs = rng.uniform(np.log(5), np.log(900), ROWS)
    seen = {name: logs + rng.normal(0, sigma, ROWS) for name, sigma in noise.items()}
    return Held(seen, np.exp(logs), np.ones(ROWS), np.arange(ROWS) % 5, titles(ROWS), np.ones(ROWS))


def sometimes_sure() -> Held:
    """Two pricers, each right within 10 % on half of the rows and 80 % off on the others, and both know which."""
    rng = np.random.default_rng(8)
    logs = rng.uniform(np.log(5), np.log(900), ROWS)
    sigma = {name: np.where(rng.random(ROWS) < 0.5, 0.1, 0.8) for name in ("a", "b")}
    seen = {name: logs + rng.normal(0, each) for name, each in sigma.items()}
    widths = {name: 2.56 * each for name, each in sigma.items()}
    return Held(seen, np.exp(logs), np.ones(ROWS), np.arange(ROWS) % 5, titles(ROWS), np.ones(ROWS), widths)


def three_members() -> Held:
    """The services' pricers, each with noise of its own and the same width everywhere."""
    rng = np.random.default_rng(2)
    logs = rng.uniform(np.log(5), np.log(900), 300)
    seen = {name: logs + rng.normal(0, 0.4, 300) for name in MEMBERS}
    widths = {name: np.full(300, 1.0) for name in MEMBERS}
    return Held(seen, np.exp(logs), np.ones(300), np.arange(300) % 3, titles(300), np.ones(300), widths)
