"""What the store holds and what it answers with: products, and products near another. Prices in US dollars."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from common.errors import UnavailableError
from common.pricing import Similar

Source = Literal["bundled", "demo", "user", "mute"]
LABELS = {"bundled": " (bundled, no text)", "demo": " (demo)", "user": "", "mute": " (no text kept)"}
SAME_LABEL = " (near-identical)"
NEAR_IDENTICAL = 0.97  # cosine from which a product is said to be nearly the same one, see docs/decisions.md
NEAR = 0.05  # cosine: how much farther off a product may be to be shown instead of one without text


@dataclass(frozen=True, slots=True)
class Product:
    """A product in the store. Bundled ones have no text, and their category for a title."""

    title: str
    price: float
    category: str = ""
    text: str = ""
    source: Source = "user"


class GoneError(UnavailableError):
    """The collection was deleted since it was opened."""


def category_code(category: str) -> str:
    """How the ids of a category's products end."""
    return f".{zlib.crc32(' '.join(category.lower().split()).encode()):08x}"


def entry_id(content: str, category: str) -> str:
    """The id of a product in the store: what its content decides, then its category, so that ids alone tell categories apart."""
    return content + category_code(category)


@dataclass(frozen=True)
class Entries:
    """What goes into a store. `ids` are decided by the content, so that writing twice changes nothing; vectors [n, 384]."""

    ids: Sequence[str]
    products: Sequence[Product]
    vectors: npt.NDArray[np.float32]

    def batches(self, size: int) -> Iterator["Entries"]:
        """Parts of at most `size` items."""
        for start in range(0, len(self.ids), size):
            part = slice(start, start + size)
            yield Entries(self.ids[part], self.products[part], self.vectors[part])


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A product with the cosine of its vector to that of the product asked about."""

    product: Product
    similarity: float


def choose_shown(found: Sequence[Neighbour], count: int) -> list[Neighbour]:
    """The `count` nearest, but a product with a text rather than one without where it is nearly as near; nearest first.

    One that is nearly identical is always shown. `found` is sorted, nearest first.
    """
    nearest = list(found[:count])
    if not nearest:
        return []
    bound = nearest[-1].similarity - NEAR
    readable = [each for each in found[count:] if each.product.text and each.similarity >= bound]
    mute = [each for each in nearest if not each.product.text and each.similarity < NEAR_IDENTICAL]
    for gone, come in zip(reversed(mute), readable, strict=False):
        nearest[nearest.index(gone)] = come
    return sorted(nearest, key=lambda each: -each.similarity)


def with_identical(found: Sequence[Neighbour], chosen: Sequence[Neighbour]) -> list[Neighbour]:
    """`chosen` and those of `found` that are nearly identical, whatever their category: shops name categories differently."""
    missing = [each for each in found if each.similarity >= NEAR_IDENTICAL and each.product not in {one.product for one in chosen}]
    return sorted([*missing, *chosen], key=lambda each: -each.similarity)


def describe(neighbour: Neighbour) -> Similar:
    """As the API shows it."""
    product = neighbour.product
    title = (product.title or product.category or "product") + LABELS[product.source]
    if neighbour.similarity >= NEAR_IDENTICAL:
        title += SAME_LABEL
    return Similar(title=title, price=round(product.price, 2), similarity=round(neighbour.similarity, 4))
