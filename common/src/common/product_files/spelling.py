"""One spelling for what people write in several: short names of lines, marks, chips and functions, as shops write them out.

For titles in lower case with plain quotes and dashes. Each rule stands for a way to spell, not for one product; every pattern
is bounded. Knows nothing of prices, and not whether a title names a product at all.
"""

import re

CHIP = r"cu[3579]"  # a processor that is called "Core Ultra 7", whose words are a tier and a generation elsewhere
_RULES = tuple(  # words of which a title has one where the pattern can match: to look for those costs next to nothing
    (tuple(hints.split("|")), re.compile(pattern), written)
    for hints, pattern, written in (
        ("ps", r"\bps ?([1-5])\b", r"playstation \1"),
        ("vr", r"\bps ?vr ?(2?)\b", r"playstation vr\1"),
        ("mark|mk", r"\b(?:mark|mk)[ -]?(i{1,3}|iv|[1-9])\b", r"\1"),  # Mark II, MkII, Mk 2
        ("ii|iv|vi", r"\b([a-z]{1,2}\d{1,2})[ -]?(ii|iii|iv|vii?)\b", r"\1 \2"),  # A7IV
        (" v", r"\b([a-z]{1,2}\d{1,2}[a-z]?) v\b", r"\1 5"),  # A7R V
        ("alpha a", r"\balpha (?=a ?\d)", ""),  # a camera's line that its number tells already
        ("fe ", r"\bfe (?=\d{1,3}(?:-\d{1,3})? ?mm)", ""),  # a lens mount, elsewhere a tier
        (" pro| max| ultra", r"\bm([1-9]) (pro|max|ultra)\b", r"m\1\2"),  # a chip's tier is not that of the computer around it
        ("i3 |i5 |i7 |i9 ", r"\b(i[3579]) (\d{4,5}[a-z]{0,2})\b", r"\1-\2"),
        ("core ultra", r"\bcore ultra ([3579])\b", r"cu\1"),
        ("r3 |r5 |r7 |r9 ", r"\br([3579]) (?=\d{4})", r"ryzen \1 "),
        ("xt|ti", r"\b((?:[a-z]{2,3} ?)?\d{4})(xtx|xt|ti)\b", r"\1 \2"),  # 7800XT
        ("noise", r"\b(?:with )?(?:active )?noise[ -]cancel(?:l?ing|lation)\b", "anc"),
        ("joy", r"\bjoy[ -]?cons?\b", "joycon"),
        ("fuji", r"\bfuji\b", "fujifilm"),
        ("packard", r"\bhewlett[ -]packard\b", "hp"),
    )
)


def spelt(title: str) -> str:
    """`title` in the one spelling."""
    for hints, pattern, written in _RULES:
        if any(hint in title for hint in hints):
            title = pattern.sub(written, title)
    return title
