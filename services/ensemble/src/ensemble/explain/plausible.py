"""Which values an attribute that a text leaves unsaid may have: those of similar products and the usual ones of its kind.

Written from general knowledge of what shops sell; the spread between values counts, not that all of them are here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ensemble.explain.attribute import READERS, Told

MOST_ATTRIBUTES, MOST_VALUES = 8, 4
FEWEST_KNOWN = 2  # different values of similar products from which these say what is plausible
CONDITION: Mapping[str, float] = {"new": 0.6, "refurbished": 0.15, "used": 0.25}  # where a text says nothing new is likeliest
_YEARS_BACK = (0, 2, 4, 7)
_DATED = {"phone", "laptop", "tablet", "tv", "desktop", "watch", "smartwatch", "console", "camera", "ereader", "headset"}
_DISK = "250 GB|500 GB|1 TB|2 TB"
# Of a kind: what its price hangs on, the most telling first, with values from small to large.
_TABLE: Mapping[str, Mapping[str, str]] = {
    "phone": {"storage": "64 GB|128 GB|256 GB|512 GB", "memory": "4 GB RAM|8 GB RAM|12 GB RAM"},
    "tablet": {"storage": "32 GB|64 GB|128 GB|256 GB", "screen": "8 inch|10 inch|11 inch|13 inch"},
    "laptop": {
        "processor": "Celeron|Core i3|Core i5|Core i7",
        "memory": "4 GB RAM|8 GB RAM|16 GB RAM|32 GB RAM",
        "storage": "128 GB|256 GB|512 GB|1 TB",
        "screen": "11.6 inch|13.3 inch|15.6 inch|17.3 inch",
    },
    "desktop": {
        "processor": "Celeron|Core i3|Core i5|Core i7",
        "memory": "4 GB RAM|8 GB RAM|16 GB RAM|32 GB RAM",
        "storage": "256 GB|512 GB|1 TB|2 TB",
    },
    "tv": {"screen": "32 inch|50 inch|65 inch|85 inch", "panel": "LED|QLED|OLED", "resolution": "1080p|4K"},
    "monitor": {
        "screen": "22 inch|24 inch|27 inch|34 inch",
        "resolution": "1080p|1440p|4K",
        "refresh rate": "60 Hz|75 Hz|144 Hz|240 Hz",
    },
    "projector": {"resolution": "1080p|4K"},
    "ereader": {"storage": "8 GB|16 GB|32 GB", "screen": "6 inch|7 inch|10 inch"},
    "ssd": {"storage": _DISK},
    "hdd": {"storage": "1 TB|2 TB|4 TB|8 TB"},
    "ram": {"memory": "8 GB RAM|16 GB RAM|32 GB RAM|64 GB RAM"},
    "gpu": {"memory": "4 GB RAM|8 GB RAM|12 GB RAM|24 GB RAM"},
    "console": {"storage": _DISK},
    "watch": {"size": "1.6 inch|1.7 inch|1.8 inch"},
    "headphone": {"connection": "wired|wireless"},
    "earbud": {"connection": "wired|wireless"},
    "headset": {"connection": "wired|wireless"},
    "keyboard": {"connection": "wired|wireless"},
    "mouse": {"connection": "wired|wireless"},
    "camera": {"picture": "12 MP|20 MP|24 MP|45 MP"},
    "powerbank": {"battery": "5,000 mAh|10,000 mAh|20,000 mAh|26,800 mAh"},
    "battery": {"battery": "2 Ah|4 Ah|5 Ah|8 Ah", "voltage": "12 V|18 V|20 V|40 V", "pack": "1 pack|2 pack|4 pack"},
    "drill": {"voltage": "12 V|18 V|20 V", "battery": "1.5 Ah|2 Ah|4 Ah|5 Ah"},
    "driver": {"voltage": "12 V|18 V|20 V", "battery": "1.5 Ah|2 Ah|4 Ah|5 Ah"},
    "saw": {"voltage": "18 V|20 V|40 V|60 V", "size": "6.5 inch|7.25 inch|10 inch|12 inch"},
    "grinder": {"voltage": "18 V|20 V|60 V", "size": "4.5 inch|5 inch|9 inch"},
    "mower": {"size": "14 inch|17 inch|21 inch|42 inch", "voltage": "20 V|40 V|56 V|80 V"},
    "blower": {"voltage": "20 V|40 V|56 V|80 V"},
    "trimmer": {"voltage": "20 V|40 V|56 V"},
    "generator": {"power": "1000 W|2000 W|4000 W|9000 W"},
    "cooker": {"capacity": "3 quarts|6 quarts|8 quarts|10 quarts"},
    "fryer": {"capacity": "2 quarts|4 quarts|6 quarts|10 quarts"},
    "mixer": {"capacity": "3.5 quarts|4.5 quarts|5 quarts|7 quarts"},
    "blender": {"capacity": "20 ounces|48 ounces|64 ounces|72 ounces", "power": "300 W|700 W|1000 W|1500 W"},
    "kettle": {"capacity": "0.8 litres|1 litres|1.7 litres"},
    "coffeemaker": {"capacity": "1 cup|5 cups|12 cups|14 cups"},
    "skillet": {"size": "8 inch|10 inch|12 inch|15 inch"},
    "heater": {"power": "500 W|1500 W|5000 W"},
    "fan": {"size": "10 inch|20 inch|42 inch|60 inch"},
    "humidifier": {"capacity": "1 litres|3 litres|6 litres|10 litres"},
    "cooler": {"capacity": "15 quarts|30 quarts|50 quarts|100 quarts"},
    "mug": {"capacity": "12 ounces|20 ounces|30 ounces|40 ounces"},
    "backpack": {"capacity": "15 litres|25 litres|40 litres|65 litres"},
    "luggage": {"size": "20 inch|24 inch|28 inch", "pack": "1 pack|2 pack|3 pack"},
    "mattress": {"bed size": "twin|full|queen|king", "size": "6 inch|8 inch|10 inch|14 inch"},
    "comforter": {"bed size": "twin|full|queen|king"},
    "blanket": {"bed size": "twin|full|queen|king"},
    "desk": {"size": "32 inch|40 inch|55 inch|72 inch"},
    "dumbbell": {"weight": "5 lb|15 lb|25 lb|50 lb", "pack": "1 pack|2 pack"},
    "cable": {"length": "3 ft|6 ft|10 ft|25 ft", "pack": "1 pack|2 pack|3 pack"},
    "charger": {"power": "20 W|45 W|65 W|100 W", "pack": "1 pack|2 pack"},
    "speaker": {"power": "10 W|30 W|60 W|200 W", "pack": "1 pack|2 pack"},
    "bulb": {"pack": "1 pack|4 pack|8 pack|16 pack", "power": "5 W|9 W|15 W"},
    "cartridge": {"pack": "1 pack|2 pack|4 pack|5 pack"},
    "filter": {"pack": "1 pack|2 pack|4 pack|6 pack"},
    "sock": {"pack": "1 pack|3 pack|6 pack|10 pack"},
    "ladder": {"length": "4 ft|6 ft|8 ft|24 ft"},
    "rug": {"length": "3 ft|5 ft|8 ft|10 ft"},
}


@dataclass(frozen=True)
class Unsaid:
    """An attribute that a text leaves open: plausible values with their shares, which sum to 1, and whose they are."""

    name: str
    shares: Mapping[str, float]
    source: Literal["similar", "usual"]


def unsaid(told: Told, similar: Sequence[Told], year: int) -> list[Unsaid]:
    """What might be asked of a thing, first what its kind's price hangs on; `year` is this one."""
    usual = _usual(told.kind, year)
    names = [*usual, *(name for name in READERS if name not in usual and name != "condition")]
    found: list[Unsaid] = []
    for name in names:
        if name in told.values or len(found) == MOST_ATTRIBUTES - 1:
            continue
        known, even = _known(name, similar), dict.fromkeys(usual.get(name, []), 1 / max(len(usual.get(name, [])), 1))
        if known or even:
            found.append(Unsaid(name, _mixed(known, even), "similar" if known else "usual"))
    return found if "condition" in told.values else [*found, Unsaid("condition", CONDITION, "usual")]


def _known(name: str, similar: Sequence[Told]) -> dict[str, float]:
    """The commonest values of similar products; none where they do not differ."""
    counts = Counter(each.values[name] for each in similar if name in each.values)
    if len(counts) < FEWEST_KNOWN:
        return {}
    kept = counts.most_common(MOST_VALUES)
    total = sum(count for _, count in kept)
    return {value: count / total for value, count in kept}


def _mixed(known: Mapping[str, float], even: Mapping[str, float]) -> dict[str, float]:
    """Half of each where there are both: five similar products do not show all that there is."""
    if not known or not even:
        return dict(known or even)
    return {value: (known.get(value, 0.0) + even.get(value, 0.0)) / 2 for value in [*known, *even]}


def _usual(kind: str, year: int) -> dict[str, list[str]]:
    usual = {name: values.split("|") for name, values in _TABLE.get(kind, {}).items()}
    return usual | {"year": [str(year - back) for back in reversed(_YEARS_BACK)]} if kind in _DATED else usual
