"""Text as a person sees it: characters without a shape are dropped, blanks, digits and dashes of all sorts become plain ones.

What only looks like a digit (a superscript, a keycap's frame, a struck-through figure) stays as it is, so that whoever reads
numbers can tell that one is spoilt. Knows nothing of money.
"""

import re
import unicodedata
from functools import lru_cache

RIGHT_TO_LEFT = "\u202e"  # shows what follows in reverse, so that its digits are not those that a person sees
_SAME = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u2032\u0060\u00b4\u055a\ua78c", "'")
    | dict.fromkeys("\u2010\u2011\u2212\u207b\ufe63", "-")
    | dict.fromkeys("\u034f\u17b4\u17b5", None)  # joiners that Unicode counts among the marks
    | dict.fromkeys("\u115f\u1160\u2800\u3164\uffa0", " ")  # fillers, blank in print
    | {"\u066b": ".", "\u066c": ",", "\u2024": ".", "\u201c": '"', "\u201d": '"', "\u2033": '"'}
)
_WITHIN_NUMBER = re.compile(r"(?<=[\d.,$£€])\u200b+")
_BLANKS = re.compile(r"\s+")


def legible(text: str) -> str:
    """The text on one line, in single blanks, with plain digits, quotes and dashes, and without invisible characters."""
    if not text.isascii():
        text = "".join(map(_seen, parted(text).translate(_SAME)))
    return _BLANKS.sub(" ", text).strip()


def parted(text: str) -> str:
    """A zero width space as what it does: it parts words, except where a number or its sign stands before it."""
    return _WITHIN_NUMBER.sub("", text).replace("\u200b", " ")


@lru_cache(maxsize=4_096)
def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in ("Zs", "Zl", "Zp"):
        return " "
    if (category in ("Cf", "Cs") and character != RIGHT_TO_LEFT) or "VARIATION SELECTOR" in unicodedata.name(character, ""):
        return ""
    is_wide = unicodedata.decomposition(character).startswith(("<wide>", "<small>"))
    return unicodedata.normalize("NFKC", character).translate(_SAME) if is_wide else character
