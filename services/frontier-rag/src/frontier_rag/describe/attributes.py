"""Recognises what a title or description states: quantities, standards, condition, model number, colour, brand, labelled pairs.

Over the one reading of names that all services share (common.product_files.product_identity), with the place of each. A reading
in doubt is left out: what is missed is only not repeated. Every pattern is bounded. Knows no facts that a caller names.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources

from common.product_files.product_identity import CONDITIONS, MAX_CHARS, identity_of, is_component
from frontier_rag.describe.fact import Fact, name_key
from frontier_rag.describe.source import Source, is_fit_name
from frontier_rag.describe.tokens import DENIALS, Said, tokens_of, word_set
from frontier_rag.describe.units import NUMBER, QUANTITY, Quantity, quantity_of

FEWEST_MODEL, FEWEST_DIGITS = 4, 2  # characters of a model number, and digits among them
LONGEST_VALUE = 120
_MEMORY = re.compile(r"[ -]{0,2}(?:of )?(?:unified |lp)?(?:ram\b|memory\b|ddr\d|sdram\b)", re.IGNORECASE)
_STORAGE = re.compile(
    r"[ -]{0,2}(?:of )?(?:(?:internal|pcie|nvme|m\.2|sata) ){0,3}(?:ssd|hdd|storage|emmc|nvme|hard (?:disk|drive))\b", re.IGNORECASE
)
_SCREEN = re.compile(
    r"[ -]{0,2}(?:[\w-]{1,12} ){0,3}?(?:tvs?|television|monitor|display|screen|laptop|notebook|tablet|touchscreen)\b", re.IGNORECASE
)
_RATE = re.compile(r"[ -]{0,2}(?:refresh|tv|monitor|gaming|display)\b", re.IGNORECASE)
_DIMENSIONS = re.compile(
    rf"(?<![\w.]){NUMBER}(?:\s?[\"”]| ?(?:inches|inch|in|cm|mm|ft|feet)\b)?(?: ?\([a-z]\)| ?[lwhd]\b)?"
    rf"(?: ?[x×*] ?{NUMBER}(?:\s?[\"”]| ?(?:inches|inch|in|cm|mm|ft|feet)\b)?(?: ?\([a-z]\)| ?[lwhd]\b)?){{1,2}}(?![\w])",
    re.IGNORECASE,
)
_PACK_OF = re.compile(r"\b(?:pack|set|case|box) of (\d{1,4})\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<![\w./-])(?:19[9]\d|20[0-3]\d)(?![\w./-])")
_STANDARDS = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("resolution", r"\b(?:[48]k(?: ?uhd)?|2160p|1440p|1080p|720p|(?:ultra|full) ?hd|w?qhd)\b"),
        ("display", r"\b(?:q?oled|amoled|mini-?led|qled|ips|e ?ink)\b"),
        ("Bluetooth", r"\bbluetooth [2-6](?:\.\d)?\b"),
        ("Wi-Fi", r"\bwi-?fi [4-8]e?\b"),
        ("USB", r"\busb(?:-[ac]|[ -]type[ -][ac]|[ -]\d(?:\.\d)?)\b"),
        ("HDMI", r"\bhdmi \d\.\d\b"),
        ("memory type", r"\b(?:g|lp)?ddr[2-7]x?\b"),
        ("protection", r"\bip(?:x\d|\d\d)\b"),
        ("network", r"\b[345]g(?: lte)?\b"),
    )
)
_COLOURS = (
    "black white silver gray grey blue red green gold pink purple yellow orange brown starlight midnight graphite teal beige navy "
    "charcoal ivory cream khaki burgundy maroon turquoise lavender"
)
# A colour alone between marks or at the end: "Orange" may be a fruit, and "Red Dead" a game.
_COLOUR = re.compile(
    rf"(?:[-–,(|/] ?)((?:(?:space|matte|dark|light|phantom|jet|rose|navy|sky) )?(?:{'|'.join(_COLOURS.split())}))"
    r"(?= ?(?:$|[,)|/\n]| - ))",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    rf"(?:^|[\n;•|]|(?<=[.!?]) )[ \t]*([^\W\d_][\w &/()-]{{1,39}}): {{0,3}}([^\n;•|:]{{1,{LONGEST_VALUE}}}?)"
    r"(?=[ \t]*(?:$|[\n;•|]|[.!](?: |$)))",
    re.MULTILINE,
)
_RANGES = ("-", "/", "–")  # before a number: it is the end of another
# Names that an amount has by its unit alone. A description tells many ("wait 5 minutes"); a title those that matter.
VAGUE = word_set("capacity size measure amount frequency count quantity time distance speed length")
Recogniser = Callable[[Source], Iterator[Fact]]


def facts_of(source: Source) -> list[Fact]:
    """What one text states of the product itself, each once, in the order of the text. What it denies is no fact."""
    said = _Said(source.shown)
    found: list[Fact] = []
    for recognise in _TITLE if source.where == "title" else _TEXT:
        for fact in recognise(source):
            if said.is_own(fact) and not any(fact.start < other.end and other.start < fact.end for other in found):
                found.append(fact)
    return sorted(found, key=lambda fact: fact.start)


class _Said:
    """Of what each place of a text is said."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens_of(text)

    def is_own(self, fact: Fact) -> bool:
        """Whether all that a fact is read from is said of the product."""
        said: set[Said] = {token.said for token in self.tokens if fact.start < token.end and token.start < fact.end}
        return said == {"own"}


