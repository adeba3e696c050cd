"""A product's weight in pounds, from what its details say in pounds, ounces, kilograms, grams or the shop's odder units.

Numbers without a unit are not guessed at. Knows nothing of rows beyond their details.
"""

import json
import re

# Pounds in one unit. "Hundredths pounds" is Amazon's own.
_POUNDS = {
    "hundredths pound": 0.01,
    "hundredth pound": 0.01,
    "pound": 1.0,
    "lb": 1.0,
    "ounce": 1 / 16,
    "oz": 1 / 16,
    "kilogram": 1 / 0.45359237,  # the international pound of 1959
    "kg": 1 / 0.45359237,
    "gram": 0.001 / 0.45359237,
    "g": 0.001 / 0.45359237,
    "milligram": 1e-6 / 0.45359237,
    "mg": 1e-6 / 0.45359237,
    "ton": 2000.0,
}
_NUMBER = r"([0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?|\.[0-9]+)"
_WEIGHT = re.compile(
    rf"(?<![0-9.,]){_NUMBER}\s*-?({'|'.join(_POUNDS)})s?\b(?:[\s,]*(?:and\s+)?{_NUMBER}\s*(?:ounces?|oz)\b)?", re.IGNORECASE
)
# From the best to the worst: dimensions often end in the weight ("10 x 4 x 3 inches; 4.9 Pounds").
_KEYS = (
    "item weight",
    "weight",
    "product weight",
    "package weight",
    "shipping weight",
    "product dimensions",
    "item dimensions",
    "package dimensions",
)
MOST = 20_000.0  # pounds; more is a slip of the seller


def pounds_in(text: str) -> float | None:
    """Pounds of the first weight that a text states; None without one."""
    match = _WEIGHT.search(text)
    if match is None:
        return None
    unit = match[2].lower()
    pounds = float(match[1].replace(",", "")) * _POUNDS[unit]
    if match[3] and unit in ("pound", "lb"):  # "4 lb 3 oz"
        pounds += float(match[3].replace(",", "")) / 16
    return pounds if 0 < pounds <= MOST else None


def weight_of(details: str) -> float | None:
    """Pounds, from a row's details (JSON text); None where they name no weight or cannot be read."""
    if "eight" not in details and "imensions" not in details:
        return None
    try:
        found = json.loads(details)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    told = {key.strip().lower(): str(value) for key, value in found.items()}
    return next((pounds for key in _KEYS if key in told and (pounds := pounds_in(told[key])) is not None), None)
