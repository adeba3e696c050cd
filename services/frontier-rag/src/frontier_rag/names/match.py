"""Whether a product is the one that a text names: the same in all that is stated, another variant of it, or something else.

Knows nothing of prices, vectors and indexes: it compares two identities.
"""

from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from common.product_files.product_identity import TIERS, Identity, identity_of, is_component, model_keys

Match = Literal["exact", "model", "similar"]
STRONG = 5  # letters and digits from which a model number names a product by itself
DIGITS = 3  # at least, of a model number that may have a suffix elsewhere
FOCAL = "millimetres"
PANELS = frozenset({"oled"})
LEAST_SCREEN = 20  # inches: a bare number from here on beside a screen's is its size
LONGEST_SUFFIX = 5  # of a model number: a colour, a region, what is in the box


def match_of(asked: Identity | str, product: Identity | str) -> Match:
    """What `product` is to `asked`, each an identity or a text whose first line is a title.

    "exact": the same name or model number, and all that either states agrees. "model": the same, but capacity, size, pack count
    or condition differ, or one of the two leaves them or the generation unsaid. "similar": anything else.
    """
    one = identity_of(asked) if isinstance(asked, str) else asked
    other = identity_of(product) if isinstance(product, str) else product
    if not _is_same_thing(one, other):
        return "similar"
    return "exact" if _agrees(one, other) else "model"


def covers(product: Identity, asked: Identity) -> bool:
    """Whether a product that matches says all that is asked for, and nothing else in its place: the asked name may be the short
    form of its own ("Mac mini M4" of "Mac mini M4 16GB 256GB"). Words alone ("DeWalt miter saw") are no name.
    """
    is_name = asked.models or asked.numbers or asked.tiers or asked.measures or asked.gigabytes or asked.inches
    if not is_name or _is_other_unit(asked, product) or _is_short_form(asked, product):
        return False
    stated = ((asked.inches, product.inches), (asked.year, product.year), (asked.gigabytes[-1:], product.gigabytes[-1:]))
    if any(one and other and one != other for one, other in stated):
        return False
    has_all = asked.numbers <= product.numbers | _sizes(product) and asked.words <= product.words | kinds()
    return has_all and all(_has_model(product, model) for model in asked.models)


def _has_model(product: Identity, model: str) -> bool:
    """Whether it has this very model number, or a long one with a suffix."""
    is_long = len(model) > STRONG
    return any(_is_same_model(model, each) if is_long else model in model_keys(each) for each in product.models)


@lru_cache(maxsize=1)
def generic_words() -> frozenset[str]:
    """Words that say what a thing is rather than which: those that seven brands or more of the catalogue have in their names, and
    the kinds of things.
    """
    return _listed("generic_words.txt") | kinds()


@lru_cache(maxsize=1)
def kinds() -> frozenset[str]:
    """Words for kinds of things, which a person adds to a name that the product does not have there: "Sony A7 IV body"."""
    return _listed("kinds.txt")


def _listed(name: str) -> frozenset[str]:
    return frozenset((resources.files("frontier_rag.names") / name).read_text(encoding="utf-8").split())


def _is_same_thing(one: Identity, other: Identity) -> bool:
    """Whether `other`, a product, is what `one` asks for, or a variant of it."""
    if one.accessories != other.accessories or bool(one.fits) != bool(other.fits) or _has_other_tier(one, other):
        return False
    models, others = one.models or one.fits, other.models or other.fits
    shared = _shared(models, others) | _shared(others, models)
    if (models and others and not shared) or (one.main and other.main and not {one.main, other.main} <= shared):
        return False
    if _are_at_odds(one.numbers - _sizes(other), other.numbers - _sizes(one)) or _has_other_focus(one, other):
        return False
    if any(len(model) >= STRONG for model in _own(shared)):
        return bool(one.words & other.words) or not (one.words and other.words)
    if shared and not _own(shared) and _are_parts_of_a_computer((models | others) - shared):
        return False
    return one.is_host == other.is_host and _is_same_name(one, other, shared)


def _is_same_name(one: Identity, other: Identity, shared: frozenset[str]) -> bool:
    """Whether the shorter name is all in the longer one, and tells more than a kind of thing or a brand. `one` is asked for."""
    shorter, longer = sorted((one, other), key=lambda each: len(each.words))
    surplus = (_extras(longer, shorter, shared) | (longer.words - shorter.words)) - {longer.brand}
    if not shorter.words <= longer.words | kinds() or (_extras(shorter, longer, shared) and surplus):
        return False
    special = len(_named(one, other) - generic_words() - TIERS)
    is_numbered = bool(shared) or bool(one.numbers & (other.numbers | _sizes(other)))
    if not shorter.words <= longer.words:
        return bool(shared) or (special > 0 and (is_numbered or bool(one.tiers)))
    if not is_numbered and other.brand in generic_words() and one.brand not in other.words:
        return False  # a product without a brand ("Cordless Tire Inflator") is not that of a brand that is asked for
    alike = (set(one.measures) & set(other.measures)) or (set(one.gigabytes) & set(other.gigabytes))
    told = is_numbered or bool(one.tiers) or bool(alike)
    if special >= 2 or (special == 1 and told and bool(one.main) == bool(other.main)):
        return True
    is_named = any(len(model) >= DIGITS for model in shared) or (not shorter.words and bool(shared))
    return is_named or (bool(one.tiers) and _is_whole_name(shorter, surplus))


def _named(one: Identity, other: Identity) -> frozenset[str]:
    """The words of both; not those that one says of itself and the other of what it is made for."""
    return (one.words & other.words) - (one.served ^ other.served)


