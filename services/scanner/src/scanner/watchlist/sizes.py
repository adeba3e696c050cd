"""Sizes of a thing: what a wish and a title state alike, otherwise, or not at all. Knows no words."""

from common.product_files.product_identity import Identity
from common.things.thing import Thing
from scanner.watchlist.models import is_strict

_SMALLEST, _LARGEST = 10, 130  # inches of the screens that mounts and cases are made for
_INCH = 0.4  # by which two sizes of one thing may differ: shops call 16.2 inches 16
_SHARE = 0.02  # by which two measures of one thing may
_MEMORY = 64.0  # gigabytes up to which a capacity may be a computer's memory
_TWO_SORTS = ("laptop", "desktop")  # of capacities: memory, and what it keeps


def why_other_size(wish: Thing, offer: Thing) -> str | None:
    """Why it is of another size; None where it is not. What both state must agree."""
    asked, stated = wish.stated, offer.stated
    if asked.inches and wish.is_accessory:
        sizes = {each for each in offer.numbers if _SMALLEST <= each <= _LARGEST}
        return None if not sizes or min(sizes) <= asked.inches <= max(sizes) else f"it is for {min(sizes)} to {max(sizes)} inches"
    weight = dict(asked.measures).get("pounds")
    if weight and offer.weights:  # one of several that are offered
        least, most = offer.weights
        return None if least <= weight <= most else f"it is of {least:g} to {most:g} pounds"
    if not is_strict(wish) and (unsaid := _unsaid_size(asked, stated, offer.numbers)):
        return unsaid
    if asked.inches and stated.inches and abs(asked.inches - stated.inches) > _INCH:
        return f"it is {stated.inches:g} inches"
    if other := _other_capacity(asked.gigabytes, stated.gigabytes, has_two_sorts=wish.head in _TWO_SORTS):
        return other
    return _other_measure(asked, stated)


def _other_measure(asked: Identity, stated: Identity) -> str | None:
    measured = dict(stated.measures)
    for unit, value in asked.measures:
        if unit in measured and abs(measured[unit] - value) > _SHARE * value:
            return f"it is {measured[unit]:g} {unit}"
    if asked.pack and asked.pack != 1 and stated.pack and stated.pack != asked.pack:
        return f"it is a pack of {stated.pack}"
    return None


def _unsaid_size(asked: Identity, stated: Identity, numbers: frozenset[int]) -> str | None:
    """What is wanted by its size must say it. What is wanted by its name need not: its size may be taken for granted."""
    measured = dict(stated.measures)
    if asked.inches and not stated.inches and round(asked.inches) not in numbers:
        return f"it does not say {asked.inches:g} inches"
    if asked.gigabytes and not stated.gigabytes:
        return "it does not say how many GB"
    return next((f"it does not say how many {unit}" for unit, _ in asked.measures if unit not in measured), None)


def _other_capacity(asked: tuple[float, ...], stated: tuple[float, ...], *, has_two_sorts: bool) -> str | None:
    """Where a title states one capacity of a computer's two, the other is not denied."""
    for value in asked:
        same_sort = [each for each in stated if not has_two_sorts or (each <= _MEMORY) == (value <= _MEMORY)]
        if same_sort and value not in same_sort:
            return f"it has {max(same_sort):g} GB"
    return None


def count_sizes(asked: Identity, stated: Identity) -> int:
    """How many sizes and numbers of the wish the title states, too: what it states otherwise was sorted out before."""
    both = (asked.inches and stated.inches, asked.gigabytes and stated.gigabytes)
    return sum(map(bool, both)) + len(asked.numbers) + len(dict(asked.measures).keys() & dict(stated.measures).keys())


def sizes_of(stated: Identity) -> set[int]:
    """Whole numbers that a bare number may mean: "MacBook Pro 14" is one of 14 inches."""
    measured = (stated.inches, stated.pack, *(value for _, value in stated.measures), *stated.gigabytes)
    return {round(value) for value in measured if value}
