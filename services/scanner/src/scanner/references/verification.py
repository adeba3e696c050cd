"""Checks references that a model claims against the deal's text: the words stand there, and the amount in them is no coupon's."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.judging import CLAIMS, MAX_WORDS, Reference, ReferenceKind
from scanner.references.amounts import find_amounts, plain
from scanner.references.offer import Offer
from scanner.references.phrases import Relation
from scanner.references.rule_reader import is_conditional, is_never, is_plausible, price_of, said_by

MOST_CLAIMS = 12  # of one deal


@dataclass(frozen=True)
class Claim:
    """That `words` of the text name an amount, in dollars or, where `is_share`, in hundredths, which tells another price."""

    kind: ReferenceKind
    relation: Relation
    amount: float
    words: str
    is_share: bool = False


def verified(claims: Sequence[Claim], offer: Offer) -> tuple[Reference, ...] | None:
    """The references in the order of the text. None where one of them is not borne out: who errs once is not believed at all."""
    if len(claims) > MOST_CLAIMS:
        return None
    found: dict[tuple[ReferenceKind, float], Reference] = {}
    for claim in claims:
        if (reference := _verified(claim, offer)) is None:
            return None
        found.setdefault((reference.kind, reference.price), reference)
    return tuple(sorted(found.values(), key=lambda each: each.start or 0))


def _verified(claim: Claim, offer: Offer) -> Reference | None:
    whole = plain(offer.whole)
    text, words = whole.text, plain(claim.words).text.strip()
    start = text.find(words) if 0 < len(words) <= MAX_WORDS else -1
    price = price_of(claim.amount, claim.relation, offer.price, is_share=claim.is_share)
    if start < 0 or price is None or not is_plausible(claim.kind, price, claim.relation, offer.price):
        return None
    if (claim.kind == "new_price" and offer.condition == "new") or not _names_amount(text, start, start + len(words), claim):
        return None
    begin, end = whole.span(start, start + len(words))
    end = min(end, begin + MAX_WORDS)
    return Reference(kind=claim.kind, price=price, said_by=said_by(claim.kind), words=offer.whole[begin:end], start=begin, end=end)


def _names_amount(text: str, start: int, end: int, claim: Claim) -> bool:
    """Whether the passage holds the amount, and not as a coupon's, a shipping's, a rate's or the like."""
    is_saving = claim.kind in CLAIMS and claim.relation is not Relation.IS
    return any(
        start <= each.start and each.end <= end and each.value == claim.amount and each.is_share == claim.is_share
        for each in find_amounts(text)
        if (each.is_share or not is_never(each)) and not (is_saving and is_conditional(each))
    )
