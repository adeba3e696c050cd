"""Which offers are the wanted thing: attributes and words first, which are cheap, then meaning. Pure: vectors come in."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul

from common.alerts.conditions import says
from common.deals import Opportunity
from common.things.kinds import KINDS
from common.things.thing import Thing, told_by
from common.things.vocabulary import TACIT
from scanner.prices.product_text import product_title
from scanner.watchlist.likeness import Comparison, compare
from scanner.watchlist.watch import Watch
from scanner.watchlist.wish import Wish, is_kit, is_round_up, read_wish

# Likeness of meaning, measured on pairs of wishes and deals (bench/watchlist.py): of what says all of the wish; of what leaves out
# the word for what it is, by whether a model number, a size or nothing else than a name tells it.
FLOOR, OF_KIND, OF_KIND_MEASURED = 0.3, 0.6, 0.5
_SHARE, _SHARE_OF_MODEL = 0.5, 0.3  # of the wish that must be said where a word is missing
REAL_SAVING = 0.5  # chance of one from which a wish without a target price is told


@dataclass(frozen=True)
class Sought:
    """A watch and what it asks for."""

    watch: Watch
    wish: Wish

    @classmethod
    def of(cls, watch: Watch) -> "Sought":
        """Read again from its words, so that what reads them better serves all."""
        return cls(watch, read_wish(watch.fields))


@dataclass(frozen=True)
class Offer:
    """What of an offer tells whether it is wanted. `price` in dollars; `name`: its title without price and shop talk."""

    name: str
    title: str
    text: str
    price: float
    condition: str
    thing: Thing

    @classmethod
    def of(cls, title: str, text: str, price: float, condition: str) -> "Offer":
        """Of a title with prices and shop talk."""
        name = product_title(title)
        return cls(name, title, text, price, condition, told_by(name, text))


@dataclass(frozen=True)
class Candidate:
    """An offer that may be what a watch wants, as far as words and attributes tell."""

    at: int
    sought: Sought
    comparison: Comparison


def candidates(sought: Sequence[Sought], offers: Sequence[Offer], *, at_any_price: bool = False) -> list[Candidate]:
    """Of all pairs those that words and attributes allow. Only what shares a telling word or number is looked at."""
    by_key: dict[str, list[Sought]] = defaultdict(list)
    for each in sought:
        for key in _keys_of_wish(each.wish.thing):
            by_key[key].append(each)
    found = []
    for at, offer in enumerate(offers):
        near = {id(each): each for key in _keys_of_offer(offer.thing) for each in by_key.get(key, ())}
        for each in near.values():
            if (is_affordable(each.wish, offer) or at_any_price) and not why_unwanted(each, offer):
                comparison = compare(each.wish.thing, offer.thing)
                if comparison.why_other is None and (not comparison.missing or comparison.is_kind_alone):
                    found.append(Candidate(at, each, comparison))
    return found


def is_affordable(wish: Wish, offer: Offer) -> bool:
    """Whether it costs no more than the target."""
    return wish.target is None or offer.price <= wish.target


def why_unwanted(sought: Sought, offer: Offer) -> str | None:
    """Why it will not do although it may be the thing: its condition, and words that a person forbids or asks for."""
    fields, wish = sought.watch.fields, sought.wish
    if offer.condition not in wish.conditions:
        return f"it is {offer.condition}"
    if wish.is_bare and is_kit(offer.title):
        return "it is a kit"
    if is_round_up(offer.title):
        return "it is a sale of many things"
    missing = set(fields.required) - set(says(fields.required, offer.title, offer.text))
    if missing:
        return f"it does not say {min(missing)}"
    said = says(fields.forbidden, offer.title, offer.text)
    return f"it says {said[0]}" if said else None


def is_match(candidate: Candidate, similarity: float | None) -> bool:
    """Whether it is the thing. `similarity`: of meaning; None where nobody tells it: words and attributes must say more then."""
    found, least = candidate.comparison, candidate.sought.watch.fields.least_similarity
    is_enough = found.share >= (_SHARE_OF_MODEL if found.is_model else _SHARE)
    if similarity is None:
        return not found.missing or (found.is_model and is_enough)
    if similarity < (least or 0.0):
        return False
    if not found.missing:
        return similarity >= FLOOR
    needed = FLOOR if found.is_model else OF_KIND_MEASURED if found.is_measured else OF_KIND
    return is_enough and similarity >= needed


def is_worth_telling(wish: Wish, opportunity: Opportunity) -> bool:
    """With a target price any offer that meets it. Without one a real saving, or a price that was never lower."""
    if wish.target is not None:
        return True
    standing = opportunity.standing
    is_new_low = standing is not None and standing.is_lowest and not standing.low_confidence
    return is_new_low or (opportunity.chance or 0.0) >= REAL_SAVING


def likeness(one: Sequence[float] | None, other: Sequence[float] | None) -> float | None:
    """The dot product of two unit vectors; None where one is missing or of another length."""
    if one is None or other is None or len(one) != len(other):
        return None
    return float(sum(map(mul, one, other)))


def _keys_of_wish(thing: Thing) -> set[str]:
    """One of these a title has, or it is not looked at: words that tell which thing, and the digits of model numbers."""
    special = thing.words - TACIT - set(KINDS.values())
    digits = {run for model in thing.stated.models | thing.stated.fits for run in _digits(model)}
    if special or digits:
        return digits | special
    sizes = {f"{round(thing.stated.inches)} inches"} if thing.stated.inches else set()
    return sizes | thing.words | thing.specs | {str(each) for each in thing.stated.numbers}


def _keys_of_offer(thing: Thing) -> set[str]:
    digits = {run for model in thing.stated.models | thing.stated.fits | thing.joined | thing.tokens for run in _digits(model)}
    sizes = {f"{round(thing.stated.inches)} inches"} if thing.stated.inches else set()
    return digits | sizes | thing.words | thing.behind | thing.glued | thing.specs | {str(each) for each in thing.numbers}


def _digits(model: str) -> list[str]:
    """The end of the longest run of digits in a model number: "700" of i7-8700K and of 8700K."""
    runs = "".join(char if char.isdigit() else " " for char in model).split()
    return [max(runs, key=len)[-3:]] if runs else []


def similarities(
    found: Sequence[Candidate], of_offers: Mapping[int, Sequence[float]], of_wishes: Mapping[int, Sequence[float]]
) -> list[float | None]:
    """For each candidate how near offer (by its place) and wish (by its watch's id) are."""
    return [likeness(of_wishes.get(each.sought.watch.id), of_offers.get(each.at)) for each in found]
