"""Remembers, for a while and in this process, what a form brought about, so that the page after the redirect can show it."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass

from common.pricing import PriceResponse

_KEPT = 200  # outcomes; the oldest go first


@dataclass(frozen=True)
class Outcome:
    """What a form brought about: a message, and for the pricing box also what was typed and the answer.

    `details` go below the message, a line each; `undo` is the path of the form that takes it back.
    `once`: it holds a secret, and is forgotten as soon as it was shown.
    """

    message: str = ""
    is_good: bool = True
    details: tuple[str, ...] = ()
    undo: str = ""
    once: bool = False
    description: str = ""
    title: str = ""
    category: str = ""
    price: PriceResponse | None = None


class Outcomes:
    """Outcomes by an id that cannot be guessed."""

    def __init__(self) -> None:
        self._outcomes: OrderedDict[str, Outcome] = OrderedDict()

    def keep(self, outcome: Outcome) -> str:
        """Remember it; the id."""
        identifier = secrets.token_urlsafe(9)
        self._outcomes[identifier] = outcome
        while len(self._outcomes) > _KEPT:
            self._outcomes.popitem(last=False)
        return identifier

    def find(self, identifier: str | None) -> Outcome | None:
        """The outcome, while it is remembered."""
        found = self._outcomes.get(identifier or "")
        if found is not None and found.once:
            del self._outcomes[identifier or ""]
        return found
