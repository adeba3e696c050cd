"""Takes out of a product's text what it says of capacity, size, pack, year and condition: as if its seller had not told.

For bench.unsaid, which tells whether an interval widens then. Knows no pricer.
"""

import re
from dataclasses import replace

from common.product_files.product_text import squeeze
from training.data.rows import Row, product_text

_NUMBER = r"\b\d+(?:[.,/]\d+)*[ -]?"
_CAPACITY = (
    r"(?:gb|tb|mb|gigabytes?|terabytes?|mah|wh|fl\.? ?oz|oz|ounces?|ml|lit(?:re|er)s?|quarts?|qt|gallons?|gal|lbs?|pounds?|kg)"
)
_SIZE_WORDS = r"\b(?:size|waist|width|length) (?:\d+(?:\.\d+)?|x*[sl]|small|medium|large|x+-?large)\b"
ATTRIBUTES = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "capacity": rf"{_NUMBER}{_CAPACITY}(?![a-z])",
        "size": rf"{_NUMBER}(?:(?:inch(?:es)?|in\.|cm|mm|feet|ft)(?![a-z])|\"|”|'')|{_SIZE_WORDS}",
        "pack": rf"{_NUMBER}(?:packs?|pk|pcs|pieces?|counts?|ct)(?![a-z])|\bpack of \d+\b",
        "year": r"\b(?:19|20)\d\d\b",
        "condition": r"\b(?:used|(?:certified |seller )?(?:renewed|refurbished|reconditioned)|pre-?owned|open[ -]box"
        r"|condition: ?[a-z]+(?: (?:box|used|new))?)\b",
    }.items()
}
_LEFT_OVER = re.compile(r"\(\s*[,/&.-]*\s*\)|\[\s*\]|(?<=\s)[,/.]+(?=\s|$)")


def stated(row: Row) -> frozenset[str]:
    """Which of ATTRIBUTES the row's text states."""
    text = product_text(row)
    return frozenset(name for name, pattern in ATTRIBUTES.items() if pattern.search(text))


def unsaid(text: str) -> str:
    """The text without them."""
    for pattern in ATTRIBUTES.values():
        text = pattern.sub(" ", text)
    return squeeze(_LEFT_OVER.sub(" ", squeeze(text))).strip(" ,-/|")


def without_attributes(row: Row) -> Row:
    """The row with a text that leaves them unsaid; its details go altogether, since that is where a shop's form asks for them."""
    description, features = (tuple(map(unsaid, part)) for part in (row.description, row.features))
    return replace(row, title=unsaid(row.title), description=description, features=features, details="{}")
