"""The use case: which words make a price, by asking the specialist for the text without each phrase. Knows no HTTP.

Of all pricers the specialist alone reads words as they stand: the others compare with products, or count words. A phrase that is
said twice is left out everywhere at once: what stays of it would tell the same.
"""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from common.errors import UnavailableError
from common.pricing import ItemError, PricedItem, PriceRequest, PriceResponse
from common.ttl_cache import TtlCache
from ensemble.explain.phrases import MOST, READ, Span, phrases_of, without
from ensemble.explain.schemas import PhrasePlace, PricePhrase, PriceWords
from ensemble.service import Peer, TimeLimit, is_sane

SPECIALIST = "specialist"
KEPT, KEPT_SECONDS = 500, 300.0  # answers, and for how long
Charge = Callable[[int], Awaitable[None]]
Places = Mapping[str, Sequence[Span]]  # by field of the request


@dataclass(frozen=True)
class _Phrase:
    """What is left out, where it stands, and the request without it."""

    words: str
    places: Places
    request: PriceRequest


class WordReader:
    """Asks the specialist once for all phrases together. `time_limit`: for a batch of so many."""

    def __init__(self, specialist: Peer, time_limit: TimeLimit) -> None:
        self._specialist, self._time_limit = specialist, time_limit
        self._kept = TtlCache[str, PriceWords](KEPT, KEPT_SECONDS)

    async def read(self, request: PriceRequest, charge: Charge | None = None) -> PriceWords:
        """Each phrase with its effect, in reading order. `charge` is told how many prices it takes beside the text's own."""
        key = request.model_dump_json()  # to the letter: places count each character
        if known := self._kept.get(key):
            return known
        phrases = _phrases(request)
        if charge:
            await charge(len(phrases))
        wanted = [request, *(each.request for each in phrases)]
        base, *answers = await self._specialist.price(wanted, self._time_limit.seconds(len(wanted)))
        if isinstance(base, ItemError):
            raise UnavailableError(f"the specialist gave no price: {base.error.detail or base.error.title}")
        if not is_sane(base):
            raise UnavailableError("the specialist gave a price that cannot be")
        found = _told(base, phrases, answers)
        if len(found.phrases) == len(phrases):
            self._kept.put(key, found)
        return found


def _phrases(request: PriceRequest) -> list[_Phrase]:
    """Of title and description together, as far as the specialist reads."""
    texts = {name: text for name in ("title", "description") if (text := getattr(request, name))}
    room = READ - len(request.title or "")
    spans = {name: phrases_of(text if name == "title" else text[: max(room, 0)], MOST) for name, text in texts.items()}
    by_words: dict[str, dict[str, list[Span]]] = {}
    for name, found in spans.items():
        for span in found:
            words = " ".join(texts[name][span.start : span.end].split()).casefold()
            by_words.setdefault(words, {}).setdefault(name, []).append(span)
    phrases = [_left_out(request, places) for places in list(by_words.values())[:MOST]]
    return [each for each in phrases if each is not None]


def _left_out(request: PriceRequest, places: Places) -> _Phrase | None:
    """None where nothing would be left."""
    first = next(iter(places))
    words = getattr(request, first)[places[first][0].start : places[first][0].end]
    left = {name: without(getattr(request, name), spans) for name, spans in places.items()}
    title, description = left.get("title", request.title or ""), left.get("description", request.description)
    if not (title or description):
        return None
    shorter = PriceRequest(
        description=description or title, title=title if title and description else None, category=request.category
    )
    return _Phrase(words, places, shorter)


def _told(base: PriceResponse, phrases: Sequence[_Phrase], answers: Sequence[PricedItem]) -> PriceWords:
    both = zip(phrases, answers, strict=True)
    pairs = [(each, answer) for each, answer in both if isinstance(answer, PriceResponse) and is_sane(answer)]
    return PriceWords(
        price=base.price,
        low=base.low,
        high=base.high,
        pricer=SPECIALIST,
        model=base.model,
        phrases=[
            PricePhrase(
                words=each.words,
                effect=round(math.log(base.price / answer.price), 4),
                dollars=round(base.price - answer.price, 2),
                places=[
                    PhrasePlace(field=name, start=span.start, end=span.end) for name, spans in each.places.items() for span in spans
                ],
            )
            for each, answer in pairs
        ],
    )
