"""What a text says of a product's identity: model numbers, generation, year, capacity, size, pack count, condition, name words.

Read from the first line, as far as a title goes. Every pattern is bounded, so that a hostile text costs no more than a long
title. Knows nothing of prices, and of no particular brand: it reads spelling, not a list of products.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from common.product_files.spelling import CHIP, spelt

MAX_CHARS = 300  # of the first line; what follows describes rather than names
FIRST_YEAR, LAST_YEAR = 1990, 2035
SET_NUMBER = 4  # digits from which a bare number is a model's (LEGO 75192) rather than a generation's (iPhone 15)
Condition = Literal["", "refurbished", "used", "open-box"]  # "": nothing is said, which shops mean as new

T = TypeVar("T")
_NONE: frozenset[Any] = frozenset()


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_GIGABYTES = {"gb": 1.0, "gigabytes": 1.0, "tb": 1000.0, "terabytes": 1000.0}
_INCHES = {"inch", "inches", "in", '"', "''"}
_PIECES = {"pack", "packs", "pk", "count", "ct", "pcs", "pc", "piece", "pieces", "set"}
_MEASURES = {  # "": a unit that is not kept
    unit: name
    for name, units in {
        "volts": "v volt volts",
        "watts": "w watt watts",
        "quarts": "qt quart quarts",
        "ounces": "oz ounce ounces",
        "pounds": "lb lbs pound pounds",
        "gallons": "gal gallon gallons",
        "feet": "ft foot feet",
        "cups": "cup cups",
        "btu": "btu",
        "millimetres": "mm",
        "centimetres": "cm",
        "watt hours": "wh",
        "amp hours": "ah mah",
        "litres": "l liter liters litre litres",
        "millilitres": "ml",
        "hertz": "hz khz mhz ghz",
        "pixels": "mp megapixel megapixels",
        "": "kg g mb mg psi cfm rpm gpm hp amp amps a yd sheets year years month months day days hour hours hr min mile miles "
        "key keys core cores speed port ports channel ch k p x bit",
    }.items()
    for unit in units.split()
}
_LETTERS = _set("x k p a g l")  # behind a thousand and more part of a model number: Ryzen 2600X
_UNITS = "|".join(sorted({*_GIGABYTES, *_INCHES, *_PIECES, *_MEASURES} - {'"', "''"}, key=len, reverse=True))
_QUANTITY = re.compile(
    r"(?<![a-z0-9.])(?<![a-z0-9]-)(?:(?P<from>\d{1,4})-)?(?P<number>\d{1,2},\d{3}|\d{1,6}(?:\.\d{1,3})?)"
    rf"(?:[ -]?(?P<unit>{_UNITS})(?![a-z0-9])|(?:\"|''))"
)
_FRACTION = re.compile(r"(?<![\d/])(?:\d{1,3}[ -])?\d{1,2}/(?:2|4|8|16|32|64)(?![\d/]| ?[gt]b)(?: ?-?(?:inches|inch|in\b|\"|'))?")
_GLUED = re.compile(r"\b([a-z]{4,20}|pro|max|air|gen)(\d{1,2})\b|^([a-z]{5,20})(\d{3})\b")
_PACK_OF = re.compile(r"\b(?:pack|set|case|box) of (\d{1,4})\b")
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)(?:[ -]gen(?:eration)?\b)?|\bgen(?:eration)? ?(\d{1,2})\b")
_SPEC = re.compile(  # numbers of standards and functions, which name no product
    r"\b\d{1,2}-?in-?\d{1,2}\b|\b(?:usb|bluetooth|bt|hdmi|wi-?fi|pcie|ddr|gddr|hdr|ip|ipx|displayport|thunderbolt)[ -]?\d{1,2}"
    r"(?:\.\d{1,2})?[a-z]{0,2}\b|(?<=\dv) max\b|(?<=volt) max\b|\b[345]g\b|\bf/\d{1,2}(?:\.\d)?[a-z]?\b"
    r"|\b\d{3,4}[pi]\b|\b[48]k\b|\b[23]d\b"
)
_COMPONENT = re.compile(r"(?:core)?i[3579]\d{4,5}[a-z]{0,2}\d?|(?:rtx|gtx|rx)\d{3,4}[a-z]{0,2}|n\d{4}|\d{4,5}[uhx]|" + CHIP)
CONDITIONS: tuple[tuple[Condition, re.Pattern[str]], ...] = (
    ("refurbished", re.compile(r"\brefurb|\brenewed\b|\breconditioned\b|\brestored\b|\bremanufactured\b")),
    ("open-box", re.compile(r"\bopen[ -]box\b")),
    ("used", re.compile(r"\bused\b(?! (?:for|to|in|with|by|as|on)\b)|\bpre-?owned\b|\bsecond[ -]hand\b")),
)
_CONDITION_WORDS = _set("refurbished refurb renewed reconditioned restored remanufactured open box used preowned owned")
_FITS = re.compile(r"\b(?:for|fits|compatible|replaces|works with)\b")
_TOKEN = re.compile(r"[a-z0-9]{1,40}(?:[-/][a-z0-9]{1,40}){0,5}")
_WORD = re.compile(r"[a-z]{2,40}")
_NO_PREFIX = _set("ssd hdd ram tv led lcd pc men kit usb gen ver vol no top big up day one two")
_ROMAN = {"ii": 2, "iii": 3, "iv": 4, "vi": 6, "vii": 7}
TIERS = _set("pro max plus ultra mini lite air super ti xl se fe oled slim premium elite xt xtx kids men women")
# Nouns that make another thing of a name: a case for a telephone is no telephone.
ACCESSORIES = _set(
    "case cover protector skin strap band pads cushions charger cable adapter mount holder sleeve filter filters replacement "
    "refill refills cartridge compatible"
)
_INCLUDES = re.compile(r"\b(?:with|includes|including|bundle)\b|\bw/")
HOSTS = _set("laptop notebook desktop pc computer monitor workstation")  # a component's number is not their name
_FILLER = _set(
    "a an and the of with w in on by to from or for new black white silver gray grey blue red green gold pink purple "
    "graphite starlight midnight model series edition version inch pack set count unlocked wireless bluetooth smart digital "
    "portable"
)
_NOT_A_PREFIX = _NO_PREFIX | _FILLER | TIERS | HOSTS


@dataclass(frozen=True, slots=True)
class Identity:
    """What one text states; empty where it states nothing.

    `models`: model numbers in lower case without separators. `numbers`: bare numbers and ordinals below 1,000, which tell a
    generation ("AirPods Pro 2", "2nd gen") or a size without its unit. `gigabytes` ascending (memory before storage).
    `measures`: quantities of other units, by unit. `fits`, `served`: model numbers and words that stand behind "for": what an
    accessory is made for. What stands behind "with" gives model numbers alone. `accessories`: words that say that it goes with
    something else. `words`: all words, of which `brand` is the first. `main`: the first model number that is neither a component's
    nor behind "with". `inches`, `pack`, `year`: the first that is stated.
    """

    models: frozenset[str] = frozenset()
    numbers: frozenset[int] = frozenset()
    year: int | None = None
    gigabytes: tuple[float, ...] = ()
    inches: float | None = None
    pack: int | None = None
    measures: tuple[tuple[str, float], ...] = ()
    condition: Condition = ""
    words: frozenset[str] = frozenset()
    fits: frozenset[str] = frozenset()
    served: frozenset[str] = frozenset()
    accessories: frozenset[str] = frozenset()
    brand: str = ""
    main: str = ""

    @property
    def tiers(self) -> frozenset[str]:
        """The words that tell the members of a family apart: Pro, Max, Mini."""
        return self.words & TIERS

    @property
    def is_host(self) -> bool:
        """Whether it is a computer or screen, which may name the components within."""
        return bool(self.words & HOSTS)


def is_component(model: str) -> bool:
    """Whether a model number is that of a processor or graphics chip, which stands in the names of computers too."""
    return _COMPONENT.fullmatch(model) is not None


def model_keys(model: str) -> tuple[str, ...]:
    """The forms under which a model number is found: whole, and without the few letters before its digits ("lg" 34wn80c)."""
    bare = model.lstrip("abcdefghijklmnopqrstuvwxyz")
    return (model, bare) if 1 <= len(model) - len(bare) <= 3 and len(bare) >= SET_NUMBER else (model,)


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    gigabytes: list[float] = field(default_factory=list)
    inches: float | None = None
    pack: int | None = None
    year: int | None = None
    measures: dict[str, float] = field(default_factory=dict)
    numbers: set[int] = field(default_factory=set)

    def take_quantity(self, found: re.Match[str]) -> str:
        """Note a number with its unit; a space takes its place, so that it is no model number."""
        number, unit = float(found["number"].replace(",", "")), found["unit"] or '"'
        if unit in _LETTERS and number >= 1000:
            return found[0]
        if found["from"] and unit in _MEASURES:
            self.numbers.add(int(found["from"]))
        if unit in _GIGABYTES:
            self.gigabytes.append(number * _GIGABYTES[unit])
        elif unit in _INCHES:
            self.inches = self.inches or number
        elif unit in _PIECES:
            self.pack = self.pack or int(number)
        elif _MEASURES[unit]:
            self.measures.setdefault(_MEASURES[unit], number)
        return " "

    def take_pack(self, found: re.Match[str]) -> str:
        """Note "pack of 12"."""
        self.pack = self.pack or int(found[1])
        return " "

    def take_ordinal(self, found: re.Match[str]) -> str:
        """Note "2nd gen"."""
        self.numbers.add(int(found[1] or found[2]))
        return " "

    def take_number(self, digits: str) -> bool:
        """Note a bare number that is a year or a generation; False for the number of a model."""
        value = int(digits)
        if len(digits) == 4 and FIRST_YEAR <= value <= LAST_YEAR:
            self.year = self.year or value
        elif len(digits) < SET_NUMBER:
            self.numbers.add(value)
        else:
            return False
        return True


def identity_of(text: str) -> Identity:
    """What the first line of `text` states."""
    title = _normal(text)
    reading = _Reading()
    condition: Condition = next((name for name, pattern in CONDITIONS if pattern.search(title)), "")
    rest = _FRACTION.sub(" ", _SPEC.sub(" ", title))
    rest = _PACK_OF.sub(reading.take_pack, rest)
    rest = _QUANTITY.sub(reading.take_quantity, rest)
    rest = _GLUED.sub(r"\1\3 \2\4", _ORDINAL.sub(reading.take_ordinal, rest))
    start = _FITS.search(rest)
    named = rest[: start.start()] if start else rest
    front, *back = _INCLUDES.split(named, maxsplit=1)
    models, words = _read_tokens(front, reading)
    main = next((model for model in models if not is_component(model)), "")
    models += _read_tokens(back[0], _Reading())[0] if back else []
    made_for, more = _read_tokens(rest[start.start() :], _Reading()) if start else ([], set())
    return Identity(
        models=_frozen(models),
        numbers=_frozen(reading.numbers),
        year=reading.year,
        gigabytes=tuple(sorted(reading.gigabytes)),
        inches=reading.inches,
        pack=reading.pack,
        measures=tuple(sorted(reading.measures.items())),
        condition=condition,
        words=_frozen((words | more) - _FILLER - _CONDITION_WORDS),
        fits=_frozen(made_for),
        served=_frozen(more),
        main=main,
        brand=first[0] if (first := _WORD.search(rest)) else "",
        accessories=_frozen(ACCESSORIES & (words | more)),
    )


def _frozen(found: Collection[T]) -> frozenset[T]:
    """The empty one is one for all: most that a title may state it does not, and thousands are kept (216 bytes each)."""
    return frozenset(found) if found else _NONE


def _normal(text: str) -> str:
    """The first line in lower case with plain quotes and dashes, at most MAX_CHARS."""
    line = text[: 4 * MAX_CHARS].lstrip().split("\n", 1)[0][:MAX_CHARS].lower()
    return spelt(line if line.isascii() else line.translate(_PLAIN))


_PLAIN = str.maketrans({"”": '"', "″": '"', "“": '"', "’": "'", "′": "'", "–": "-", "‑": "-", "—": " ", "®": " ", "™": " "})


def _read_tokens(text: str, reading: _Reading) -> tuple[list[str], set[str]]:
    """(model numbers in their order, words); years and generations go to `reading`."""
    models: list[str] = []
    words: set[str] = set()
    for token in _chained(text):
        if token.isdigit():
            if not reading.take_number(token):
                models.append(token)
        elif token.isalpha():
            if token in _ROMAN:
                reading.numbers.add(_ROMAN[token])
            else:
                words.add(token)
        else:
            models.append(token)
    return models, words


def _chained(text: str) -> Iterator[str]:
    """Words one by one, and the parts of a model number as one, however it was spelt: "wh-1000 xm5", "wh 1000xm5"."""
    chain = ""
    end = -1
    for found in _TOKEN.finditer(text):
        token = found[0]
        pieces = _pieces(token)
        adjacent = found.start() == end + 1 and text[end : end + 1] == " "
        for piece in pieces:
            if chain and adjacent and _continues(chain, piece):
                chain += piece
            else:
                if chain:
                    yield chain
                chain = piece
            adjacent = False
        end = found.end()
    if chain:
        yield chain


def _pieces(token: str) -> list[str]:
    """A token with a digit keeps its parts together; one of letters is several words. Fractions and ranges are not names."""
    parts = re.split("[-/]", token)
    if len(parts) == 1:
        return parts
    joined = "".join(parts)
    if joined.isalpha():
        return parts
    if joined.isdigit():
        return [joined] if len(joined) > 6 and "/" not in token else parts
    long_words = [part for part in parts if part.isalpha() and len(part) > 4]
    return parts if long_words else [joined]


def _continues(chain: str, piece: str) -> bool:
    """Whether two neighbouring tokens are one model number: "rtx" 4090, "wh1000" "xm5"."""
    if chain.isalpha():
        return len(chain) <= 3 and piece[0].isdigit() and chain not in _NOT_A_PREFIX
    has_letters = not chain.isdigit()
    is_tail = len(piece) <= 4 and piece[0].isalpha() and piece[-1].isdigit() and not piece.isalpha()
    return has_letters and chain[-1].isdigit() and len(chain) >= SET_NUMBER and is_tail
