"""What intervals are calibrated by beside the estimate's level: the kind of text, the category, whether anything near is known.

All of it is seen when a price is asked; nothing here knows what a thing costs. The category is the caller's, else guessed by words.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from common.errors import ArtifactError
from common.pricing import PriceRequest, PriceResponse
from common.product_files.product_text import words_of

Codes = npt.NDArray[np.int64]

KINDS = ("name", "title", "listing")
# Words from which a text is a title, and a listing: half of deals' titles have fewer than 9, 95 % of listings 49 or more.
KIND_WORDS = (9, 41)
OTHER = "other"
# The eight categories of the published sample and what shops call them, the first that fits; the rest is OTHER.
_CALLED = {
    "Cell_Phones_and_Accessories": r"cell.?phones?|smartphones?",
    "Appliances": r"appliances?",
    "Automotive": r"automotive|tires?|car\b",
    "Musical_Instruments": r"musical|guitars?",
    "Office_Products": r"office|stationery|printers?|ink\b|laminat",
    "Tools_and_Home_Improvement": r"tools?|home improvement|hardware",
    "Toys_and_Games": r"toys?|lego",
    "Electronics": r"electronics?|computers?|tvs?\b|headphones?|cameras?|usb|mp3|tech\b|laptops?|monitors?|audio|smartwatch"
    r"|mice|keyboards?|hard drives?|video card|tablets?",
}
CATEGORIES = (*_CALLED, OTHER)
_PATTERNS = {name: re.compile(rf"\b(?:{pattern})") for name, pattern in _CALLED.items()}
READ_WORDS = 40  # of a text, by which its category is guessed
KNOWN = ("no", "yes")


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of one estimate or of many: places in KINDS, CATEGORIES and KNOWN, numbers or arrays of one length."""

    kind: Codes
    category: Codes
    known: Codes

    @classmethod
    def stacked(cls, each: Sequence["Groups"]) -> "Groups":
        """Those of many estimates from those of each."""
        return cls(*(np.array([getattr(one, name) for one in each], np.int64) for name in ("kind", "category", "known")))

    def only(self, mask: npt.NDArray[np.bool_]) -> "Groups":
        """The estimates under `mask`."""
        return Groups(self.kind[mask], self.category[mask], self.known[mask])


def category_of(told: str | None) -> str | None:
    """The category of CATEGORIES that is meant by a caller's or a shop's name for it; None where nothing is told."""
    words = " ".join((told or "").replace("_", " ").lower().split())
    return next((name for name, pattern in _PATTERNS.items() if pattern.search(words)), OTHER) if words else None


def kind_of(text: str) -> str:
    """Whether a text is a bare name, a title or a listing, by its number of words."""
    return KINDS[int(np.searchsorted(KIND_WORDS, len(text.split()), side="right"))]


@dataclass(frozen=True)
class CategoryWords:
    """Guesses a category: each word votes for one with its strength (a log ratio), beside the categories' `shares` (logs)."""

    shares: Mapping[str, float]
    votes: Mapping[str, tuple[str, float]]

    def guess(self, text: str) -> str:
        """The category with most votes; OTHER where no word is known."""
        total, is_any = dict(self.shares), False
        for word in set(words_of(text)[:READ_WORDS]):
            if found := self.votes.get(word):
                total[found[0]] += found[1]
                is_any = True
        return max(total, key=lambda name: total[name]) if is_any else OTHER

    def group_of(self, request: PriceRequest, known: bool) -> Groups:
        """The groups of a request's estimate; `known`: whether anything near is."""
        text = request.text
        category = category_of(request.category) or self.guess(text)
        return Groups(np.array(KINDS.index(kind_of(text))), np.array(CATEGORIES.index(category)), np.array(int(known)))

    def save(self, path: Path) -> None:
        """Write categories.json: the words of each category, strongest first."""
        words = {name: _by_strength(self.votes, name) for name in CATEGORIES}
        path.write_text(json.dumps({"shares": dict(self.shares), "words": words}, indent=0) + "\n", encoding="utf-8")


def _by_strength(votes: Mapping[str, tuple[str, float]], category: str) -> dict[str, float]:
    own = {word: strength for word, (name, strength) in votes.items() if name == category}
    return dict(sorted(own.items(), key=lambda item: (-item[1], item[0])))


def load_category_words(path: Path, command: str) -> CategoryWords:
    """Read categories.json; ArtifactError, which names the `command` that makes it, when it holds something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        shares = {name: float(found["shares"][name]) for name in CATEGORIES}
        votes = {str(w): (name, float(strength)) for name in CATEGORIES for w, strength in found["words"][name].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as exc:
        raise ArtifactError(f"{path} holds no words of categories ({exc!r}); make it with: {command}") from exc
    return CategoryWords(shares, votes)


def told_known(answer: PriceResponse) -> bool | None:
    """Whether a pricer knows anything near; None where it cannot tell, since it shows no products."""
    return answer.known if answer.similar or not answer.known else None


def is_known(told: Iterable[bool | None]) -> bool:
    """False where every pricer that can tell says that nothing near is known."""
    said = [each for each in told if each is not None]
    return any(said) or not said
