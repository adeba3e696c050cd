"""Folds for cross-validation in which the rows of a product stay together."""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from training.data.curated import groups_of
from training.data.market import LISTING, family_of, product_keys
from training.data.rows import Row

SEED = 43  # not that of the held-out part: its hashes are spent


def folds_of(rows: Sequence[Row], count: int) -> npt.NDArray[np.int64]:
    """A fold for each row; a product's rows share theirs, else one of them would tell the other's price."""
    names = product_names(rows)
    folds = {name: _fold(name, count) for name in set(names)}
    return np.array([folds[name] for name in names], np.int64)


def product_names(rows: Sequence[Row]) -> list[str]:
    """A name for the product of each row: listings by what they repeat, goods with names by brand and model."""
    is_listing = [family_of(row) == LISTING for row in rows]
    listings = iter(groups_of([row for row, wanted in zip(rows, is_listing, strict=True) if wanted]))
    return [next(listings) if wanted else key for wanted, key in zip(is_listing, product_keys(rows), strict=True)]


def _fold(name: str, count: int) -> int:
    return int.from_bytes(hashlib.blake2b(f"{SEED}:{name}".encode(), digest_size=8).digest()) * count >> 64
