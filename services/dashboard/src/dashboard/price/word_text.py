"""A text with each of its phrases tinted by what it does to the price, in three strengths either way. Knows no HTML."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.html.text_cuts import cut
from dashboard.price.schemas import PricePhrase, PriceWords

STRENGTHS = (0.02, 0.08, 0.2)  # of |effect| from which a phrase is tinted, tinted more, and most: 2, 8 and 22 % of the price


@dataclass(frozen=True)
class Piece:
    """A piece of a text. `tint`: up-1 to up-3 where it makes the price higher, down-1 to down-3 where lower, else empty."""

    text: str
    tint: str = ""


@dataclass(frozen=True)
class WordText:
    """Title and description in pieces, and the phrases, the weightiest first."""

    title: list[Piece]
    description: list[Piece]
    phrases: list[PricePhrase]


def word_text(title: str, description: str, words: PriceWords) -> WordText:
    """The texts that were asked about, by what was answered of their phrases."""
    phrases = sorted(words.phrases, key=lambda each: -abs(each.effect))
    return WordText(_pieces("title", title, phrases), _pieces("description", description, phrases), phrases)


def tint(effect: float) -> str:
    """How an effect is to be seen."""
    strength = sum(abs(effect) >= least for least in STRENGTHS)
    return f"{'up' if effect > 0 else 'down'}-{strength}" if strength else ""


def _pieces(field: str, text: str, phrases: Sequence[PricePhrase]) -> list[Piece]:
    """Of phrases that overlap the weightiest stays: these come first."""
    taken: list[tuple[int, int, str]] = []
    for phrase in phrases:
        for place in phrase.places:
            is_free = all(place.end <= start or end <= place.start for start, end, _ in taken)
            if place.field == field and 0 <= place.start < place.end <= len(text) and is_free:
                taken.append((place.start, place.end, tint(phrase.effect)))
    return [Piece(*each) for each in cut(text, taken)]
