"""An index of the words of products' texts: which products share the rarest words, pairs of words and model numbers with a text.

Words are hashed, so that what lies on disk holds no text. Knows neither stores nor prices.

Words are cut between letters and digits, and two neighbours are hashed together without what separated them: "WH-1000XM5",
"WH1000XM5" and "airpods pro2" share their parts with every other spelling. Model numbers, capacity, size and pack count are
terms of their own besides. A similarity is a cosine of TF-IDF vectors, but a product's length counts by its root alone, so that
a long text about the right thing is not passed over; a word of the title that no product has lowers it. At most 1.
"""

import math
import re
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from common.product_files.product_identity import Identity, identity_of, model_keys
from common.product_files.spelling import spelt

BITS = 22  # buckets of terms
TITLE_CHARACTERS, MAX_TITLE_WORDS, MAX_WORDS = 600, 60, 400
# Chosen by the neighbours' prices, see docs/decisions.md: what a term of the title counts against one of the rest, what one of
# the identity counts, and how steeply a term counts more the rarer it is.
TITLE, REST, IDENTITY, STEEPNESS = 2.0, 1.0, 1.0, 0.7
SATURATION = 1.2  # weight at which a term counts half of what it can
LEAST_TEXTS = 2  # below which a pair of words or a word of the rest is left out: there are millions of them
ASIDE = 0.8  # what an accessory's similarity counts for a bare name, which means the thing itself; see docs/decisions.md
WORTH_SORTING = 0.15  # similarity: where enough products have more, the others are not looked at
LEVELS = 255  # of a weight in a posting
_WORD = re.compile(r"[a-z]{1,40}|\d{1,9}(?:\.\d{1,4})?")
Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Terms:
    """One text's terms: distinct buckets int32 [t] and weights before rarity float32 [t]. The first `naming` are words of the title
    and of the identity: one that a single product has finds that product, one that none has says that it is not known.
    `is_accessory`: the title says that the thing goes with another; `is_name`: there is a title alone, and it does not say so.
    """

    buckets: Positions
    weights: Floats
    naming: int
    is_accessory: bool
    is_name: bool


def terms_of(text: str) -> Terms:
    """The terms of a text: more weight for the title's, and for those that occur again."""
    title, _, rest = text.lower().partition("\n")
    title = spelt(title[:TITLE_CHARACTERS])
    named, told = _WORD.findall(title)[:MAX_TITLE_WORDS], _WORD.findall(rest)[:MAX_WORDS]
    weights: dict[int, float] = {}
    identity = identity_of(text)
    is_accessory = bool(identity.accessories or identity.fits)
    _count(weights, named, TITLE)
    _count(weights, identity_terms(identity), IDENTITY)
    naming = len(weights)
    _count(weights, map("".join, pairwise(named)), TITLE)
    _count(weights, told, REST)
    size = len(weights)
    counted = np.fromiter(weights.values(), np.float32, size)
    buckets, weighed = np.fromiter(weights.keys(), np.int32, size), counted / (counted + SATURATION)
    return Terms(buckets, weighed, naming, is_accessory, not is_accessory and not told)


def _count(weights: dict[int, float], terms: Iterable[str], part: float) -> None:
    """Add what the terms of one part weigh: `part` x (1 + log tf)."""
    mask = (1 << BITS) - 1
    for bucket, count in Counter(zlib.crc32(term.encode()) & mask for term in terms).items():
        weights[bucket] = weights.get(bucket, 0.0) + part * (1.0 + math.log(count))


def identity_terms(identity: Identity) -> list[str]:
    """The identity as terms, which no word of a text can be: they hold a colon."""
    terms = [f"model:{key}" for model in sorted(identity.models) for key in model_keys(model)]
    if identity.gigabytes:
        terms.append(f"gigabytes:{identity.gigabytes[-1]:g}")
    if identity.inches:
        terms.append(f"inches:{identity.inches:g}")
    if identity.pack:
        terms.append(f"pack:{identity.pack}")
    return terms


