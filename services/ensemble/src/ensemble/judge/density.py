"""Densities over y = ln(worth / asked price), on one grid. Knows nothing of offers."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

STEP = 0.01  # a hundredth: one per cent of the price
GRID: Floats = np.arange(-2.5, 4.0, STEP)  # from a twelfth of the asked price to fifty times it
FLOOR = 1e-6  # share of probability that is spread evenly: no evidence, however sure, rules out what another one says


@dataclass(frozen=True)
class TwoPiece:
    """A Student t that is steeper on one side: `low` and `high` are its scales below and above the mode, `df` its freedom.

    As Fernandez and Steel (1998) do it, with both halves of equal height at the mode. Prices above another lie farther from it than
    prices below, and now and then one is simply wrong, which a normal would not forgive.
    """

    low: float
    high: float
    df: float

    def log_density(self, at: Floats, modes: Floats, scales: Floats) -> Floats:
        """Up to a constant, [n, len(at)]: of `at` [m] under each of n modes, its scales times `scales` [n]."""
        return self._kernel(at[None, :] - modes[:, None], scales[:, None])

    def log_likelihood(self, off: Floats, scales: Floats) -> Floats:
        """Log density of deviations from the mode, each with its own factor on the scales; integrates to 1 over `off`."""
        half = (self.df + 1) / 2
        height = math.lgamma(half) - math.lgamma(self.df / 2) - 0.5 * math.log(self.df * math.pi)
        return self._kernel(off, scales) + height - np.log(scales * (self.low + self.high) / 2)

    def _kernel(self, off: Floats, scales: Floats) -> Floats:
        unit = np.where(off < 0, self.low, self.high) * scales
        return np.asarray(-(self.df + 1) / 2 * np.log1p((off / unit) ** 2 / self.df))


@dataclass(frozen=True)
class Posterior:
    """Probabilities over GRID, [n, len(GRID)], each row summing to 1."""

    mass: Floats

    @classmethod
    def of(cls, log_density: Floats) -> "Posterior":
        """Normalised, with FLOOR spread over the grid."""
        mass = np.exp(log_density - log_density.max(axis=1, keepdims=True))
        mass /= mass.sum(axis=1, keepdims=True)
        return cls(mass * (1 - FLOOR) + FLOOR / len(GRID))

    def quantile(self, share: float) -> Floats:
        """y below which `share` of the probability lies, [n], linear between grid points."""
        cumulated = np.cumsum(self.mass, axis=1)
        at = np.minimum((cumulated < share).sum(axis=1), len(GRID) - 1)
        rows = np.arange(len(at))
        inside = (cumulated[rows, at] - share) / self.mass[rows, at]
        return np.asarray(GRID[at] + STEP / 2 - inside * STEP)

    def chance(self, above: float) -> Floats:
        """Probability that y exceeds `above`, [n]."""
        share = np.clip((GRID + STEP / 2 - above) / STEP, 0.0, 1.0)
        return np.asarray(self.mass @ share)

    def log_mass(self, at: Floats) -> Floats:
        """Log probability of the grid's cell around each of `at` [n], one for each row; the outermost hold what is beyond."""
        cells = np.clip(np.rint((at - GRID[0]) / STEP).astype(np.intp), 0, len(GRID) - 1)
        return np.asarray(np.log(self.mass[np.arange(len(cells)), cells]))

    def mean_worth(self) -> Floats:
        """Expected worth as a multiple of the asked price, [n]."""
        return np.asarray(self.mass @ np.exp(GRID))
