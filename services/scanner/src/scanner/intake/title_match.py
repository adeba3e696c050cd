"""Says whether two titles name the same thing, for three uses of rising strictness. Knows no links and no prices.

Every rule is symmetric. Words are those of the product, so that boilerplate ("Today only at ... for $20 + free shipping") neither
unites two deals nor parts one.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from common.product_files.product_identity import TIERS, identity_of
from scanner.judging.product_key import product_key
from scanner.prices.product_text import product_title

_CLOSE = 0.85  # likeness (difflib's ratio) from which a word is another spelling of another
_KEPT = 0.5  # share of the shorter title's words of which more must stand in the longer one
_ADDED = 0.25  # share of the shorter title's words that may be added, but one in any case
_FEWEST = 2  # words that must be common before one may be added
_WORD = re.compile(r"\w+")
_TALK_LINES = """
    a an and or the of for with w in on at by to from is it its as only just now new hot today todays day daily week weekend
    deal deals sale sales offer offers special best lowest low price prices priced ever save savings off free shipping ship ships
    delivery delivered prime members code coupon promo limited time more buy shop select edited update updated back again
"""
_TALK = frozenset(_TALK_LINES.split())


def may_be_edited(one: str, other: str) -> bool:
    """Whether one title may be an edit of the other, which stands under the same link or guid.

    More than half of the shorter one's words stand in the longer one, misspellings aside, and no number takes another's place.
    Where one names no product all words count; two that say nothing at all say nothing against it.
    """
    first, second = _words(one), _words(other)
    if not first or not second:
        first, second = _all_words(one), _all_words(other)
    shorter, longer = sorted((first, second), key=len)
    lost, gained = _misspelt_aside(shorter - longer, longer - shorter), _misspelt_aside(longer - shorter, shorter - longer)
    if _has_number(lost) and _has_number(gained):
        return False
    return len(shorter) - len(lost) > _KEPT * len(shorter) if shorter else not longer


def is_reworded(one: str, other: str) -> bool:
    """Whether one title is the other with a word or two added, none of which tells one product of a family from another."""
    return _adds_little(frozenset(_spelt(one)), frozenset(_spelt(other)))


def is_same_product(one: str, other: str) -> bool:
    """Whether both name the same product, in whatever colour."""
    first, second = _named(one), _named(other)
    if first.key is not None and first.key == second.key:
        return True
    return first.stated == second.stated and _adds_little(first.words, second.words)


def _misspelt_aside(words: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if not get_close_matches(word, others, 1, _CLOSE))


def _words(title: str) -> frozenset[str]:
    return frozenset(_spelt(title)) - _TALK


def _all_words(title: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(title.lower()) if word.isalpha()) - _TALK


def _spelt(title: str) -> list[str]:
    return _WORD.findall(product_title(title).lower())


def _adds_little(one: frozenset[str], other: frozenset[str]) -> bool:
    shorter, longer = sorted((one, other), key=len)
    added = longer - shorter
    if not shorter or not shorter <= longer or _has_number(added) or added & TIERS:
        return False
    return not added or (len(shorter) >= _FEWEST and len(added) <= max(1, _ADDED * len(shorter)))


def _has_number(words: frozenset[str]) -> bool:
    return any(character.isdigit() for word in words for character in word)


@dataclass(frozen=True)
class _Name:
    """What a title tells of a product: its key, what it states in numbers and the like, and other words but colours."""

    key: str | None
    stated: tuple[object, ...]
    words: frozenset[str]


@lru_cache(maxsize=2_048)  # each alert of a scan is compared with all pushes of two weeks
def _named(title: str) -> _Name:
    told = identity_of(product_title(title))
    sizes = (told.gigabytes, told.inches, told.pack, told.measures, told.year)
    return _Name(product_key(title), (told.models, told.numbers, told.fits, told.accessories, *sizes), told.words - _TALK)