@dataclass(frozen=True)
class LexicalIndex:
    """Postings by term: `terms` ascending, int32 [t], with `rarity` float32 [t] and `starts` int64 [t + 1] into `positions`
    (int32) and `weights` (uint8, of LEVELS) [postings]; `size`: products; `unknown`: the rarity of a word that no product has;
    `named`: what a product counts for a bare name, 1 or ASIDE, float32 [size].
    """

    terms: Positions
    rarity: Floats
    starts: npt.NDArray[np.int64]
    positions: Positions
    weights: npt.NDArray[np.uint8]
    size: int
    unknown: float
    named: Floats

    @classmethod
    def build(cls, texts: Iterable[str]) -> "LexicalIndex":
        """The index of `texts`, which are read once. Some 100 microseconds a text of 250 characters."""
        counts, buckets, values, is_naming, accessories = _gather(texts)
        size = len(counts)
        terms, slots, seen = np.unique(buckets, return_inverse=True, return_counts=True)
        rarity = np.asarray((np.log((1 + size) / (1 + seen)) + 1) ** STEEPNESS, np.float32)
        names = np.zeros(len(terms), bool)
        names[slots[is_naming]] = True
        rarity[(seen < LEAST_TEXTS) & ~names] = 0.0
        owners = np.repeat(np.arange(size, dtype=np.int32), counts)
        values = values * rarity[slots]
        lengths = np.sqrt(np.bincount(owners, values.astype(np.float64) ** 2, size))
        usual = float(np.median(lengths)) if size else 1.0
        values /= np.sqrt(np.maximum(lengths * usual, 1e-9)).astype(np.float32)[owners]
        kept = np.flatnonzero(values)
        order = kept[np.argsort(slots[kept], kind="stable")]
        levels = np.clip(np.rint(values[order] * LEVELS), 1, LEVELS).astype(np.uint8)
        used = rarity > 0
        starts = np.concatenate(([0], np.cumsum(seen[used]))).astype(np.int64)
        unknown = (math.log(1 + size) + 1) ** STEEPNESS
        return cls(terms[used], rarity[used], starts, owners[order], levels, size, unknown, _for_names(accessories))

    def nearest(self, texts: Sequence[str], count: int) -> tuple[Floats, Positions]:
        """Similarities (0 to 1) and positions of the `count` nearest products of each text [n, count], best first.

        Where fewer share a term with the text, similarity 0 and position -1 stand for the others.
        """
        similarities = np.zeros((len(texts), count), np.float32)
        positions = np.full((len(texts), count), -1, np.int32)
        for row, text in enumerate(texts):
            found = self.scores(terms_of(text))
            best = self.largest(found, count)
            similarities[row, : len(best)], positions[row, : len(best)] = np.minimum(found[best], 1.0), best
        return similarities, positions

    def scores(self, asked: Terms) -> Floats:
        """The similarity of every product to one text's terms, float32 [size]."""
        places = np.minimum(np.searchsorted(self.terms, asked.buckets), max(len(self.terms) - 1, 0))
        is_known = self.terms[places] == asked.buckets if len(self.terms) else np.zeros(len(places), bool)
        weights = np.where(is_known, self.rarity[places], 0.0) * asked.weights if len(self.terms) else np.zeros(len(places))
        unknown = asked.weights[: asked.naming][~is_known[: asked.naming]] * self.unknown
        length = math.sqrt(float((weights**2).sum() + (unknown**2).sum()))
        found = np.zeros(self.size, np.float32)
        for place, weight in zip(places[is_known], (weights[is_known] / max(length, 1e-9) / LEVELS).tolist(), strict=True):
            part = slice(self.starts[place], self.starts[place + 1])
            np.add.at(found, self.positions[part], self.weights[part] * np.float32(weight))  # += would copy what is there first
        return found * self.named if asked.is_name else found

    @staticmethod
    def largest(scores: Floats, count: int) -> npt.NDArray[np.int64]:
        """Positions of the `count` largest of the scores above zero, largest first; equal ones in their order.

        Most scores are zero or next to it, which a partition of all of them would pay dearly for.
        """
        near = np.flatnonzero(scores > WORTH_SORTING)
        if len(near) < count:
            near = np.flatnonzero(scores > 0)
        if len(near) > 4 * count:
            found = scores[near]
            near = near[found >= np.partition(found, -count)[-count]]
        return near[np.argsort(-scores[near], kind="stable")][:count]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Named arrays for an .npz file; ascending numbers as their differences, which compress well."""
        return {
            "terms": np.diff(self.terms, prepend=np.int32(0)),
            "rarity": self.rarity.astype(np.float16),
            "held": np.diff(self.starts).astype(np.int32),
            "positions": np.diff(self.positions, prepend=np.int32(0)),
            "weights": self.weights,
            "size": np.array(self.size),
            "unknown": np.array(self.unknown),
            "accessories": np.packbits(self.named < 1),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> "LexicalIndex":
        """The inverse of `arrays`."""
        starts = np.concatenate(([0], np.cumsum(arrays["held"], dtype=np.int64)))
        return cls(
            terms=np.cumsum(arrays["terms"], dtype=np.int32),
            rarity=arrays["rarity"].astype(np.float32),
            starts=starts,
            positions=np.cumsum(arrays["positions"], dtype=np.int32),
            weights=arrays["weights"],
            size=int(arrays["size"]),
            unknown=float(arrays["unknown"]),
            named=_for_names(np.unpackbits(arrays["accessories"], count=int(arrays["size"])).astype(bool)),
        )


def _for_names(accessories: npt.NDArray[np.bool_]) -> Floats:
    """What each product counts for a bare name."""
    return np.where(accessories, np.float32(ASIDE), np.float32(1))


def _gather(
    texts: Iterable[str],
) -> tuple[Positions, Positions, Floats, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """How many terms each text has; the buckets and weights of all, and whether they are naming, in packed arrays; and of each text
    whether it is an accessory's.
    """
    counts, buckets, values, naming, accessories = array("i"), array("i"), array("f"), bytearray(), bytearray()
    for text in texts:
        terms = terms_of(text)
        counts.append(len(terms.buckets))
        buckets.frombytes(terms.buckets.tobytes())
        values.frombytes(terms.weights.tobytes())
        naming += b"\1" * terms.naming + b"\0" * (len(terms.buckets) - terms.naming)
        accessories.append(terms.is_accessory)
    is_naming, is_accessory = (np.frombuffer(bytes(each), bool) for each in (naming, accessories))
    return np.array(counts, np.int32), np.array(buckets, np.int32), np.array(values, np.float32), is_naming, is_accessory
