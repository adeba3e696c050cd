"""What a wish in words asks for: the thing, the target price, the conditions. Pure; what was understood is told in words, too."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from common.errors import InvalidInputError
from common.judging import Condition
from common.product_files.product_identity import identity_of
from common.things.kinds import KINDS
from common.things.thing import Thing, thing_of
from common.things.vocabulary import one_form
from scanner.watchlist.target_price import read_target
from scanner.watchlist.watch import WatchFields

CONDITIONS: tuple[Condition, ...] = ("new", "refurbished", "open-box", "used")
_NOT = r"(?:not|no|non|never|except|without|excluding)[ -]"
_OR = r"(?:(?:or|and|also) )?"
_FINE = r"(?: (?:is |are )?(?:ok(?:ay)?|fine|too|accepted|welcome))"


class _Named(NamedTuple):
    """How a condition is named: as one that will not do, as one that will, and with all that goes with it."""

    condition: Condition
    refused: re.Pattern[str]
    named: re.Pattern[str]
    whole: re.Pattern[str]

    @classmethod
    def of(cls, condition: Condition, pattern: str) -> "_Named":
        return cls(
            condition,
            re.compile(rf"\b{_NOT}{pattern}\b(?: ?only)?"),
            re.compile(rf"\b(?P<added>or |also )?{pattern}\b(?P<fine>{_FINE})?"),
            re.compile(rf"\b{_OR}{pattern}\b{_FINE}?(?: ?only)?"),
        )


_NAMED = (
    _Named.of("refurbished", r"(?:certified |factory )?(?:refurb(?:ished|s)?|renewed|reconditioned)"),
    _Named.of("open-box", r"open[ -]box"),
    _Named.of("used", r"(?:used|pre-?owned|second[ -]hand)"),
    _Named.of("new", r"(?:brand[ -])?new(?! (?:balance|era|york|zealand|england|world|orleans|3ds|2ds))"),
)
_ANY = re.compile(r"\b(?:in )?any condition\b")
_BARE = re.compile(r"\b(?:tool[ -]only|bare[ -]tools?|body[ -]only|no batter(?:y|ies)|without batter(?:y|ies))\b")
_KIT = re.compile(
    r"\bkit\b|\bcombo\b|\bwith (?:\w+ ){0,4}batter|\bw/ ?(?:\w+ ){0,4}batter|batter(?:y|ies) (?:included|& charger|and charger)"
)
_SALE = re.compile(r"\b(?:deals|sales?|clearance|event)\b")
_UP_TO = re.compile(r"\bup to (?:an? )?(?:extra |additional )?(?:\$\d{1,5}|\d{1,2} ?%) ?off\b")


@dataclass(frozen=True)
class Wish:
    """`name`: the words of the thing alone; `target` in dollars; `conditions` that will do; `is_bare`: the tool or body alone."""

    name: str
    thing: Thing
    target: float | None
    conditions: tuple[Condition, ...]
    is_bare: bool = False

    @property
    def summary(self) -> str:
        """What was understood, in words: "TV, OLED, 65 inch, at most $1,200, new"."""
        price = [] if self.target is None else [f"at most ${self.target:,.2f}".removesuffix(".00")]
        bare = ["tool or body alone"] if self.is_bare else []
        any_condition = set(self.conditions) == set(CONDITIONS)
        return ", ".join(
            [*_spoken(self.thing), *bare, *price, "in any condition" if any_condition else " or ".join(self.conditions)]
        )


@lru_cache(maxsize=1_024)
def read_wish(fields: WatchFields) -> Wish:
    """What a watch asks for: by its words, and by its explicit fields in their place. InvalidInputError where it names nothing."""
    priced = read_target(fields.text)
    words, conditions = _read_conditions(priced.words)
    name = " ".join(_BARE.sub(" ", words).split()).strip(" ,;:-–")
    thing = _corrected(thing_of(name), fields)
    if not (thing.words or thing.stated.models or thing.stated.numbers):
        raise InvalidInputError("says no thing that could be looked for", "text")
    target = priced.price if fields.target_price is None else fields.target_price
    return Wish(name, thing, target, tuple(fields.conditions) or conditions, _BARE.search(words) is not None)


def is_kit(title: str) -> bool:
    """Whether a title says that battery or more come with the tool."""
    low = title.lower()
    return _KIT.search(low) is not None and _BARE.search(low) is None


def is_round_up(title: str) -> bool:
    """Whether it tells of a sale of many things, of which none has this price: "TV deals: up to 53% off"."""
    low = title.lower()
    return _UP_TO.search(low) is not None and _SALE.search(low) is not None


def _read_conditions(text: str) -> tuple[str, tuple[Condition, ...]]:
    """The words without those, and the conditions that will do: new alone where nothing is said, as shops mean it."""
    words = text.lower()
    if _ANY.search(words):
        return _ANY.sub(" ", words), CONDITIONS
    wanted, unwanted, is_added = set[Condition](), set[Condition](), False
    for each in _NAMED:
        if each.refused.search(words):
            unwanted.add(each.condition)
            words = each.refused.sub(" ", words)
        if found := each.named.search(words):
            wanted.add(each.condition)
            is_added |= bool(found["added"] or found["fine"])
            words = each.whole.sub(" ", words)
    if is_added and len(wanted) == 1:  # "or refurbished", "used is fine": beside new
        wanted.add("new")
    if unwanted and not wanted:
        wanted = {"new"} if "new" not in unwanted else set(CONDITIONS)
    return words, tuple(each for each in CONDITIONS if each in (wanted or {"new"}) - unwanted) or ("new",)


def _corrected(thing: Thing, fields: WatchFields) -> Thing:
    """What a person corrects takes the place of what was read."""
    stated = thing.stated
    if fields.inches is not None:
        stated = replace(stated, inches=fields.inches)
    if fields.gigabytes is not None:
        stated = replace(stated, gigabytes=(fields.gigabytes,))
    if fields.model is not None:
        stated = replace(stated, models=identity_of(fields.model).models or frozenset({_squeezed(fields.model)}))
    brand = frozenset() if fields.brand is None else frozenset(map(one_form, fields.brand.lower().split()))
    return replace(thing, stated=stated, words=thing.words | brand)


def _squeezed(model: str) -> str:
    return "".join(char for char in model.lower() if char.isalnum())


def _spoken(thing: Thing) -> list[str]:
    stated = thing.stated
    kinds = [each for part in thing.parts for each in part if each in thing.kinds and each == KINDS.get(each)]
    order = [token for part in thing.parts for token in part]
    glued = {word for word in thing.words if any(model.startswith(word) for model in stated.models)}
    others = sorted(thing.words - set(kinds) - glued, key=lambda word: order.index(word) if word in order else len(order))
    sizes = [f"{stated.inches:g} inch"] if stated.inches else []
    sizes += [f"{each / 1000:g} TB" if each >= 1000 else f"{each:g} GB" for each in stated.gigabytes]
    sizes += [f"{value:g} {unit}" for unit, value in stated.measures]
    sizes += [f"pack of {stated.pack}"] if stated.pack else []
    numbers = [f"number {each}" for each in sorted(stated.numbers)]
    specs = sorted(each.partition(":")[2] if each.startswith("lines") else each.replace(":", " ") for each in thing.specs)
    shown = [each.upper() if len(each) < 4 or each == "oled" else each for each in (*dict.fromkeys(kinds), *others)]
    made_for = [f"for {' '.join(sorted(thing.behind))}"] if thing.behind else []
    return [*shown, *(each.upper() for each in sorted(stated.models)), *numbers, *sizes, *specs, *made_for]
