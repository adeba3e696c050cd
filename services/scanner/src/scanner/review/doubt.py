"""Says whether a price that was read needs a person's look before anything is made of it, and why. Pure: by patterns."""

from collections.abc import Sequence
from itertools import combinations

from scanner.judging.product_key import product_key
from scanner.prices import terms
from scanner.prices.candidate import Candidate
from scanner.prices.candidates import unreadable
from scanner.prices.conditions import is_broken
from scanner.prices.product_text import is_goods
from scanner.prices.rule_extractor import Extraction

DIFFERENCE, LEAST = 0.02, 1.0  # share of the lower price, and money, by which two must differ: less is how titles are rounded
UNCLEAR = "other"  # the kind of what has no price for no reason that is known
READERS = frozenset({"feed", "rules", "model", "page"})
_NAMES = {"feed": "the feed says", "rules": "the title says", "model": "the model says", "page": "the page says"}


def why_doubted(read: Extraction) -> str | None:
    """Where those who read a price differ: what each says; None where they agree.

    Of a title that prices several things each may mean another.
    """
    said = [each for each in read.candidates if each.source in READERS]
    if read.price is None or read.has_variants or not any(is_other(one, two) for one, two in combinations(said, 2)):
        return None
    words = [f"{_NAMES[each.source]} {each.price:,.2f} {each.currency}" for each in said]
    return f"{', '.join(words)}: which is it?"


def is_other(one: Candidate, other: Candidate) -> bool:
    """Whether two prices are not the same one, by more than rounding."""
    if one.currency != other.currency:
        return True
    gap = abs(one.price - other.price)
    return gap > LEAST and gap > DIFFERENCE * min(one.price, other.price)


def why_unclear(title: str, read: Extraction) -> str | None:
    """Why a deal without a price is worth a look: it names one product and an amount, and nothing says that it is no price.

    What is refused on purpose (rates, "from", percentages, contracts, announcements) is not asked about, nor what names no amount:
    who looks at a queue of hundreds looks at none of it.
    """
    if read.price is not None or read.kind != UNCLEAR or terms.is_refused(title) or terms.is_of_everything(title):
        return None
    if not is_goods(title) or is_broken(title) or product_key(title) is None:
        return None
    if (words := unreadable(title)) is not None:
        return f"it is not sure what number stands in “{words}”"
    return _named(read.candidates) if read.candidates else None


def _named(candidates: Sequence[Candidate]) -> str:
    named = ", ".join(f"{each.price:,.2f} {each.currency}" for each in candidates)
    return f"it is not plain what it costs; named {'is' if len(candidates) == 1 else 'are'} {named}"
