"""Finds the amounts of dollars and the percentages of a text, each with what its sentence says before and after it.

Only plain dollars: an amount in another currency, a range, and one that is cut off are left out. Decides nothing about meaning.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST = 60  # amounts of a text that are looked at: what names more is a list of many goods
BEFORE, AFTER = 110, 130  # characters of the sentence around an amount

_PLAIN = str.maketrans(
    dict.fromkeys("\u00a0\u202f\u2009\u200b\u200c\u200d\ufeff*_\t\r", " ") | {"’": "'", "‘": "'", "＄": "$", "−": "-"}
)
_WHOLE = r"[0-9]{1,3}(?:,[0-9]{3}){1,2}|[0-9]{1,7}"
_FOREIGN = r"\s?(?:CAD|CDN|AUD|NZD|SGD|HKD|MXN|EUR|GBP|INR|BRL)\b"
_AMOUNT = re.compile(
    r"(?<![\w$])(?<!CAD )(?<!AUD )(?<!CDN )(?<!NZD )(?<!SGD )(?<!HKD )(?<!MXN )(?:US\s?|USD\s?)?"
    rf"\$\s?(?P<dollars>(?:{_WHOLE})(?:\.[0-9]{{1,2}})?)(?![0-9]|[.,][0-9]|\s?[km]\b|{_FOREIGN})"
    rf"|(?<![\w$.,])(?P<bucks>(?:{_WHOLE})(?:\.[0-9]{{1,2}})?)\s?(?:dollars|bucks|USD)\b"
    r"|(?<![\w$.,])(?P<percent>[0-9]{1,2}(?:\.[0-9])?)\s?(?:%|percent\b)"
    r"|\b(?P<half>half)(?=[- ](?:off|price)\b)",
    re.I,
)
_SPACED = re.compile(r"\s[0-9]{3}(?=\s?(?:$|[.,;:!)]))")  # "$1 875": more digits than were read
_SENTENCE_END = re.compile(
    r"(?<!\bvs)(?<!\breg)(?<!\borig)(?<!\bavg)(?<!\bapprox)(?<!\bcomp)(?<!\bincl)"
    r"[.!?][\"')\]]{0,3}(?:\s(?=[A-Z\"'(\[])|(?=That|It))"
    r"|(?<=[0-9])\.(?=[A-Z])|[\n;•|]"
)
_RANGE = re.compile(r"\s?(?:-|–|—|to)\s?\$?(?P<upper>[0-9][0-9,]{0,8}(?:\.[0-9]{1,2})?)(?![0-9]|\s?%|\.[0-9])")
_RANGE_BEFORE = re.compile(r"\$\s?(?P<lower>[0-9][0-9,]{0,8}(?:\.[0-9]{1,2})?)\s?(?:-|–|—|to)\s?$")


@dataclass(frozen=True)
class Amount:
    """An amount at text[start:end]; in dollars, or in hundredths where `is_share`. `before` and `after` end with its sentence."""

    value: float
    is_share: bool
    start: int
    end: int
    before: str
    after: str


@dataclass(frozen=True)
class PlainText:
    """A text with plain quotes and signs and single blanks. `places`: where each of its characters stands in the text it is of."""

    text: str
    places: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end], which is not empty, begins and ends in the text it is of."""
        return self.places[start], self.places[end - 1] + 1


def plain(text: str) -> PlainText:
    """The text as the patterns read it: a blank in them is a single one."""
    marked = text.translate(_PLAIN)
    places = [at for at, character in enumerate(marked) if character != " " or marked[at - 1 : at] != " "]
    return PlainText("".join(marked[at] for at in places), places)


def find_amounts(text: str) -> list[Amount]:
    """The amounts of a plain text, in order. Linear in the text's length."""
    ends = [match.start() + 1 for match in _SENTENCE_END.finditer(text)]
    found = (_amount(text, match, begin, end) for match, begin, end in _placed(text, [0, *ends, len(text)]))
    return [amount for amount in found if amount is not None]


def _placed(text: str, bounds: list[int]) -> Iterator[tuple[re.Match[str], int, int]]:
    """Each match with the bounds of its sentence."""
    at = 0
    for number, match in enumerate(_AMOUNT.finditer(text)):
        if number == MOST:
            return
        while at + 2 < len(bounds) and bounds[at + 1] <= match.start():
            at += 1
        yield match, bounds[at], max(bounds[at + 1], match.end())


def _amount(text: str, match: re.Match[str], begin: int, end: int) -> Amount | None:
    before = text[max(begin, match.start() - BEFORE) : match.start()]
    after = text[match.end() : min(end, match.end() + AFTER)]
    share = "50" if match["half"] else match["percent"]
    value = number_of(share or match["dollars"] or match["bucks"])
    if value <= 0 or (share is None and (_SPACED.match(after) or _is_in_range(value, before, after))):
        return None
    return Amount(value, share is not None, match.start(), match.end(), before, after)


def _is_in_range(value: float, before: str, after: str) -> bool:
    upper, lower = _RANGE.match(after), _RANGE_BEFORE.search(before[-16:])
    return bool((upper and number_of(upper["upper"]) > value) or (lower and number_of(lower["lower"]) < value))


def number_of(digits: str) -> float:
    """ "1,299.99" as a number."""
    return float(digits.replace(",", ""))