def _fact(source: Source, name: str, start: int, end: int, value: str = "") -> Fact:
    return Fact(name, value or " ".join(source.shown[start:end].split()), source.where, start, end)


def _labelled(source: Source) -> Iterator[Fact]:
    """ "Colour: black", on a line of its own or between semicolons."""
    for found in _LABELLED.finditer(source.shown):
        name, start = " ".join(found[1].split()), found.start(2)
        end = start + len(found[2].rstrip())
        is_box = name_key(name).startswith(("in the box", "what in the box", "package", "include", "not include"))
        denies = any(token.text in DENIALS for token in tokens_of(found[2]))
        if end > start and is_fit_name(name) and not is_box and not denies:
            yield _fact(source, name[:1].lower() + name[1:] if name[1:].islower() else name, start, end)


def _dimensions(source: Source) -> Iterator[Fact]:
    for found in _DIMENSIONS.finditer(source.shown):
        yield _fact(source, "dimensions", *found.span())


def _quantities(source: Source) -> Iterator[Fact]:
    for found in _PACK_OF.finditer(source.shown):
        yield _fact(source, "quantity", *found.span())
    for found in QUANTITY.finditer(source.shown):
        if (quantity := quantity_of(found)) and source.shown[max(found.start() - 1, 0) : found.start()] not in _RANGES:
            name = _called(quantity, source.shown[found.end() : found.end() + 60])
            if source.where == "title" or name not in VAGUE:
                yield _fact(source, name, *found.span(), value=quantity.shown)


def _called(quantity: Quantity, behind: str) -> str:
    """What a quantity is called, by what stands behind it."""
    base = quantity.unit.base
    if base == "gigabyte":
        return "memory" if _MEMORY.match(behind) else "storage" if _STORAGE.match(behind) else quantity.unit.name
    if base == "inch" and _SCREEN.match(behind):
        return "screen size"
    return "refresh rate" if base == "hertz" and quantity.unit.factor == 1 and _RATE.match(behind) else quantity.unit.name


def _standards(source: Source) -> Iterator[Fact]:
    for name, pattern in _STANDARDS:
        for found in pattern.finditer(source.shown):
            yield _fact(source, name, *found.span())


def _condition(source: Source) -> Iterator[Fact]:
    line = source.shown[:MAX_CHARS]
    for name, pattern in CONDITIONS:
        if found := pattern.search(line.lower()):
            start, end = found.span()
            while end < len(line) and line[end].isalpha():
                end += 1
            yield _fact(source, "condition", start, end, value=name)
            return


def _model(source: Source) -> Iterator[Fact]:
    """The first model number of a name, however it is parted."""
    main = identity_of(source.shown).main
    if len(main) >= FEWEST_MODEL and sum(map(str.isdigit, main)) >= FEWEST_DIGITS and not is_component(main):
        spelt = "[ /-]?".join(map(re.escape, main))
        if found := re.search(rf"(?<![\w.]){spelt}(?!\w|\.\d)", source.shown[:MAX_CHARS], re.IGNORECASE):
            yield _fact(source, "model", *found.span())


def _year(source: Source) -> Iterator[Fact]:
    for found in _YEAR.finditer(source.shown[:MAX_CHARS]):
        yield _fact(source, "year", *found.span())


def _colour(source: Source) -> Iterator[Fact]:
    for found in _COLOUR.finditer(source.shown[:MAX_CHARS]):
        yield _fact(source, "colour", *found.span(1))


def _brand(source: Source) -> Iterator[Fact]:
    """A name that begins the title, of those that the catalogue of goods knows."""
    words = [(found.start(), found.end()) for found in re.finditer(r"\S{1,40}", source.shown[:MAX_CHARS])][:4]
    for count in range(len(words), 0, -1):
        start, end = words[0][0], words[count - 1][1]
        if source.shown[start:end].rstrip(",:-").lower() in _brands():
            yield _fact(source, "brand", start, start + len(source.shown[start:end].rstrip(",:-")))
            return


@cache
def _brands() -> frozenset[str]:
    goods = resources.files("frontier_rag").joinpath("catalogue", "goods.csv").read_text(encoding="utf-8")
    return frozenset(row["brand"].lower() for row in csv.DictReader(io.StringIO(goods)) if row["brand"])


_TEXT: tuple[Recogniser, ...] = (_labelled, _dimensions, _quantities, _standards)
_TITLE: tuple[Recogniser, ...] = (_brand, _condition, _model, _dimensions, _quantities, _standards, _colour, _year)
