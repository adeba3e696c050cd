"""Watches, and a teller of meaning, for tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from scanner.watchlist.desk import Embedded
from scanner.watchlist.watch import Watch, WatchFields
from tests.unit.scanner.fakes import NOW


def watch(text: str, number: int = 1, **values: Any) -> Watch:
    """A watch of these words."""
    return Watch(number, WatchFields(text=text, **values), NOW, NOW)


class FakeEmbedder:
    """Finds all texts alike but those that are `far`; None while it is away. Counts the texts that it is asked for."""

    def __init__(self, far: Mapping[str, float] | None = None, model: str = "fake@1") -> None:
        self.far, self.model, self.is_away = dict(far or {}), model, False
        self.asked: list[list[str]] = []

    async def embed(self, texts: Sequence[str]) -> Embedded | None:
        self.asked.append(list(texts))
        if self.is_away:
            return None
        likeness = [next((value for words, value in self.far.items() if words in text), 1.0) for text in texts]
        return Embedded(self.model, [[each, (1 - each * each) ** 0.5] for each in likeness])
