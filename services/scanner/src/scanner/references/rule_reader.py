"""Reads references by rules: the words beside an amount tell its kind, and the asked price does the rest.

    read_by_rules(Offer("Acme Drill for $100", "That's the lowest price we could find by $20.", 100.0))
    -> (Reference(kind="next_best", price=120.0, said_by="editor", ...),)

A wrong reference is worse than none: whatever is not plainly another price of the same thing is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from common.judging import CLAIMS, MAX_WORDS, Reference, ReferenceKind, SaidBy
from scanner.references import phrases, refusals
from scanner.references.amounts import Amount, PlainText, find_amounts, number_of, plain
from scanner.references.offer import Offer
from scanner.references.phrases import Phrase, Relation

_FARTHEST = 100.0  # times the asked price: beyond it, an amount is some other thing's
_NEAR = 1.4  # times the asked price: how far a text's own price may lie from it, as coupons come and go
_SAME = 0.015  # two amounts of one kind nearer than that say the same


@dataclass(frozen=True)
class _Found:
    kind: ReferenceKind
    price: float
    start: int
    end: int
    relation: Relation
    is_vague: bool


def read_by_rules(offer: Offer) -> tuple[Reference, ...]:
    """The references of a deal whose asked price is in dollars, in the order of its text; none where it is in another currency."""
    if offer.currency != "USD" or not 0 < offer.price < 10_000_000:
        return ()
    text = plain(offer.whole)
    found = list(_found_in(text.text, offer))
    return tuple(_reference(each, text, offer.whole) for each in _without_repeats(found))


def said_by(kind: ReferenceKind) -> SaidBy:
    """Editors compare; a regular, former or list price is the seller's own claim, whoever repeats it."""
    return "seller" if kind in CLAIMS else "editor"


def _found_in(text: str, offer: Offer) -> Iterator[_Found]:
    for amount in find_amounts(text):
        if not amount.is_share and is_never(amount):
            continue
        for phrase in phrases.SHARES if amount.is_share else phrases.MONEY:
            before, after = phrase.before.search(amount.before), phrase.after.match(amount.after)
            if before and after and not (phrase.relation is Relation.IS and refusals.DIFFERENCE.match(amount.after)):
                if (found := _checked(amount, phrase, len(before[0]), after.end(), offer)) is not None:
                    yield found
                break


def is_never(amount: Amount) -> bool:
    """Whether it is a coupon's, a shipping's, a gift card's, a rate's or the like, whatever else is said of it."""
    return bool(refusals.NEVER_AFTER.match(amount.after) or refusals.NEVER_BEFORE.search(amount.before))


def _checked(amount: Amount, phrase: Phrase, before: int, after: int, offer: Offer) -> _Found | None:
    """The reference that the words make of the amount; None where it cannot be one of this offer."""
    kind, price = _kind(amount, phrase, offer), price_of(amount.value, phrase.relation, offer.price, is_share=amount.is_share)
    if kind is None or price is None or not is_plausible(kind, price, phrase.relation, offer.price):
        return None
    if (phrase.is_vague and is_conditional(amount)) or (kind in CLAIMS and _is_of_other_price(amount, offer.price)):
        return None
    return _Found(kind, price, amount.start - before, amount.end + after, phrase.relation, phrase.is_vague)


def price_of(value: float, relation: Relation, asked: float, *, is_share: bool) -> float | None:
    """The reference's price, to the cent. `value` in dollars, or in hundredths where `is_share`. None where there is none."""
    if is_share:
        return round(asked / (1 - value / 100), 2) if relation is Relation.ABOVE and 1 <= value <= 95 else None
    price = {Relation.IS: value, Relation.ABOVE: asked + value, Relation.BELOW: asked - value}[relation]
    return round(price, 2) if price > 0 else None


def _kind(amount: Amount, phrase: Phrase, offer: Offer) -> ReferenceKind | None:
    """The phrase's kind; new_price where a used thing is compared with a new one; None where two different things are compared."""
    if refusals.OTHER_THING_AFTER.match(amount.after) or refusals.OTHER_THING_BEFORE.search(amount.before):
        return None
    is_elsewhere = phrase.kind == "next_best"
    says_used = refusals.USED_UNIT.match(amount.after) is not None
    if offer.condition == "new":
        return None if phrase.kind == "new_price" or (is_elsewhere and says_used) else phrase.kind
    says_new = refusals.NEW_UNIT.match(amount.after) or refusals.NEW_BEFORE.search(amount.before)
    return "new_price" if is_elsewhere and says_new and not says_used else phrase.kind


def is_plausible(kind: ReferenceKind, price: float, relation: Relation, asked: float) -> bool:
    """Another shop, the seller's usual price and a list price lie above what is asked, or nobody would name them."""
    if price > asked * _FARTHEST or price < asked / _FARTHEST:
        return False
    return kind in ("history", "all_time_low") or relation is not Relation.IS or price > asked + 0.005


def is_conditional(amount: Amount) -> bool:
    """Whether the saving depends on something more than buying the thing, such as a code."""
    return bool(refusals.CONDITIONAL_AFTER.match(amount.after) or refusals.CONDITIONAL_BEFORE.search(amount.before))


def _is_of_other_price(amount: Amount, asked: float) -> bool:
    """Whether the sentence names, directly before, a price too far from the asked one to be it before or after a coupon."""
    priced = refusals.PRICED_BEFORE.search(amount.before)
    return priced is not None and not asked / _NEAR <= number_of(priced["price"]) <= asked * _NEAR


def _without_repeats(found: Sequence[_Found]) -> list[_Found]:
    """Each price once: a named one before one that was added up, and a vague saving only where the seller names nothing else."""
    has_claim = any(each.kind in CLAIMS and not each.is_vague for each in found)
    kept: list[_Found] = []
    for each in sorted(found, key=lambda one: (one.is_vague, one.relation is not Relation.IS)):
        if each.is_vague and (has_claim or any(other.is_vague for other in kept)):
            continue
        if each.kind in CLAIMS and each.relation is not Relation.IS and each.kind in {other.kind for other in kept}:
            continue
        if not any(other.kind == each.kind and abs(other.price - each.price) <= max(1.0, _SAME * each.price) for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda one: one.start)


def _reference(found: _Found, text: PlainText, whole: str) -> Reference:
    start, end = text.span(found.start, found.end)
    end = min(end, start + MAX_WORDS)
    while start < end and whole[start].isspace():
        start += 1
    while end > start and whole[end - 1].isspace():
        end -= 1
    return Reference(kind=found.kind, price=found.price, said_by=said_by(found.kind), words=whole[start:end], start=start, end=end)
