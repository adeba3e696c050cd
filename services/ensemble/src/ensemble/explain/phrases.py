"""Parts a text into phrases that say one thing each: "20 V", "brushless motor", "two batteries". Pure; by simple rules.

Punctuation and small words end a phrase. A number keeps its unit, or the word that it counts. Nothing here knows grammar: what a
phrase is worth is measured, and one that is parted badly is worth little.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

READ = 2_304  # characters of a text that the specialist reads (MAX_TEXT_CHARS): what follows makes no price
MOST = 40  # phrases of a text
_LENGTHS = (3, 5, 8, 13, 25, 60)  # words of a phrase: the first at which they are not too many


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_SMALL = _set(
    "a an and are as at be been by can comes for from has have in include included includes including into is it its of on or our "
    "per so than that the their these this those to up via was were which will with without you your plus"
)
_COUNTS = _set("one two three four five six seven eight nine ten twelve dual double triple quad pair half")
_UNITS = _set(
    "v volt volts w watt watts kw a amp amps ah mah wh gb tb mb inch inches in ft foot feet cm mm m lb lbs pound pounds oz ounce "
    "ounces kg g l liter liters litre litres ml qt quart quarts gallon gallons cup cups hz khz mhz ghz mp megapixel megapixels psi "
    "bar rpm cfm btu pack packs pk ct count pc pcs piece pieces set sets k p year years month months hour hours hr min minutes "
    "degrees people person persons nit nits db dpi"
)
_TOKEN = re.compile(
    r"\d[\d.,/]*+(?![^\W\d_])(?:\s?x\s?\d[\d.,]*){0,3}(?:[-\s]?(?:\"|”|″|%|°))?|[^\W\d_][\w'’&+]*(?:[-/.][\w+]+)*|\d[\w'’+]*(?:[-/.][\w+]+)*|\w+"
)
_LEADING = re.compile(r"(?:(?<![\w'])(?:and|with|for|of|plus|in|or|by|the|a|an)\s+)+$", re.I)  # small words that led to a phrase
_MARKS = " ,;|&+/–—-"
_MODEL = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[^\W\d_])[^\s]+")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)", re.I)


@dataclass(frozen=True)
class Span:
    """A place in a text, in characters."""

    start: int
    end: int


@dataclass(frozen=True)
class _Word:
    text: str
    span: Span

    @property
    def is_number(self) -> bool:
        return self.text[0].isdigit() or self.text.lower() in _COUNTS

    @property
    def is_unit(self) -> bool:
        return self.text.lower() in _UNITS


def phrases_of(text: str, most: int = MOST) -> list[Span]:
    """The phrases in their order, at most `most` where longer ones make that possible; else the first of them."""
    clauses = [list(_joined(each)) for each in _clauses(text[:READ])]
    found: list[Span] = []
    for length in _LENGTHS:
        found = [span for each in clauses for span in _cut(each, length, keeps_numbers=length == _LENGTHS[0])]
        if len(found) <= most:
            return found
    return found[:most]


def without(text: str, spans: Sequence[Span]) -> str:
    """The text without some phrases, and without the small words and the punctuation that led to them."""
    for span in sorted(spans, key=lambda each: -each.start):
        before, after = _LEADING.sub("", text[: span.start]).rstrip(), text[span.end :].lstrip()
        if not before or not after or after[0] in ",;.:)|":
            before = before.rstrip(_MARKS)
        gap = "" if not before or after[:1] in ("", *",;.:)") or before[-1] in "([" else " "
        text = f"{before}{gap}{after}" if before else after.lstrip(f"{_MARKS}:.")
    return re.sub(r"\s*\(\s*\)", "", text).strip()


def _clauses(text: str) -> Iterator[list[_Word]]:
    """The words between punctuation and small words."""
    clause: list[_Word] = []
    end = 0
    for token in _TOKEN.finditer(text):
        word = _Word(token[0], Span(*token.span()))
        if clause and (_is_parted(text[end : word.span.start]) or token[0].lower() in _SMALL - _UNITS):
            yield clause
            clause = []
        if token[0].lower() not in _SMALL - _UNITS:
            clause.append(word)
        end = word.span.end
    if clause:
        yield clause


def _is_parted(between: str) -> bool:
    return not re.fullmatch(r"[ \t\-'’®™&+]*", between)


def _joined(clause: Sequence[_Word]) -> Iterator[_Word]:
    """A number with its unit, or with what it counts, as one word that is marked as a number: "two 2 Ah batteries" are two."""
    at = 0
    while at < len(clause):
        end = at + 1
        if clause[at].is_number and not _is_model(clause[at].text):
            while end < len(clause) and clause[end].is_number and not _is_model(clause[end].text):
                end += 1  # "two" "2"
            is_measured = end < len(clause) and clause[end].is_unit
            end += is_measured
            is_counted = end < len(clause) and not clause[end].is_number and clause[end - 1].text[-1:].isalnum()
            end += is_counted and (not is_measured or clause[at].text.lower() in _COUNTS)
        yield replace(clause[at], span=Span(clause[at].span.start, clause[end - 1].span.end))
        at = end


def _is_model(token: str) -> bool:
    """Letters and digits in one: a model's number, or a number glued to its unit; not an ordinal."""
    return _MODEL.fullmatch(token) is not None and _ORDINAL.fullmatch(token) is None


def _cut(clause: Sequence[_Word], length: int, *, keeps_numbers: bool) -> Iterator[Span]:
    """A clause in phrases of so many words; while there is room a number, and a model's, stands alone."""
    group: list[_Word] = []
    for word in clause:
        is_alone = keeps_numbers and (word.is_number or _is_model(word.text))
        if group and (is_alone or len(group) == length):
            yield Span(group[0].span.start, group[-1].span.end)
            group = []
        group.append(word)
        if is_alone:
            yield word.span
            group = []
    if group:
        yield Span(group[0].span.start, group[-1].span.end)
