"""Units of quantities as shops write them: what each counts in, and what a quantity of it is called where nothing else names it.

Quantities are the same where only their spelling or a metric prefix differs: 2 TB are 2,000 GB, as shops count, and 1,500 ml are
1.5 l. Inches and centimetres are never the same: one was rounded from the other. Knows no texts.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """`shown`: how it is written; `base` and `factor`: what it counts in; `name`: what a quantity of it is called."""

    shown: str
    base: str
    factor: float
    name: str


_ROWS = """
GB|gb gigabyte gigabytes|gigabyte|1|capacity
TB|tb terabyte terabytes|gigabyte|1000|capacity
MB|mb megabyte megabytes|gigabyte|0.001|capacity
mAh|mah|amp hour|0.001|battery
Ah|ah|amp hour|1|battery
Wh|wh|watt hour|1|energy
V|v volt volts|volt|1|voltage
W|w watt watts|watt|1|power
kW|kw|watt|1000|power
A|a amp amps|ampere|1|current
Hz|hz|hertz|1|frequency
kHz|khz|hertz|1000|frequency
MHz|mhz|hertz|1000000|frequency
GHz|ghz|hertz|1000000000|frequency
inches|inch inches in|inch|1|size
feet|ft foot feet|foot|1|length
yards|yd yard yards|yard|1|length
mm|mm millimeter millimeters millimetre millimetres|metre|0.001|measure
cm|cm centimeter centimeters centimetre centimetres|metre|0.01|measure
lb|lb lbs pound pounds|pound|1|weight
oz|oz ounce ounces|ounce|1|amount
kg|kg kilogram kilograms|gram|1000|weight
g|g gram grams|gram|1|weight
quarts|qt quart quarts|quart|1|volume
gallons|gal gallon gallons|gallon|1|volume
l|l liter liters litre litres|litre|1|volume
ml|ml milliliter milliliters|litre|0.001|volume
cups|cup cups|cup|1|volume
MP|mp megapixel megapixels|megapixel|1|resolution
psi|psi|psi|1|pressure
CFM|cfm|cfm|1|air flow
rpm|rpm|rpm|1|speed
mph|mph|mph|1|speed
GPM|gpm|gpm|1|flow
hp|hp horsepower|horsepower|1|power
BTU|btu btus|btu|1|heat
lumens|lumen lumens lm|lumen|1|brightness
nits|nit nits|nit|1|brightness
dB|db decibel decibels|decibel|1|loudness
hours|hour hours hr hrs|hour|1|time
minutes|minute minutes min|minute|1|time
months|month months|month|1|time
years|year years|year|1|time
pieces|piece pieces pc pcs|piece|1|quantity
pack|pack packs pk|pack|1|quantity
count|count ct|count|1|quantity
sheets|sheet sheets|sheet|1|quantity
keys|key keys|key|1|count
cores|core cores|core|1|count
ports|port ports|port|1|count
speeds|speed speeds|speed|1|count
channels|channel channels|channel|1|count
bit|bit|bit|1|word size
miles|mile miles|mile|1|distance
"""


def _read_rows() -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for row in _ROWS.split("\n"):
        if row:
            shown, spellings, base, factor, name = row.split("|")
            found |= dict.fromkeys(spellings.split(), Unit(shown, base, float(factor), name))
    return found


UNITS = _read_rows()
NUMBER = r"(?:(?!0\d)(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,9}(?:\.\d{1,4})?))"
_SPELT = "|".join(sorted(UNITS, key=len, reverse=True))
# Behind a number: a word, or the sign of inches. Not within a longer word, and not the first part of "25.4 x 44".
QUANTITY = re.compile(
    rf"(?<![\w.])(?P<number>{NUMBER})(?:(?P<gap>[ -]?)(?P<unit>{_SPELT})(?![\w])(?!['’][a-z])|\s?(?P<sign>[\"”″]|''))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a unit; equal where both count the same."""

    number: str
    unit: Unit

    @property
    def key(self) -> str:
        """The same for all ways to write it."""
        return f"{round(float(self.number.replace(',', '')) * self.unit.factor, 6):g} {self.unit.base}"

    @property
    def shown(self) -> str:
        """As it is written."""
        return f"{self.number} {self.unit.shown}"


def quantity_of(found: re.Match[str]) -> Quantity | None:
    """What a match of QUANTITY says; None where its letter is no unit: 5G is no weight, "3 a day" no current,
    and Gigabyte with a capital a maker."""
    spelt = found["unit"]
    if spelt is None:
        return Quantity(found["number"], UNITS["inch"])
    if spelt in ("G", "a", "Gigabyte", "GIGABYTE") or (spelt.lower() == "in" and not _is_inches(found)):
        return None
    return Quantity(found["number"], UNITS[spelt.lower()])


def _is_inches(found: re.Match[str]) -> bool:
    """Whether "in" behind a number is its unit: not in "2 in 1", "12 in stock"."""
    behind = found.string[found.end() : found.end() + 12]
    return re.match(r"[ -]?(?:\d|one\b|all\b|stock|the\b|a\b|case\b|total\b|[a-z]+ box\b)", behind, re.IGNORECASE) is None
