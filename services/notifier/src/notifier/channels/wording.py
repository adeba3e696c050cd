"""Whether a chat model's text for a push may be shown: only if every number in it is true, and price and worth are among them.

The scanner has looked already; a text that was made of another revision, or altered on its way, is found here. Pure.
"""

import re
import unicodedata
from collections.abc import Iterator

from common.deals import Opportunity
from notifier.message import percent_of, plain, surety_of

LONGEST = 600  # characters
_NUMBER = re.compile(
    r"(?P<sign>[$€£¥]|USD)?\s?(?P<number>\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)(?P<after>\s?(?:%|percent|dollars?|bucks|USD|k\b))?", re.I
)
_FIGURES = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_IN_WORDS = re.compile(
    r"\b(?:half|third|quarter|twice|double|triple|hundred|thousand|dozen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b",
    re.I,
)
_LINK = re.compile(r"https?://|www\.", re.I)


def shown_wording(opportunity: Opportunity) -> str | None:
    """The text, as plain words; None where there is none that is true of this very offer."""
    said = plain(opportunity.wording or "", LONGEST + 1)
    if not said or len(said) > LONGEST or _LINK.search(said):
        return None
    return said if is_true(said, opportunity) else None


def is_true(said: str, opportunity: Opportunity) -> bool:
    """Whether every number is the opportunity's, and its price and its worth are told.

    A number of the title may stand in it as what it is, the name of a thing, and not as money or a share.
    """
    text = unicodedata.normalize("NFKC", said)
    amounts, shares = _amounts(opportunity), _shares(opportunity)
    of_title = {each.replace(",", "") for each in _FIGURES.findall(unicodedata.normalize("NFKC", opportunity.deal.title))}
    told = set[float]()
    for number, kind in _numbers(text):
        value = float(number)
        if kind == "%":
            if value not in shares:
                return False
        elif value in amounts:
            told.add(value)
        elif kind or (value not in shares and number not in of_title):
            return False
    return (
        bool(told & _forms(opportunity.deal.price, exact=True))
        and bool(told & _forms(opportunity.estimate))
        and not _says_more(text)
    )


def _says_more(text: str) -> bool:
    """Whether it has a number in words, or in digits of a script that is not read here."""
    return bool(_IN_WORDS.search(text)) or any(char.isnumeric() and char not in "0123456789" for char in text)


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    """Each number, and whether it is a share (%), money ($) or neither."""
    for found in _NUMBER.finditer(text):
        after = (found["after"] or "").strip().lower()
        kind = "%" if after in ("%", "percent") else "$" if after or found["sign"] else ""
        yield found["number"].replace(",", ""), kind


def _amounts(opportunity: Opportunity) -> set[float]:
    about = (opportunity.estimate, opportunity.low, opportunity.high, opportunity.discount)
    return _forms(opportunity.deal.price, exact=True).union(*(_forms(each) for each in about))


def _forms(amount: float, *, exact: bool = False) -> set[float]:
    """An amount to the cent, and, where it is not known to it, in whole dollars."""
    return {round(amount, 2)} if exact else {round(amount, 2), float(f"{amount:.0f}")}


def _shares(opportunity: Opportunity) -> set[float]:
    return {float(each) for each in (percent_of(opportunity), surety_of(opportunity)) if each is not None}
