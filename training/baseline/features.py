"""Engineered features of a product: weight, best-sellers rank, brand and length of the text, and linear regression over them.

Weight, rank and brand come from the raw `details`, which word models see scrubbed. What is missing stands at the mean of the
others, with a column that says so. Needs numpy alone; knows nothing of what else is compared.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from common.product_files.product_text import words_of
from training.data.rows import Row, product_text
from training.data.weight import weight_of

Floats = npt.NDArray[np.float64]

TOP_BRANDS = 400  # of some 5,000: on the held-out rows 1,000 gain another half dollar, 200 lose one
BRAND_KEYS = ("brand", "brand name", "manufacturer", "developed by")
RANK_KEY = "best sellers rank"
_SHIP_WEIGHT = re.compile(r"(\d+)(?:[ .](\d+))?")  # pounds whose decimal point became a space: "1 82"
_RANK = re.compile(r"(?<!top )(?<![\d,])(\d{1,3}(?:,\d{3})+|\d+)\s+in\b", re.IGNORECASE)


def details_of(row: Row) -> Mapping[str, Any]:
    """The raw details by lower-case key; empty where they are not a JSON object."""
    try:
        found = json.loads(row.details)
    except (ValueError, RecursionError):
        return {}
    return {str(key).strip().lower(): value for key, value in found.items()} if isinstance(found, dict) else {}


def shipping_weight_of(details: Mapping[str, Any]) -> float | None:
    """Pounds of one shop's `shipweight`, a bare number, or None."""
    found = _SHIP_WEIGHT.fullmatch(str(details.get("shipweight") or "").strip())
    return (float(f"{found[1]}.{found[2] or 0}") or None) if found else None


def rank_of(details: Mapping[str, Any]) -> float | None:
    """Mean of the best-sellers ranks (an object by category, or "#1,234 in Toys"), or None."""
    value = details.get(RANK_KEY)
    if isinstance(value, Mapping):
        ranks = [float(rank) for rank in value.values() if isinstance(rank, int | float) and 0 < rank < math.inf]
    else:
        ranks = [float(rank.replace(",", "")) for rank in _RANK.findall(str(value or ""))]
    return sum(ranks) / len(ranks) if ranks else None


def brand_of(details: Mapping[str, Any]) -> str:
    """The brand in lower-case words, else the maker; "" for none."""
    names = (" ".join(words_of(str(details.get(key) or ""))) for key in BRAND_KEYS)
    return next((name for name in names if name), "")


@dataclass(frozen=True)
class Facts:
    """What is read of one product; NaN for what is missing."""

    weight: float
    rank: float
    length: int
    brand: str


def facts_of(row: Row) -> Facts:
    """Read one product: weight in pounds, mean rank, characters of the text a pricer sees."""
    details = details_of(row)
    weight = (weight_of(row.details) or shipping_weight_of(details)) if details else None
    rank = rank_of(details)
    return Facts(weight or math.nan, rank or math.nan, len(product_text(row)), brand_of(details))


@dataclass(frozen=True)
class Features:
    """Turns products into columns as the fitted rows define them: their means, and their most frequent brands."""

    mean_weight: float
    mean_rank: float
    brands: tuple[str, ...]

    @classmethod
    def fitted(cls, facts: Sequence[Facts], top: int = TOP_BRANDS) -> "Features":
        """Means (of logarithms) and brands of the fitted rows."""
        counts = Counter(each.brand for each in facts if each.brand)
        brands = sorted(counts, key=lambda brand: (-counts[brand], brand))[:top]
        return cls(_mean_log([each.weight for each in facts]), _mean_log([each.rank for each in facts]), tuple(brands))

    @property
    def names(self) -> list[str]:
        """What stands in which column."""
        return [
            "log weight",
            "no weight",
            "log rank",
            "no rank",
            "log length",
            "no brand",
            *(f"brand {name}" for name in self.brands),
        ]

    def matrix(self, facts: Sequence[Facts]) -> Floats:
        """[n, columns], in the order of `names`."""
        position = {brand: i for i, brand in enumerate(self.brands)}
        values = np.zeros((len(facts), 6 + len(self.brands)))
        values[:, 0:2] = _filled([each.weight for each in facts], self.mean_weight)
        values[:, 2:4] = _filled([each.rank for each in facts], self.mean_rank)
        values[:, 4] = np.log1p([each.length for each in facts])
        values[:, 5] = [not each.brand for each in facts]
        for row, each in enumerate(facts):
            if each.brand in position:
                values[row, 6 + position[each.brand]] = 1
        return values


def _mean_log(values: Sequence[float]) -> float:
    logs = np.log1p([value for value in values if not math.isnan(value)])
    return float(logs.mean()) if len(logs) else 0.0


def _filled(values: Sequence[float], mean: float) -> Floats:
    """Columns log(1 + value), the mean where it is missing, and whether it is."""
    logs = np.log1p(np.asarray(values, np.float64))
    missing = np.isnan(logs)
    return np.column_stack([np.where(missing, mean, logs), missing])


def least_squares(inputs: Floats, targets: Floats, weights: Floats) -> Floats:
    """Coefficients of weighted linear regression, the intercept last; the shortest solution where columns depend on each other."""
    root = np.sqrt(weights)[:, None]
    return np.asarray(np.linalg.lstsq(_with_one(inputs) * root, targets * root[:, 0], rcond=None)[0])


def predict_linear(inputs: Floats, coefficients: Floats) -> Floats:
    """What the regression says."""
    return np.asarray(_with_one(inputs) @ coefficients)


def _with_one(inputs: Floats) -> Floats:
    return np.column_stack([inputs, np.ones(len(inputs))])
