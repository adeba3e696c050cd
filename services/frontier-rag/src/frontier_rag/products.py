"""What the store holds and what it answers with: products, and products near another. Prices in US dollars."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from common.errors import UnavailableError
from common.pricing import Similar
from frontier_rag.names.match import Match

Source = Literal["bundled", "catalogue", "demo", "user", "mute"]
NAMELESS = ("bundled", "mute")  # sources of products of which only category and price are kept
SAME_LABEL, DEMO_LABEL = " (near-identical)", " (demo)"
NEAR_IDENTICAL = 0.97  # cosine from which a product is said to be nearly the same one, see docs/decisions.md
NEAR = 0.1  # cosine: how much farther off a product may be to be shown instead of one without a name
# From which similarity of words, or cosine, something near is known; measured by training.frontier_rag_known.
KNOWN_BY_WORDS, KNOWN_BY_MEANING = 0.30, 0.52


@dataclass(frozen=True, slots=True)
class Product:
    """A product in the store. Those of a nameless source have no text, and their category for a title.

    `year`: when it came out, where that is known.
    """

    title: str
    price: float
    category: str = ""
    text: str = ""
    source: Source = "user"
    year: int | None = None

    @property
    def is_named(self) -> bool:
        """Whether it has a name that a person would know it by."""
        return self.source not in NAMELESS


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
    """A product with the cosine of its vector to that of the product asked about.

    `lexical`: the similarity of its words, 0 to 1; 0 where its words are not known. `match`: whether it is the product asked
    about, as far as the two names say; `covers`: whether it says all that is asked for, which may be its short name. `id`: what the
    store knows it by.
    """

    product: Product
    similarity: float
    lexical: float = 0.0
    match: Match = "similar"
    id: str = ""
    covers: bool = False


def choose_shown(found: Sequence[Neighbour], count: int) -> list[Neighbour]:
    """The `count` first, but a named product rather than one without a name where it is nearly as near. `found` is ranked.

    One that is nearly identical is always shown.
    """
    first = list(found[:count])
    if not first:
        return []
    bound = min(each.similarity for each in first) - NEAR
    named = [each for each in found[count:] if each.product.is_named and each.similarity >= bound]
    nameless = [each for each in first if not each.product.is_named and each.similarity < NEAR_IDENTICAL]
    gone = nameless[::-1][: len(named)]
    return [each for each in first if each not in gone] + named[: len(gone)]


def with_identical(found: Sequence[Neighbour], chosen: Sequence[Neighbour]) -> list[Neighbour]:
    """`chosen`, and before them those of `found` that are nearly identical or the product itself, whatever their category: shops
    name categories differently.
    """
    same = [each for each in found if each.similarity >= NEAR_IDENTICAL or each.match == "exact"]
    products = {each.product for each in same}
    return [*same, *(each for each in chosen if each.product not in products)]


def describe(neighbour: Neighbour) -> Similar:
    """As the API shows it."""
    product = neighbour.product
    title = product.title if product.is_named else nameless_title(product)
    if product.source == "demo":
        title += DEMO_LABEL
    if neighbour.similarity >= NEAR_IDENTICAL:
        title += SAME_LABEL
    similarity = round(min(neighbour.similarity, 1.0), 4)
    return Similar(title=title, price=round(product.price, 2), similarity=similarity, match=neighbour.match)


def nameless_title(product: Product) -> str:
    """What is said of a product without a name: its kind and about what it cost, as in "A product in Tools, about $80"."""
    kind = " ".join(product.category.rpartition(">")[2].replace("_", " ").split()).lstrip("0123456789 ")
    named = f"A product in {kind}" if kind and kind != "product" else "A product"
    return f"{named}, about ${_rounded(product.price):,}"


def _rounded(price: float) -> int:
    """Dollars to two digits, at least one dollar."""
    step = int(10 ** max(len(str(int(price))) - 2, 0))
    return max(round(price / step) * step, 1)


def is_known(found: Sequence[Neighbour], likeness: float = 0.0) -> bool:
    """Whether something near the product asked about is among `found`: the product itself or a variant, or one that is near
    by its words or by its meaning; or among the products that the local estimator knows, the nearest by `likeness`.
    """
    return likeness >= KNOWN_BY_WORDS or any(
        each.match != "similar" or each.lexical >= KNOWN_BY_WORDS or each.similarity >= KNOWN_BY_MEANING for each in found
    )
