"""From the forest's log price and spread to a price with its 80 % interval, by offsets fitted on held-out rows.

Offsets are piecewise linear in the log price between knots, constant beyond them. Knows nothing of texts or trees.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from common.errors import ArtifactError

Floats = npt.NDArray[np.float64]
LEAST_SPREAD = 0.1  # log units: below it, agreement of the trees says nothing more about the error


def unit_of(spread: npt.ArrayLike) -> Floats:
    """What the interval is measured in: the root of the trees' spread, which covered held-out price bands most evenly."""
    return np.sqrt(np.maximum(np.asarray(spread, np.float64), LEAST_SPREAD))


@dataclass(frozen=True)
class Calibration:
    """At each of `knots` (log prices): what to add to the log price, and the interval's ends in units of unit_of(spread)."""

    knots: list[float]
    shift: list[float]
    low: list[float]
    high: list[float]

    def apply(self, log_price: npt.ArrayLike, spread: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
        """Price, low and high in USD."""
        raw = np.asarray(log_price, np.float64)
        unit = unit_of(spread)
        level = raw + np.interp(raw, self.knots, self.shift)
        low = level + np.minimum(unit * np.interp(raw, self.knots, self.low), 0)
        high = level + np.maximum(unit * np.interp(raw, self.knots, self.high), 0)
        return np.exp(level), np.exp(low), np.exp(high)

    def facts(self) -> dict[str, Any]:
        """What meta.json keeps."""
        return asdict(self)


def read_calibration(facts: object) -> Calibration:
    """What facts() gave; ArtifactError when it is something else."""
    try:
        if not isinstance(facts, dict):
            raise TypeError("an object was expected")
        return Calibration(**{name: [float(value) for value in facts[name]] for name in Calibration.__dataclass_fields__})
    except (TypeError, KeyError, ValueError) as exc:
        raise ArtifactError(f"meta.json holds no calibration: {exc!r}") from exc
