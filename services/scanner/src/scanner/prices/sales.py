"""Tells "Acme Chair $199 Clearance", the price of one thing, from "Acme $20 Clearance", a sale of many. Reads legible text.

Only where the words before the amount surely name one thing: its kind stands last, in the singular, or a model number or size among
them. "Old Navy $5 Event" and "Acme Shoes $20 Clearance" stay sales.
"""

import re

from common.product_files.product_identity import TIERS, identity_of
from common.things.kinds import KINDS
from common.things.vocabulary import FAMILIES, one_form
from scanner.prices.shops import OCCASION, SHOP

SALE = r"(?:sale(?!\sprice)|deals|events?|clearance|doorbusters?|finds|steals|bargains)"
# What may follow when all is said: the end, another part, or where and until when.
_END = (
    r"(?=\s?(?:$|[-–—|,;.!*/()\[\]@+~](?!\d)|(?:at|in|from|via|on|w/|with|after|and\sfree|free|today|only|now|ends?|until|thru|through"
    r"|while|ymmv|online|in-?store|was|reg)(?![\w-])))"
)
_LABEL = re.compile(
    rf"\s?[-–—|,:*]?\s?(?:(?:{OCCASION}|{SHOP})\s){{0,3}}(?:sale|event|clearance|doorbuster)(?:\s(?:price|deal|item))?{_END}", re.I
)
_JOINT = re.compile(r"[\s:,|(–—-]{1,4}(?:(?:for|only|just|now|at)\s){0,2}$", re.I)
_TOKEN = re.compile(r"[a-z0-9]{1,40}(?:[-'][a-z0-9]{1,40}){0,4}")
# What names many things, or one of several: "Men's Coat $45 Event".
_MANY = re.compile(
    r"^\W{0,3}(?:(?:wo)?men'?s|kids?'?s?|boys'?|girls'?|adults?'?|select|selected|all|any|assorted|various|everything|over|up\sto|extra)\b"
    r"|[$£€%]|\sor\s",
    re.I,
)
_LINKS = frozenset(
    {"with", "w", "after", "plus", "and", "in", "extra", "a", "an", "the", "of", "on", "to", "or", "off", "get", "save"}
)
_THINGS = (KINDS.keys() | FAMILIES.keys()) - {"game"}  # which is an event itself
_PAIRS = frozenset({"airpod", "earbud", "headphone", "binocular"})  # of which one product is told in the plural
_SINGLE = _THINGS - _PAIRS
_SERIES = TIERS | {"series", "gen", "generation"}
_MODEL, _DIGITS = 5, 3  # characters of a model number that names one thing, and digits among them


def is_of_one(left: str, right: str) -> bool:
    """Whether an amount between `left`, the title before it, and `right` is the price of one thing that a word of sales follows."""
    joint = _JOINT.search(left)
    return joint is not None and _LABEL.match(right) is not None and _names_one(left[: joint.start()])


def _names_one(name: str) -> bool:
    words = _TOKEN.findall(name.lower())
    if len(words) < 2 or words[-1] in _LINKS or _MANY.search(name):
        return False
    stated = identity_of(name)
    if _is_model(stated.main):
        return True
    if any(one_form(word) in _SINGLE and word not in _THINGS for word in words):
        return False  # shoes, laptops: which of them?
    named = next((one_form(word) for word in reversed(words) if not (word.isdigit() or word in _SERIES)), "")
    return named in _THINGS or bool(stated.gigabytes) or stated.inches is not None or any(map(_is_model, stated.models))


def _is_model(written: str) -> bool:
    return len(written) >= _MODEL and sum(map(str.isdigit, written)) >= _DIGITS
