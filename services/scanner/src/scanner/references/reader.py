"""Decides which references a deal has: the language model's where there is one and all it says holds, else the rules'."""

import asyncio
from typing import Protocol

from common.judging import Reference
from scanner.references.offer import Offer
from scanner.references.rule_reader import read_by_rules


class ModelReader(Protocol):
    """Reads references with a language model; None where it has no answer that holds."""

    async def read(self, offer: Offer) -> tuple[Reference, ...] | None:
        """One deal's."""
        ...


class ReferenceReader:
    """Reads the references of new deals, off the event loop. `model` may be None."""

    def __init__(self, model: ModelReader | None = None) -> None:
        self._model = model
        self._turn = asyncio.Semaphore(1)  # more threads would not be faster, and would keep the loop waiting for the interpreter

    async def read(self, offer: Offer) -> tuple[Reference, ...]:
        """The references, in the order of the text; none of an offer in another currency than dollars."""
        if offer.currency != "USD":
            return ()
        if self._model is not None and (answer := await self._model.read(offer)) is not None:
            return answer
        async with self._turn:
            return await asyncio.to_thread(read_by_rules, offer)
