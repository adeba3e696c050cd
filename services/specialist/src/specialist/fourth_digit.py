"""Prices of four digits, in two steps: which openings of three digits are worth asking for a fourth one, and what follows.

A price of four digits begins as one of three does: 1299 is 129 and a 9. A model's first answer gives the shares of 0..99, which end
there, and of the openings 100..999, which may go on. Only where these hold a share worth it are a row's likeliest openings asked
what follows, the end of the number or one of ten digits: exact there, and in between read from the asked neighbours. Pure numpy;
knows no model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from specialist.price_classes import WHOLE_DOLLARS, PriceClasses
from specialist.readout import distribution

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FOUR_DIGITS = PriceClasses.dollars(10_000)
OPENINGS = range(100, 1000)
ASKED = 16  # of a row's openings; docs/decisions.md says what 4 to 32 leave
LEAST = 0.1  # share of the openings below which none is asked: they then end, which moves no quantile up to 0.9


@dataclass(frozen=True)
class FourthDigit:
    """How a tokenizer goes on. `openings`: the tokens of 100..999, equally many. `following`: the end of a number, then 0..9."""

    openings: Sequence[Sequence[int]]
    following: Sequence[int]

    @property
    def length(self) -> int:
        """Tokens of an opening."""
        return len(self.openings[0])

    def tokens(self, dollars: Ints) -> list[list[Sequence[int]]]:
        """The tokens of the openings [n, ASKED] that are asked."""
        return [[self.openings[each - OPENINGS.start] for each in row] for row in dollars.tolist()]


def is_long(classes: PriceClasses) -> bool:
    """Whether prices go on to four digits; ValueError for classes that are whole dollars neither to 999 nor to 9999."""
    if not any(len(classes) == len(each) and np.array_equal(classes.edges, each.edges) for each in (WHOLE_DOLLARS, FOUR_DIGITS)):
        raise ValueError(f"{len(classes)} classes; prices by tokens are whole dollars: 1000 or 10000 of them")
    return len(classes) == len(FOUR_DIGITS)


def choose(first: npt.ArrayLike) -> tuple[Ints, Ints]:
    """(rows [m], dollars [m, ASKED] ascending): the openings to ask, by logits [n, 1000] of the first answer."""
    shares = distribution(first)[:, OPENINGS.start :]
    rows = np.flatnonzero(shares.sum(-1) >= LEAST)
    likeliest = np.argpartition(-shares[rows], ASKED - 1, axis=-1)[:, :ASKED]
    return rows, np.sort(likeliest, -1) + OPENINGS.start


def go_on(first: npt.ArrayLike, rows: Ints, dollars: Ints, answers: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """[n, 10000] log probabilities, which add up to 1: each opening's share is split by what follows it, the rest stays.

    `answers` [m, ASKED, 11]: logits of the tokens FourthDigit.following behind the openings `dollars` of the `rows`.
    """
    openings = distribution(first)
    found = np.zeros((len(openings), len(FOUR_DIGITS)))
    found[:, : len(WHOLE_DOLLARS)] = openings
    asked = distribution(answers) if len(rows) else np.empty((0, ASKED, 11))
    for row, places, shares in zip(rows.tolist(), dollars, asked, strict=True):
        parts = openings[row, OPENINGS.start :, None] * between(places, shares)
        found[row, OPENINGS.start : OPENINGS.stop] = parts[:, 0]
        found[row, OPENINGS.stop :] = parts[:, 1:].ravel()
    return np.asarray(np.log(np.maximum(found, 1e-300)), np.float32)


def between(places: Ints, shares: Floats) -> Floats:
    """Shares [k, 11] at ascending `places` [k] to [900, 11] at every opening: straight over log dollars, level past the ends."""
    at, wanted = np.log(places), np.log(np.arange(OPENINGS.start, OPENINGS.stop))
    right = np.clip(np.searchsorted(at, wanted), 1, len(at) - 1)
    weight = np.clip((wanted - at[right - 1]) / (at[right] - at[right - 1]), 0.0, 1.0)[:, None]
    return np.asarray(shares[right - 1] * (1 - weight) + shares[right] * weight)
