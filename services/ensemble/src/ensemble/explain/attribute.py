"""What a text says of a thing attribute by attribute, each value in words that the pricers know: "256 GB", "15.6 inch", "used".

Reads what common.things reads of a title. Knows no prices, and not what a text might have said.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from common.things.thing import Thing, thing_of
from common.things.vocabulary import FAMILIES

PIECE = 280  # characters of a text that are read at once: a title's worth
MOST_PIECES = 12  # of a description; behind them nobody tells a size
MOST_MEMORY = 64  # gigabytes up to which a computer's capacity is its memory
_BARE = {"tv": (19, 110), "monitor": (17, 57), "laptop": (10, 18)}  # inches that a name may tell without their unit: "50 Smart TV"
_SCREENS = frozenset({*_BARE, "tablet", "phone", "ereader", "projector"})
_HOSTS = ("laptop", "desktop", "tablet", "phone", "tv", "monitor")
_COMPUTERS = frozenset({"laptop", "desktop"})
_CAPACITIES = ("quarts", "gallons", "litres", "cups", "ounces", "millilitres")
_IS_NEW = re.compile(r"\bbrand[ -]new\b|\bcondition: ?new\b|\b(?:factory )?sealed\b|\bnew in box\b", re.I)
_SHOWN = frozenset({"tv", "monitor", "laptop", "tablet", "phone", "projector", "watch", "smartwatch"})
_OF_KINDS: Mapping[str, frozenset[str]] = {  # what is an attribute of these kinds alone: elsewhere the words mean something else
    "processor": _COMPUTERS | {"cpu", "tablet"},
    "panel": _SHOWN,
    "resolution": _SHOWN | {"camera", "webcam", "dashcam", "streamer", "doorbell"},
    "refresh rate": _SHOWN,
    "bed size": frozenset({"mattress", "comforter", "blanket", "duvet", "pillow", "tent"}),
    "connection": frozenset(
        {"headphone", "earbud", "headset", "keyboard", "mouse", "speaker", "printer", "controller", "microphone"}
    ),
}
_MOST_PACK = 60  # more are pieces of one thing: of a puzzle, or bricks
WORDS: Mapping[str, Mapping[str, re.Pattern[str]]] = {  # what is told by words alone: of each value how it is written
    name: {value: re.compile(rf"\b(?:{pattern})\b", re.I) for value, pattern in values.items()}
    for name, values in {
        "panel": {"OLED": r"q?oled|amoled", "QLED": r"(?:neo )?qled|mini-?led", "LED": "led|lcd"},
        "processor": {f"Core i{each}": rf"(?:core )?i{each}(?:-?\d{{4,5}}[a-z]{{0,2}})?" for each in (3, 5, 7, 9)}
        | {"Ryzen 5": r"ryzen 5", "Ryzen 7": r"ryzen 7", "Celeron": r"celeron|pentium", "Apple M-series": r"m[1-4](?: pro| max)?"},
        "resolution": {"4K": r"4k|uhd|2160p|3840 ?x ?2160", "1440p": r"1440p|w?qhd|2560 ?x ?1440", "1080p": r"1080p|fhd|full hd"},
        "bed size": {"twin": "twin", "full": "full", "queen": "queen", "king": "king"},
        "connection": {"wireless": "wireless|bluetooth|cordless", "wired": "wired|corded"},
    }.items()
}


@dataclass(frozen=True)
class Told:
    """What a text says: `kind`, what it is of ("" where nothing tells), and its `values` by attribute."""

    kind: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class _Piece:
    """Some of a text, and what is read of it."""

    text: str
    thing: Thing


def told_by(title: str, description: str = "", kind: str = "") -> Told:
    """What is said of a thing. The title goes before the description; `kind` stands where neither tells one."""
    pieces = [_Piece(each, thing_of(each)) for each in (title, *_pieces(description)) if each.strip()]
    named = next((found for each in pieces[:2] if (found := kind_of(each.thing))), kind)
    values: dict[str, str] = {}
    for piece in pieces:
        for name, read in READERS.items():
            is_open = name not in values and (name not in _OF_KINDS or named in _OF_KINDS[name])
            if is_open and (value := read(piece, named)):
                values[name] = value
    return Told(named, MappingProxyType(values))


def kind_of(thing: Thing) -> str:
    """What it is: by its own name, else by its family's, as an iPhone is a phone. A computer's name tells what is within, too."""
    host = next((each for each in _HOSTS if each in thing.kinds), "")
    if host and not thing.is_accessory:
        return host
    if thing.head:
        return thing.head
    return next((min(FAMILIES[word]) for word in sorted(thing.words) if word in FAMILIES), "")


def _pieces(text: str) -> list[str]:
    """A text in lengths that are read whole, parted between words."""
    words, found, at = text.split(), list[str](), 0
    while at < len(words) and len(found) < MOST_PIECES:
        start, size = at, 0
        while at < len(words) and (size == 0 or size + len(words[at]) < PIECE):
            size += len(words[at]) + 1
            at += 1
        found.append(" ".join(words[start:at]))
    return found


def gigabytes(value: float) -> str:
    """As shops write it."""
    return f"{value / 1000:g} TB" if value >= 1000 else f"{value:g} GB"


def _memory(piece: _Piece, kind: str) -> str:
    found = tuple(sorted(set(piece.thing.stated.gigabytes)))
    if kind in _COMPUTERS:
        found = tuple(each for each in found if each <= MOST_MEMORY)
    elif kind in ("phone", "tablet"):
        found = found[:1] if len(found) > 1 else ()
    elif kind not in ("ram", "gpu"):
        return ""
    return f"{gigabytes(found[0])} RAM" if found else ""


def _storage(piece: _Piece, kind: str) -> str:
    found = piece.thing.stated.gigabytes
    if kind in ("ram", "gpu"):
        return ""
    if kind in _COMPUTERS:
        found = tuple(each for each in found if each > MOST_MEMORY)
    return gigabytes(found[-1]) if found else ""


def _screen(piece: _Piece, kind: str) -> str:
    inches: float | None = piece.thing.stated.inches
    if not inches and kind in _BARE:
        least, most = _BARE[kind]
        named = piece.thing.stated.numbers - piece.thing.ordinals
        inches = next((each for each in sorted(named) if least <= each <= most), None)
    return f"{inches:g} inch" if inches and kind in _SCREENS else ""


def _size(piece: _Piece, kind: str) -> str:
    inches = piece.thing.stated.inches
    return f"{inches:g} inch" if inches and kind not in _SCREENS else ""


def _measured(*units: str, words: Callable[[float, str], str]) -> Callable[[_Piece, str], str]:
    def read(piece: _Piece, _: str) -> str:
        measures = dict(piece.thing.stated.measures)
        return next((words(measures[unit], unit) for unit in units if unit in measures), "")

    return read


def _battery(value: float, _: str) -> str:
    return f"{value:,.0f} mAh" if value >= 200 else f"{value:g} Ah"


def _by_words(name: str) -> Callable[[_Piece, str], str]:
    def read(piece: _Piece, _: str) -> str:
        return next((value for value, pattern in WORDS[name].items() if pattern.search(piece.text)), "")

    return read


def _pack(piece: _Piece, _: str) -> str:
    count = piece.thing.stated.pack
    return f"{count} pack" if count and count <= _MOST_PACK else ""


def _condition(piece: _Piece, _: str) -> str:
    return piece.thing.stated.condition or ("new" if _IS_NEW.search(piece.text) else "")


READERS: Mapping[str, Callable[[_Piece, str], str]] = {
    "storage": _storage,
    "memory": _memory,
    "screen": _screen,
    "processor": _by_words("processor"),
    "panel": _by_words("panel"),
    "resolution": _by_words("resolution"),
    "refresh rate": _measured("hertz", words=lambda value, _: f"{value:g} Hz"),
    "size": _size,
    "bed size": _by_words("bed size"),
    "capacity": _measured(*_CAPACITIES, words=lambda value, unit: f"{value:g} {unit.removesuffix('s') if value == 1 else unit}"),
    "battery": _measured("amp hours", words=_battery),
    "voltage": _measured("volts", words=lambda value, _: f"{value:g} V"),
    "power": _measured("watts", words=lambda value, _: f"{value:g} W"),
    "cooling": _measured("btu", words=lambda value, _: f"{value:,.0f} BTU"),
    "weight": _measured("pounds", words=lambda value, _: f"{value:g} lb"),
    "length": _measured("feet", words=lambda value, _: f"{value:g} ft"),
    "picture": _measured("pixels", words=lambda value, _: f"{value:g} MP"),
    "connection": _by_words("connection"),
    "pack": _pack,
    "year": lambda piece, _: str(piece.thing.stated.year or ""),
    "condition": _condition,
}
