"""What the caller gave, as far as it speaks of the product: the same characters at the same places, and blanks for the rest.

What speaks to a model or names a price is blanked by the injection screen, so that neither is ever read as a fact. Knows no facts.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from frontier_rag.chat.injection_screen import (
    MOST_SAID,
    SENTENCES,
    SHORTEST_FLOOD,
    cuts_of,
    is_visible,
    screen,
    screen_sentence,
)

From = Literal["title", "description", "facts"]
REFUSED = "it speaks to a model or names a price"
NAMES_MONEY = re.compile(
    r"\b(?:price[sd]?|pricing|prices?|cost(?:s|ing)?|msrp|rrp|discount\w*|(?<!-)sav(?:e|es|ing|ings)|cheap\w*|deal|deals|sale|clearance|rebate"
    r"|coupon|worth|bargain|afford\w*|dollars?|usd|bucks?|cents?|euros?)\b|[$€£¥₹]",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W_][\w &/().,'’+-]{0,59}")
_KEPT = 80  # characters of what was left out


@dataclass(frozen=True)
class Source:
    """`told`: as it came; `shown`: of the same length, with blanks for what is no description; `refused`: what was blanked.

    `name`: of a fact, what the caller calls it.
    """

    where: From
    told: str
    shown: str
    refused: tuple[str, ...] = ()
    name: str = ""


def source_of(where: From, told: str, name: str = "") -> Source:
    """A text of the caller."""
    places = [place for place, letter in enumerate(told) if is_visible(letter)]
    visible = "".join(told[place] for place in places)
    kept, refused = _kept(visible)
    shown = [" "] * len(told)
    for place, letter in zip(places, kept, strict=True):
        shown[place] = letter
    return Source(where, told, "".join(shown), tuple(refused), name)


def is_fit_name(name: str) -> bool:
    """Whether a fact may be called so: a few plain words that name no money and speak to nobody."""
    return _NAME.fullmatch(name) is not None and NAMES_MONEY.search(name) is None and screen(name) == name


def _kept(visible: str) -> tuple[list[str], list[str]]:
    """The characters, blanks where something was cut out, and what was cut."""
    parts = SENTENCES.split(visible)
    said = Counter(parts[::2])
    letters, refused = list[str](), list[str]()
    for at, part in enumerate(parts):
        is_flood = not at % 2 and said[part] > MOST_SAID and len(part) >= SHORTEST_FLOOD
        left = part if at % 2 else "" if is_flood else screen_sentence(part, is_first=not at)
        if left == part:
            letters += part
            continue
        cuts = cuts_of(part) if left else [(0, len(part))]
        letters += _blanked(part, cuts)
        refused += [words for start, stop in cuts if (words := part[start:stop].strip()[:_KEPT])]
    return letters, refused


def _blanked(sentence: str, cuts: list[tuple[int, int]]) -> list[str]:
    letters = list(sentence)
    for start, stop in cuts:
        letters[start:stop] = " " * (min(stop, len(sentence)) - start)
    return letters
