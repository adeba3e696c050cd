"""Says whether a chat model's text for a push may be shown: its figures are true, each said of what it is, and no more.

The text of a deal is written by strangers, who may talk the model into anything: what it wrote is held against our own figures.
"""

import re
import unicodedata

from common.deals import Opportunity
from scanner.prices.product_text import product_title
from scanner.wording.figures import Figures
from scanner.wording.shops import other_shop

LONGEST, SHORTEST = 300, 20  # characters
_NUMBER = re.compile(
    r"(?P<sign>[$€£¥₹]\s?)?(?P<number>\d+(?:[.,]\d+)*)(?P<unit>\s?(?:%|percent\b|dollars?\b|bucks\b|usd\b|cents?\b)?)", re.I
)
_MARKUP = re.compile(r"[<>\[\]{}*_`~|\\#^=]|&#?\w+;")
_LINK = re.compile(r"://|\bwww\b|[\w-]\.[a-z]{2,}|@\w|\w@", re.I)
_SPELT = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w{3,5}teen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
    r"|ninety|hundreds?|thousands?|millions?|dozens?|half|halves|double|twice|triple|thirds?|quarters?|grand)\b",
    re.I,
)
# What no offer needs to be told in, and those who want something else of a person do.
_LURE = re.compile(
    r"\b(?:passwords?|log ?ins?|sign ?in|verify|accounts?|bank|bitcoin|crypto|whatsapp|telegram|sms|call|click|tap|reply|scan"
    r"|gift ?cards?|wire|winner|won|prizes?|instructions?|prompts?|system|assistant|ignore|as an ai|language model|guaranteed"
    r"|virus|install|download|subscribe|claim)\b",
    re.I,
)
_OF_WORTH = re.compile(
    r"\b(?:worth|valued?|usual(?:ly)?|normally|ordinarily|typically|elsewhere|otherwise|instead of)\b[^.;,!?$\d]{0,30}$", re.I
)
_NOT_ASKED = re.compile(
    r"\b(?:worth|valued?|usual(?:ly)?|normally|ordinarily|typically|elsewhere|otherwise|instead|was|were|sav\w{1,4}|list)\b"
    r"[^.;,!?$\d]{0,15}$",
    re.I,
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_KNOWN = 0.75  # share of the words that must be known
_TALK_LINES = """
    the and for with from that this its now just only costs cost price priced asks asked sells sold offered offer deal worth about
    around roughly some usual usually normally typically ordinarily elsewhere otherwise instead between save saves saving savings
    less below under than more sure chance real percent dollars inch inches new used refurbished open box condition which you your
    would pay paying are here today good strong solid likely goes comes out off per cent while they one very product thing model
"""
_TALK = frozenset(_TALK_LINES.split())
_BARE_MONEY = re.compile(r"(?<!\d)(?<!\d\s)\b(?:dollars?|bucks|cents?)\b", re.I)  # "one dollar", "a buck"
_OF_SAVING = re.compile(r"\b(?:sav\w{1,4}|saving of|less|below|under|off)\b[^.;!?$]{0,25}$", re.I)
_OF_BOUNDS = re.compile(r"(?:\b(?:between|from|to|and|or)\s?|[-–(]\s?)$", re.I)


def why_refused(text: str, opportunity: Opportunity) -> str | None:
    """Why a text is not shown; None where it is."""
    deal, figures = opportunity.deal, Figures.of(opportunity)
    if not SHORTEST <= len(text) <= LONGEST:
        return f"it has {len(text)} characters"
    if not _is_plain(text):
        return "it holds characters that no plain text has"
    if _MARKUP.search(text) or _LINK.search(text):
        return "it holds markup or a link"
    if shop := other_shop(text, deal):
        return f"it names {shop}"
    if lure := next((each[0] for each in _LURE.finditer(text) if each[0].lower() not in deal.title.lower()), None):
        return f"it says {lure}"
    return _why_untrue(text, deal.title, figures) or _why_about_else(text, deal.title)


def _is_plain(text: str) -> bool:
    """One line of Latin letters, ASCII digits and what goes between them: nothing invisible, no look-alikes."""
    return all(_is_plain_character(each) for each in text) and text == text.strip()


def _is_plain_character(character: str) -> bool:
    if character.isascii():
        return character.isprintable()
    kind = unicodedata.category(character)
    if kind[0] in "CZN":
        return False
    return kind[0] != "L" or unicodedata.name(character, "").startswith("LATIN ")


def _why_untrue(text: str, title: str, figures: Figures) -> str | None:
    stated = {each["number"] for each in _NUMBER.finditer(title)}
    amounts = list(_NUMBER.finditer(text))
    if not any(_is_price(text, each, figures) for each in amounts):
        return f"it does not say that it costs ${min(figures.price, key=len)}"
    if not any(_is_worth(text, each, figures) for each in amounts):
        return f"it does not say that it is worth ${figures.worth}"
    if spelt := next((each[0] for each in _SPELT.finditer(text) if each[0].lower() not in title.lower()), None):
        return f"it says {spelt}"
    if _BARE_MONEY.search(text):
        return "it names money without a number"
    wrong = next((each for each in amounts if not _is_true(text, each, figures, stated)), None)
    return wrong and f"{wrong[0].strip()} is none of its figures, or not of what it says"


def _is_true(text: str, amount: re.Match[str], figures: Figures, stated: set[str]) -> bool:
    """Whether a number is one of ours, said of what it is, or stands in the title and is no money."""
    number, unit, before = amount["number"], amount["unit"].strip().lower(), text[: amount.start()]
    if unit in ("%", "percent"):
        return number in figures.shares and not amount["sign"]
    if not amount["sign"] and not unit and number in stated:
        return True
    is_saving = number == figures.saving and _OF_SAVING.search(before) is not None
    is_bound = number in figures.bounds and _OF_BOUNDS.search(before) is not None
    is_ours = is_saving or is_bound or _is_worth(text, amount, figures) or _is_price(text, amount, figures)
    return is_ours and _is_dollars(amount)


def _is_price(text: str, amount: re.Match[str], figures: Figures) -> bool:
    """Whether an amount is the price, and said to be nothing else."""
    is_else = _NOT_ASKED.search(text[: amount.start()]) is not None
    return amount["number"] in figures.price and _is_dollars(amount) and not is_else


def _is_worth(text: str, amount: re.Match[str], figures: Figures) -> bool:
    is_said = _OF_WORTH.search(text[: amount.start()]) is not None
    return amount["number"] == figures.worth and _is_dollars(amount) and is_said


def _is_dollars(amount: re.Match[str]) -> bool:
    unit = amount["unit"].strip().lower()
    return (amount["sign"] or "$").strip() == "$" and unit in ("", "dollars", "dollar", "usd")


def _why_about_else(text: str, title: str) -> str | None:
    """A text that names nothing of the product, or is mostly in words that neither its title nor plain talk of a price has."""
    named = set(_WORD.findall(product_title(title).lower()))
    words = _WORD.findall(text.lower())
    if named and not named & set(words):
        return "it does not name the thing"
    known = named | _TALK | set(_WORD.findall(title.lower()))
    return None if sum(each in known for each in words) >= _KNOWN * len(words) else "it speaks of something else"
