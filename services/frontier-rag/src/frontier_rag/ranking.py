"""Puts together what vectors and words have found: the product itself first, then by both similarities. Knows no store or index."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from common.product_files.product_identity import Identity, identity_of
from frontier_rag.names.match import Match, covers, match_of
from frontier_rag.products import Neighbour

WORDS_WEIGHT = 2.0  # of the similarity of words against the cosine, see docs/decisions.md
_ORDER: Mapping[Match, int] = {"exact": 0, "model": 1, "similar": 2}


def described(asked: Identity, found: Sequence[Neighbour], words: Mapping[str, float]) -> list[Neighbour]:
    """`found` with lexical similarities and matches. A product without a name matches nothing."""
    return [_compared(asked, each, words.get(each.id, 0.0)) for each in found]


def _compared(asked: Identity, found: Neighbour, words: float) -> Neighbour:
    if not found.product.is_named:
        return replace(found, lexical=words)
    named = _identity_of_title(found.product.title)
    match = match_of(asked, named)
    return replace(found, lexical=words, match=match, covers=match != "similar" and covers(named, asked))


@lru_cache(maxsize=1 << 13)
def _identity_of_title(title: str) -> Identity:
    """Read once: the products of a collection are found again and again, some thirty to a question."""
    return identity_of(title)


def ranked(found: Sequence[Neighbour]) -> list[Neighbour]:
    """`found` as a person would want to see it: exact matches, then other variants, then the rest; within each by the cosine and
    WORDS_WEIGHT times the similarity of the words.
    """
    return sorted(found, key=lambda each: (_ORDER[each.match], -each.similarity - WORDS_WEIGHT * each.lexical))
