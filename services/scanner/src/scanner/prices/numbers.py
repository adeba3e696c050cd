"""The digits of an amount: how far they reach, and what number they write. What is not surely one number is none.

    value_of("1,299.00") -> 1299.0; value_of("1.299,00") -> 1299.0; value_of("12.9.99") -> None

Reads legible text, where digits, blanks and apostrophes are plain ones.
"""

import re

_AFTER_SPACED = r"\s?(?:$|[^\w\s]|(?:with|w/|at|after|shipped|delivered|and|or|was|usd|aud|cad|eur|free|for|in)\b)"
# Digits with all that may belong to them. "1 875" only where it ends there: "64GB stick $8 128GB card" names 8.
DIGITS = (
    rf"[0-9]{{1,3}}(?:\s[0-9]{{3}}){{1,3}}(?:[.,][0-9]{{1,2}})?(?![.,']?[0-9])(?={_AFTER_SPACED})"
    r"|[.,]?[0-9]{1,9}(?:[.,'][0-9]{1,9}){0,5}"
)
_WHOLE = r"(?P<whole>[0-9]{1,9}|[1-9][0-9]{0,2}(?:(?P<mark>[,.'\s])[0-9]{3})(?:(?P=mark)[0-9]{3}){0,2})"
_NUMBER = re.compile(rf"{_WHOLE}?(?:(?P<point>[.,])(?P<part>[0-9]{{1,2}}))?")
_DOT_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_UNIT = (
    r"(?:[gtm]b|oz|ct|count|pack|packs|pc|pcs|piece|pk|lbs?|ml|l|kg|g|ft|w|v|ah|wh|mm|cm|inch|in|mhz|ghz|hz|gallon|sheets?|pairs?|k|qt"
    r"|cups?|sets?|x|p)\b"
)
_OTHER_NUMBER = rf"(?!\s?{_UNIT}|[-\"'°/]|\s?[%x¢])"  # what makes the digits behind an amount a size, a count or a share
# What shows that the digits read are not the whole number: "$1 ,299", "$68 50", "$2.5k", "$1⁹⁹", "$1O0".
CUT_OFF = re.compile(
    r"[0-9]|[.,']{1,3}[0-9]|\s?[km]\b|(?:bn?|mm|mil)\b|\s(?:thousand|grand|million|billion)\b|\s?%"
    r"|[.,']?(?![\x00-\x7f])\w|[\u0300-\u036f\u20d0-\u20ff]|(?:[^\w\s.,'–—→€£/+([&~=>-]|_){1,3}[0-9]"
    r"|[^\W\d_]{1,2}[0-9]|[ol]{1,3}(?![a-z])|[.,'][ol][0-9ol]"
    r"|\s?\b(?:pesos?|(?:canadian|australian|singapore|hong kong|new zealand)\s+dollars?)\b",
    re.I,
)
CUT_OFF_WHOLE = re.compile(  # the same, where no cents were read
    rf"\s?¢|\s[0-9]{{2,3}}(?![0-9]){_OTHER_NUMBER}|\s?[.,']\s[0-9]{{3}}(?![0-9]){_OTHER_NUMBER}|\s[.,']\s?[0-9]{{1,4}}(?![0-9]){_OTHER_NUMBER}|\s[0-9]\s[0-9]\b"
    rf"|\s?\.\s[0-9]{{2}}(?![0-9]|\s(?!shipped|with|w/|free|after|at\b)[a-z]){_OTHER_NUMBER}|\s[0-9]{{1,3}}[.,][0-9]{{2}}(?![0-9])",
    re.I,
)


def value_of(digits: str, *, has_dot_thousands: bool = False) -> float | None:
    """The number that they write; None where that is not sure. `has_dot_thousands`: "1.299" is 1299, as where euros are paid."""
    if _DOT_THOUSANDS.fullmatch(digits):
        return float(digits.replace(".", "")) if has_dot_thousands else None
    found = _NUMBER.fullmatch(digits)
    if not found or (found["mark"] is not None and found["mark"] == found["point"]):
        return None
    whole = re.sub(r"[^0-9]", "", found["whole"] or "0")
    return float(f"{whole}.{found['part'] or 0}")


def has_cents(digits: str) -> bool:
    """Whether the number ends in two decimals, so that no more digits of it can follow."""
    return len(digits) > 2 and digits[-3] in ".,"