def _is_whole_name(shorter: Identity, surplus: frozenset[str]) -> bool:
    """Whether two words and more of the usual kind ("Switch OLED") are all that the longer name has beside its brand."""
    return len(shorter.words) >= 2 and not _telling(surplus)


def _extras(one: Identity, other: Identity, shared: frozenset[str]) -> frozenset[str]:
    """What `one` names beyond `other`: words that are not generic, model numbers, generations."""
    sizes = frozenset(number for number in one.numbers if number >= LEAST_SCREEN) if other.inches else frozenset()
    numbers = {str(number) for number in one.numbers - other.numbers - _sizes(other) - sizes}
    focal = {"focal"} if FOCAL in dict(one.measures) and FOCAL not in dict(other.measures) else set()
    return _telling(one.words - other.words) | numbers | focal | (one.models - shared)


def _telling(words: frozenset[str]) -> frozenset[str]:
    """Those that tell which thing it is."""
    return frozenset(word for word in words - generic_words() if len(word) > 1)


def _are_at_odds(one: frozenset[Any], other: frozenset[Any]) -> bool:
    """Whether each has something that the other does not."""
    return bool(one - other) and bool(other - one)


def _has_other_tier(one: Identity, other: Identity) -> bool:
    """Whether one is another member of the family. OLED is one of a handheld's, but of a television only says what it is."""
    is_screen = any((each.inches or 0) >= LEAST_SCREEN for each in (one, other))
    return bool((one.tiers ^ other.tiers) - (PANELS if is_screen else frozenset()))


def _has_other_focus(one: Identity, other: Identity) -> bool:
    """Whether both state a focal length, and not the same one."""
    lengths = [dict(each.measures).get(FOCAL) for each in (one, other)]
    return None not in lengths and lengths[0] != lengths[1]


def _shared(models: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    """The model numbers of `models` that `others` has too, with or without letters before them or a suffix."""
    return frozenset(each for each in models if any(_is_same_model(each, other) for other in others))


def _is_same_model(one: str, other: str) -> bool:
    """Whether they are near each other as they stand, or where the letters before the digits of one are left out."""
    pairs = [*((key, other) for key in model_keys(one)), *((one, key) for key in model_keys(other))]
    return any(_is_near(*pair) for pair in pairs)


def _is_near(one: str, other: str) -> bool:
    """Whether they are equal, or one is the other with a short suffix that begins with a letter."""
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    suffix = longer[len(shorter) :]
    is_long = sum(each.isdigit() for each in shorter) >= DIGITS and len(shorter) >= STRONG and not is_component(shorter)
    return is_long and longer.startswith(shorter) and len(suffix) <= LONGEST_SUFFIX and suffix[0].isalpha()


def _are_parts_of_a_computer(models: frozenset[str]) -> bool:
    """Whether a component is among them: beside the one that is asked for it belongs to a computer that has both."""
    return any(is_component(model) for model in models)


def _own(models: frozenset[str]) -> frozenset[str]:
    """Those that are not of a component, which the names of many computers share."""
    return frozenset(model for model in models if not is_component(model))


def _sizes(identity: Identity) -> frozenset[int]:
    """Whole numbers that a bare number of another text may mean: "MacBook Pro 14" is one of 14 inches."""
    measured = (identity.inches, *(value for _, value in identity.measures), *identity.gigabytes[-1:])
    return frozenset(round(value) for value in measured if value)


def _is_other_unit(one: Identity, other: Identity) -> bool:
    """Whether condition, pack count or a measure that both state differ."""
    measured, others = dict(one.measures), dict(other.measures)
    is_measured_otherwise = any(measured[unit] != others[unit] for unit in measured.keys() & others.keys())
    return is_measured_otherwise or one.condition != other.condition or (one.pack or 1) != (other.pack or 1)


def _is_short_form(one: Identity, other: Identity) -> bool:
    """Whether one has a model number as names have it ("Fit3"), and the other has none at all."""
    main = one.main or other.main
    return bool(one.models) != bool(other.models) and bool(main) and sum(each.isdigit() for each in main) < DIGITS


def _agrees(one: Identity, other: Identity) -> bool:
    """Whether all that either states is stated alike by the other."""
    if _is_other_unit(one, other) or _is_short_form(one, other):
        return False
    if one.gigabytes[-1:] != other.gigabytes[-1:] or (one.year and other.year and one.year != other.year):
        return False
    if one.numbers - _sizes(other) != other.numbers - _sizes(one):
        return False
    if not any(len(model) >= STRONG for model in one.models & other.models) and _variant_words(one, other):
        return False
    is_stated = {each.inches for each in (one, other)} - {None}
    is_size_agreed = len(is_stated) <= 1 and (one.inches == other.inches or _named_by_number(one, other))
    return is_size_agreed and _has_same_models(one, other)


def _variant_words(one: Identity, other: Identity) -> bool:
    """Whether the longer of two names has more than a brand that the shorter has not, and that may tell a variant."""
    return bool(_telling((one.words ^ other.words) - {one.brand, other.brand}))


def _named_by_number(one: Identity, other: Identity) -> bool:
    """Whether the size that only one states is a bare number of the other."""
    size = round(one.inches or other.inches or 0)
    return size in (one.numbers | other.numbers)


def _has_same_models(one: Identity, other: Identity) -> bool:
    """Whether no model number of one is a longer form of the other's."""
    pairs = [(model, each) for model in one.models for each in other.models]
    return not pairs or any(model in model_keys(each) or each in model_keys(model) for model, each in pairs)
