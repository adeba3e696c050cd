"""What a wish or a title says of a thing: its kind, its words in one form, and all that product identity reads of it.

Reads the name alone, as far as a title goes. Knows no prices, and no wish from a title.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from common.product_files.product_identity import MAX_CHARS, TIERS, Identity, identity_of
from common.things.kinds import ACCESSORIES, KINDS, MADE_FOR
from common.things.phrasing import in_one_spelling
from common.things.vocabulary import in_one_form, one_form

KNOWN = 4_096  # titles whose reading is kept: those of a scan, and of the offers that are looked through for a new wish
MORE_TIERS = TIERS | {"classic", "edge"}
_SPECS = tuple(
    (family, re.compile(pattern))
    for family, pattern in (
        ("wifi", r"\bwi-?fi ?([4-8]e?)\b"),
        ("ddr", r"\bg?ddr ?([2-7])(?!\d)"),
        ("drive", r"\b(portable|external|internal|sata|nvme)\b"),
        ("people", r"\b((?:\d{1,2}[/-]){0,8}\d{1,2})[ -]?(?:people|persons?)\b"),
        ("in1", r"\b(\d{1,2})[ -]?in[ -]?(?:1|one)\b"),
        ("mount", r"\b(e|fe|ef|rf|l|z|x|f|mft)mount\b"),
        ("lines", r"\b(1440p|2160p|1080p|720p|4k|8k|wqhd|qhd|uhd|fhd|(?:2560|3840|1920|7680) ?x ?\d{4}p?)\b"),
    )
)
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7"}
_RESOLUTION = re.compile(r"\b\d{3,4} ?x ?\d{3,4}p?\b")
_LINES = {
    "fe": "e",
    "portable": "external",
    "sata": "internal",
    "nvme": "internal",
    "wqhd": "1440p",
    "qhd": "1440p",
    "4k": "2160p",
    "uhd": "2160p",
    "fhd": "1080p",
    "8k": "4320p",
}
_WIDTHS = {"2560": "1440p", "3840": "2160p", "1920": "1080p", "7680": "4320p"}
_BEHIND = re.compile(r"\b(?:with|includes|including|bundle|for|fits|compatible|replaces|works with)\b|\bw/|(?<=\s)\+(?=\s)")
_PART = re.compile(r"\s[-–—|]\s|[,(\[|:;)]|\]|\sand\s|\s&\s")
_TOKEN = re.compile(r"[a-z0-9]+(?:\.\d+)?")
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b")
_GLUED = re.compile(r"(?<![a-z])([a-z]{2,}+)\d")
_DIGITS = re.compile(r"\d+")
_MOUNT = re.compile(r"\b(?:e|fe|ef|rf|l|z|x|f|mft)mount\b")
_WEIGHTS = re.compile(r"\b(\d{1,3}(?:\.\d)?) ?(?:-|–|to) ?(\d{1,3}(?:\.\d)?)[ -]?(?:lbs?|pounds?)\b")
_PEOPLE = re.compile(r"\b(?:for )?(?:\d{1,2}[/-]){0,8}\d{1,2}[ -]?(?:people|persons?)\b")
_LONGEST_NAME = 14  # words within which a name says what it is


@dataclass(frozen=True, slots=True)
class Thing:
    """`words`: its own, in one form, without what stands behind "for" and "with", which is `behind`; `kinds`: words of its own that
    say what it is, of which `head` is the last of its name; `specs`: standards and resolutions, as "wifi:7"; `parts`: the tokens of
    its name in their order, as punctuation parts them; `is_for_another`: it begins with what it is made for; `ordinals`: as in
    "10th generation"; `numbers`: all whole ones; `weights`: of "5-50 lbs" the
    least and the most.
    """

    stated: Identity
    words: frozenset[str]
    behind: frozenset[str]
    kinds: frozenset[str]
    head: str
    specs: frozenset[str]
    parts: tuple[tuple[str, ...], ...]
    is_for_another: bool
    ordinals: frozenset[int]
    numbers: frozenset[int]
    weights: tuple[float, float] | None = None

    @property
    def is_accessory(self) -> bool:
        """Whether it goes with another thing."""
        return self.head in ACCESSORIES

    @property
    def is_made_for(self) -> bool:
        """Whether what it is to fit belongs to it."""
        return self.head in MADE_FOR

    @property
    def tiers(self) -> frozenset[str]:
        """Words that tell the members of a family apart."""
        return self.words & MORE_TIERS

    @property
    def glued(self) -> frozenset[str]:
        """Words that a number follows without a space: "rtx" of RTX4060."""
        return frozenset(found[1] for token in self.tokens if (found := _GLUED.match(token)))

    @property
    def joined(self) -> frozenset[str]:
        """Each two tokens in a row as one: "gtx" and "1080"."""
        return frozenset(one + other for part in self.parts for one, other in pairwise(part))

    @property
    def tokens(self) -> frozenset[str]:
        """All tokens of its name."""
        return frozenset(token for part in self.parts for token in part)


@lru_cache(maxsize=KNOWN)
def thing_of(name: str) -> Thing:
    """What a name says."""
    spelling = in_one_spelling(name)
    text = _MOUNT.sub(" ", _RESOLUTION.sub(" ", _PEOPLE.sub(" ", spelling)))
    stated = identity_of(text)
    start = _BEHIND.search(text)
    front, rest = (text[: start.start()], text[start.start() :]) if start else (text, "")
    is_for_another = not front.strip()  # "For iPhone 15: a case"
    front = rest if is_for_another else front
    parts = tuple(tuple(_ROMAN.get(token) or one_form(token) for token in _TOKEN.findall(part)) for part in _PART.split(front))
    own = {token for part in parts for token in part}
    words = in_one_form(token for token in own if token.isalpha()) - {"in"}
    return Thing(
        stated=stated,
        words=words,
        behind=in_one_form(token for token in _TOKEN.findall(rest) if token.isalpha()),
        kinds=frozenset(token for token in own if token in KINDS),
        head=_head_of(parts, is_for_all=is_for_another),
        specs=_specs_of(spelling),
        parts=parts,
        is_for_another=is_for_another,
        ordinals=frozenset(int(each[1]) for each in _ORDINAL.finditer(name[:MAX_CHARS].lower())),
        numbers=frozenset(int(token) for token in _TOKEN.findall(text) if token.isdigit() and len(token) < 5),
        weights=_weights_of(spelling),
    )


@lru_cache(maxsize=KNOWN)
def told_by(name: str, text: str) -> Thing:
    """What a name says, and of its sizes what the beginning of its text says where the name says none."""
    thing, told = thing_of(name), identity_of(text)
    stated = thing.stated
    measures = dict(told.measures) | dict(stated.measures)
    completed = replace(
        stated,
        inches=stated.inches or told.inches,
        gigabytes=stated.gigabytes or told.gigabytes,
        measures=tuple(sorted(measures.items())),
    )
    return thing if completed == stated else replace(thing, stated=completed)


def _head_of(parts: tuple[tuple[str, ...], ...], *, is_for_all: bool) -> str:
    """The last kind that the first parts of a name tell, as many as make a name."""
    head, count = "", 0
    for part in parts:
        head = next((token for token in reversed(part) if token in KINDS), head)
        count += len(part)
        if (head and not is_for_all) or count >= _LONGEST_NAME:
            break
    return head


def _specs_of(text: str) -> frozenset[str]:
    found = set()
    for family, pattern in _SPECS:
        for match in pattern.finditer(text):
            values = _counted(match[1]) if family == "people" else [match[1]]
            found |= {f"{family}:{_LINES.get(value) or _WIDTHS.get(value[:4]) or value}" for value in values}
    return frozenset(found)


def _weights_of(text: str) -> tuple[float, float] | None:
    found = _WEIGHTS.search(text)
    return (float(found[1]), float(found[2])) if found and float(found[1]) < float(found[2]) else None


def _counted(text: str) -> list[str]:
    """The numbers of "2/4/6", and all of "2-4"."""
    first, dash, last = text.partition("-")
    if dash and first.isdigit() and last.isdigit() and int(first) < int(last):
        return [str(each) for each in range(int(first), int(last) + 1)]
    return _DIGITS.findall(text)
