"""Quantities that a product's text states: sizes, capacities, weights, counts. Plain numbers for the local estimator.

Every pattern is bounded, so that a hostile text of any length costs linear time. Knows nothing of prices.
"""

import math
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

MAX_CHARS = 6000
ABSENT = -1.0
_NUMBER = r"(?<![\d.])(\d{1,7}(?:\.\d{1,4})?)"
_UNITS: dict[str, Sequence[str]] = {
    "gigabytes": ("gb", "gigabyte", "gigabytes"),
    "terabytes": ("tb", "terabyte", "terabytes"),
    "inches": ("in", "inch", "inches", '"', "”"),
    "feet": ("ft", "foot", "feet"),
    "pieces": ("pack", "packs", "pc", "pcs", "piece", "pieces", "count", "ct"),
    "watts": ("w", "watt", "watts"),
    "millimetres": ("mm",),
    "centimetres": ("cm",),
    "volts": ("v", "volt", "volts"),
    "pounds": ("lb", "lbs", "pound", "pounds"),
    "ounces": ("oz", "ounce", "ounces"),
    "quarts": ("qt", "quart", "quarts"),
    "gallons": ("gal", "gallon", "gallons", "gpm"),
    "cubic": ("cu", "cubic"),
    "hertz": ("hz", "ghz", "mhz"),
    "pixels": ("mp", "megapixel", "megapixels"),
    "amp_hours": ("ah", "mah"),
    "horsepower": ("hp", "horsepower"),
    "btu": ("btu", "btus"),
    "pressure": ("psi",),
    "air_flow": ("cfm",),
    "keys": ("key", "keys", "string", "strings"),
    "amperes": ("a", "amp", "amps"),
    "channels": ("ch", "channel", "channels"),
    "years": ("year", "years"),
}
_SLOTS = {word: slot for slot, words in enumerate(_UNITS.values()) for word in words}
_HINTS = (
    ("refurb", "renewed"),
    ("replacement", "compatible with"),
    ("set of", "bundle", "kit"),
    ("case", "cover"),
    ("professional", "commercial"),
    ("unlocked",),
    ("download", "digital code"),
    ("cable", "adapter"),
    ("pair",),
)
_PLAIN = re.compile(_NUMBER)
_QUANTITY = re.compile(_NUMBER + r"[ -]{0,2}([a-z]{1,10}|[\"”])")
_SIDE = r" ?(?:\"|”|inches|inch|in|d|w|h|l)? ?"
_BOX = re.compile(rf"{_NUMBER}{_SIDE}x ?{_NUMBER}{_SIDE}(?:x ?{_NUMBER})?")
_WEIGHT = re.compile(rf"weight\D{{0,20}}{_NUMBER} ?(pound|lb|ounce|oz|kilo|kg|gram|g\b)")
_OUNCES = {"p": 16.0, "l": 16.0, "o": 1.0, "k": 35.3, "g": 0.035}
COUNT = 8 + len(_UNITS) + 3 + 4 + len(_HINTS)


def measures_of(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Float32 [len(texts), COUNT]; a quantity that a text does not state is ABSENT."""
    if not texts:
        return np.empty((0, COUNT), np.float32)
    return np.array([_measure(text[:MAX_CHARS]) for text in texts], np.float32)


def _measure(text: str) -> list[float]:
    first, _, rest = text.partition("\n")
    title, body = " ".join(first.split()), " ".join(rest.split())
    lower = f"{title} {body}".lower()
    return [
        *_sizes(title.lower(), body.lower()),
        *_quantities(lower),
        *_extents(lower),
        sum(letter.isupper() for letter in title) / max(len(title), 1),
        title.count(","),
        text.count("."),
        text.count("!"),
        *(float(any(word in lower for word in words)) for words in _HINTS),
    ]


def _sizes(title: str, body: str) -> list[float]:
    """How long the text is and how large its numbers are, log scale."""
    named = [float(number) for number in _PLAIN.findall(title)]
    numbers = [*named, *(float(number) for number in _PLAIN.findall(body)[:80])]
    long_words = sum(len(word) > 6 for word in body.split())
    return [
        math.log1p(len(title)),
        math.log1p(len(body)),
        len(numbers),
        math.log1p(max(numbers, default=0.0)),
        math.log1p(float(np.median(numbers))) if numbers else 0.0,
        len(named),
        math.log1p(max(named, default=0.0)),
        math.log1p(long_words),
    ]


def _quantities(lower: str) -> list[float]:
    """The largest quantity of each unit, log scale."""
    found = [ABSENT] * len(_UNITS)
    for number, unit in _QUANTITY.findall(lower):
        slot = _SLOTS.get(unit)
        if slot is not None:
            found[slot] = max(found[slot], math.log1p(float(number)))
    return found


def _extents(lower: str) -> list[float]:
    """Volume of the largest box (a x b x c, whatever the unit), how many boxes, the stated weight in ounces; log scale."""
    boxes = _BOX.findall(lower)[:5]
    volumes = [math.log1p(float(a) * float(b) * float(c or 1)) for a, b, c in boxes]
    weight = _WEIGHT.search(lower)
    ounces = math.log1p(float(weight[1]) * _OUNCES[weight[2][0]]) if weight else ABSENT
    return [max(volumes, default=ABSENT), len(boxes), ounces]
