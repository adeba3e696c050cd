"""Puts together what vectors and words have found: the product itself first, then by both ranks. Knows no store and no index."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from frontier_rag.names.identity import Identity, identity_of
from frontier_rag.names.match import Match, match_of
from frontier_rag.products import Neighbour

RANK_OFFSET = 10  # of reciprocal rank fusion: how little the first ranks stand out, see docs/decisions.md
_ORDER: Mapping[Match, int] = {"exact": 0, "model": 1, "similar": 2}


def described(asked: Identity, found: Sequence[Neighbour], words: Mapping[str, float]) -> list[Neighbour]:
    """`found` with lexical similarities and matches. A product without a name matches nothing."""
    return [
        replace(
            each,
            lexical=words.get(each.id, 0.0),
            match=match_of(asked, identity_of(each.product.title)) if each.product.is_named else "similar",
        )
        for each in found
    ]


def ranked(found: Sequence[Neighbour]) -> list[Neighbour]:
    """`found` as a person would want to see it: exact matches, then other variants, then the rest; within each by the sum of
    1 / (RANK_OFFSET + rank) over vectors and words.
    """
    by_vector = _ranks(found, [each.similarity for each in found])
    by_words = _ranks(found, [each.lexical for each in found])
    scores = [
        1 / (RANK_OFFSET + one) + (1 / (RANK_OFFSET + other) if each.lexical else 0)
        for each, one, other in zip(found, by_vector, by_words, strict=True)
    ]
    order = sorted(range(len(found)), key=lambda i: (_ORDER[found[i].match], -scores[i]))
    return [found[i] for i in order]


def _ranks(found: Sequence[Neighbour], similarities: Sequence[float]) -> list[int]:
    order = sorted(range(len(found)), key=lambda i: -similarities[i])
    ranks = [0] * len(found)
    for rank, place in enumerate(order):
        ranks[place] = rank
    return ranks
