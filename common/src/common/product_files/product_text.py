"""What a record says of a product in words, in the shape of Amazon-Reviews-2023: title, description[], features[], details as JSON.

The pricers are trained on texts made here, and asked with them. Knows nothing of prices, files or requests.
"""

import json
import re
from collections.abc import Iterable
from functools import lru_cache

# Keys that tell nothing about the price, or give it away, or that a person who describes a product would not type.
NOISE = re.compile(
    r"price|rank|date|asin|upc|part ?(number|num|no)|model ?(number|no|info)|modelno|discontinued|shipping|pricing|customer review"
    r"|permission|download time|first listed|^tech$|batteries (included|required)|department|warranty description",
    re.IGNORECASE,
)
KEY_NAMES = {
    "shipweight": "weight",
    "item weight": "weight",
    "package dimensions": "dimensions",
    "product dimensions": "dimensions",
}
# Bytes other than letters and digits become spaces: as the pattern [a-z0-9]+, five times as fast.
_BETWEEN_WORDS = bytes(byte if chr(byte).isalnum() and byte < 128 else 32 for byte in range(256))


def words_of(text: str) -> list[str]:
    """Lower-case words and numbers: the form in which texts are compared."""
    return text.lower().encode("ascii", "replace").translate(_BETWEEN_WORDS).decode().split()


def squeeze(text: str) -> str:
    """Text with every run of white space as one space."""
    return " ".join(text.split())


def texts_of(value: object) -> tuple[str, ...]:
    """The texts of a field that may hold none, one or a list of them."""
    if value is None:
        return ()
    return tuple(str(v) for v in (value if isinstance(value, list | tuple) else [value]) if v)


def details_of(value: object) -> str:
    """The JSON text of a record's details, which may also stand there as an object. RecursionError where that is too deep."""
    return value if isinstance(value, str) and value else json.dumps(value or {}, default=str)


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_flat(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_flat(v) for v in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


@lru_cache(maxsize=1 << 12)
def _key_name(key: str) -> str | None:
    """What a key of details is called in a text; None for noise."""
    return None if NOISE.search(key) else KEY_NAMES.get(key.lower(), key.replace("_", " "))


def detail_pairs(details: str) -> list[tuple[str, str]]:
    """Useful (key, value) pairs of a product's details; unreadable JSON gives none."""
    try:
        found = json.loads(details)
    except json.JSONDecodeError:
        return []
    pairs = found.items() if isinstance(found, dict) else ()
    named = ((name, squeeze(_flat(v))) for k, v in pairs if (name := _key_name(k)) is not None)
    return [(key, value) for key, value in named if value and len(value) < 200]


def contents_of(title: str, description: Iterable[str], features: Iterable[str], details: str) -> str:
    """Everything but the title on one line: description, features, and those details that the text does not state already."""
    body = squeeze(" ".join((*description, *features)))
    pairs = detail_pairs(details)
    if not pairs:
        return body
    said = f" {' '.join(words_of(title + ' ' + body))} "
    fresh = [f"{key} {value}" for key, value in pairs if f" {' '.join(words_of(value))} " not in said]
    return squeeze(" ".join((body, ", ".join(fresh))))
