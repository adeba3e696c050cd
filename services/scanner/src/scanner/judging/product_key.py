"""Says when two deals offer the same product, wherever and at whatever price: by what their titles state, not by their links."""

import re

from common.product_files.product_identity import TIERS, Identity, identity_of
from scanner.prices.product_text import product_title

LONGEST = 300  # characters of a key
# Characters, and digits among them, from which a model number names a product: not UPF50, not a brand Yes4All.
_MODEL, _DIGITS = 5, 3
# Words from which a name without a model number tells one product: where it states no number, and where it does.
_WORDS, _TOLD_WORDS = 4, 2


def product_key(title: str) -> str | None:
    """The key of a deal's product; None where the title tells a kind of goods rather than a product.

    A model number, with brand, capacity, size and pack; else all words and numbers of the name, so that a fuller title is another
    product: what is wrongly held for the same would pull a worth, what is missed only tells less. The condition is not in it.
    Among 2,233 deals whose market price is known those of one key differ by more than half in 2 of 36 pairs.
    """
    stated = identity_of(product_title(title))
    if stated.main and len(stated.main) >= _MODEL and len(re.findall(r"\d", stated.main)) >= _DIGITS:
        names = [stated.brand, stated.main, *sorted(stated.tiers)]
    elif _count_telling(stated) >= (_TOLD_WORDS if _tells_number(stated) else _WORDS):
        names = [*sorted(stated.words), *sorted(stated.models), *map(str, sorted(stated.numbers)), *_spoken(stated)]
    else:
        return None
    sizes = [f"{stated.gigabytes}", f"{stated.inches or ''}", f"{stated.pack or 1}"]
    return "|".join([" ".join(names), *sizes, " ".join(sorted(stated.fits)), " ".join(sorted(stated.accessories))])[:LONGEST]


def _count_telling(stated: Identity) -> int:
    return sum(len(word) > 2 and word not in TIERS for word in stated.words)


def _tells_number(stated: Identity) -> bool:
    return bool(stated.models or stated.numbers or stated.gigabytes or stated.measures or stated.inches or stated.year)


def _spoken(stated: Identity) -> list[str]:
    return [*(f"{value:g} {unit}" for unit, value in stated.measures), *([str(stated.year)] if stated.year else [])]
