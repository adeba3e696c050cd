"""Model numbers: which of them are the same, and which names a product by itself. Knows no words."""

import re

from common.product_files.product_identity import is_component, model_keys
from common.things.thing import Thing

LEAST_SCREEN = 20  # inches: a bare number from here on may be a screen's
PANELS = frozenset({"oled", "men", "women", "kid", "slim"})  # tiers that say what a thing is like, not which of a family it is
_SHORT = 3  # characters, and digits, below which a model number names nothing by itself
_CORE = re.compile(r"i[3579]\d{4}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def is_same_model(one: str, other: str) -> bool:
    """Whether a wish's number and a title's are of the same product, with or without letters before them or a short suffix."""
    if one == other or (_CORE.match(one) and other == one[2:]):  # i7-8700K is an Intel 8700K
        return True
    if set(model_keys(one)) & set(model_keys(other)):  # WH-1000XM5 is no WF-1000XM5, but G991U is SM-G991U
        letters = [each[: len(each) - len(each.lstrip(_LETTERS))] for each in (one, other)]
        return any(each.endswith(its) for each, its in (letters, letters[::-1]))
    shorter, longer = sorted((one, other), key=len)
    digits = sum(each.isdigit() for each in shorter)
    if len(shorter) >= 5 and digits >= _SHORT and not is_component(shorter):
        suffix = longer[len(shorter) :]
        return longer.startswith(shorter) and len(suffix) <= 5 and suffix[0].isalpha()
    return len(one) >= _SHORT and one[0].isalpha() and digits > 0 and other.endswith(one) and len(other) - len(one) >= _SHORT


def is_telling(model: str) -> bool:
    """Whether a model number names a product by itself: G502, but not X1."""
    return len(model) > _SHORT and sum(map(str.isdigit, model)) >= _SHORT


def is_strict(wish: Thing) -> bool:
    """Whether it names one product, not a kind of things or a family."""
    numbers = {each for each in wish.stated.numbers if each < LEAST_SCREEN}
    return bool(wish.stated.models or numbers or (wish.tiers - PANELS))
