"""The review queue as pages show it, and what a person decides."""

import asyncio
from dataclasses import dataclass

from common.errors import InvalidInputError
from dashboard.html.amounts import amount
from dashboard.peers import Part, Peers, parsed, segment
from dashboard.review.schemas import Answer, Review
from dashboard.schemas import Listing

_WAITING, _DECIDED = 100, 8  # shown at once


@dataclass(frozen=True)
class Queue:
    """What waits, the newest first, the one that is asked of now, and what was decided last. `next`: to be skipped to."""

    waiting: Part[Listing[Review]]
    current: Review | None
    next: Review | None
    decided: Part[list[Review]]


class Reviews:
    """The use case, over the scanner."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def queue(self, identifier: int | None = None) -> Queue:
        """With the review of this number as the one that is asked of, else the first. NotFoundError where there is none such."""
        waiting, decided, named = await asyncio.gather(
            self._peers.part(self._page("open", _WAITING)), self._peers.part(self._decided()), self._one(identifier)
        )
        items = waiting.value.items if waiting.value else []
        current = named or (items[0] if items else None)
        place = next((place for place, each in enumerate(items) if current and each.id == current.id), -1)
        following = items[(place + 1) % len(items)] if items else None
        return Queue(waiting, current, None if following == current else following, decided)

    async def decide(self, identifier: int, answer: Answer) -> Review:
        """Say what a deal costs, or that it is nothing. InvalidInputError names the field."""
        given = await self._peers["scanner"].post(f"/review/{segment(identifier)}", decision_of(answer))
        return parsed("scanner", Review, given)

    async def reopen(self, identifier: int) -> Review:
        """Take a decision back."""
        return parsed("scanner", Review, await self._peers["scanner"].post(f"/review/{segment(identifier)}/reopen"))

    async def correct(self, deal: int, price: str) -> None:
        """Say that the price at which a deal was judged is wrong, and what it is."""
        body = {"verdict": "wrong_price", "price": amount(price, "price")}
        await self._peers["scanner"].post(f"/deals/{segment(deal)}/feedback", body)

    async def _one(self, identifier: int | None) -> Review | None:
        return None if identifier is None else await self._peers.one("scanner", f"/review/{segment(identifier)}", Review)

    async def _page(self, state: str, limit: int) -> Listing[Review]:
        return await self._peers.listing("scanner", "/review", Review, state=state, limit=str(limit))

    async def _decided(self) -> list[Review]:
        """What a person, or time, closed last."""
        pages = await asyncio.gather(self._page("decided", _DECIDED), self._page("dropped", _DECIDED))
        closed = [each for page in pages for each in page.items if each.closed]
        return sorted(closed, key=lambda each: each.closed or each.created, reverse=True)[:_DECIDED]  # type: ignore[arg-type, return-value]


def decision_of(answer: Answer) -> dict[str, object]:
    """What the scanner is told. Whoever types a price and chooses nothing has chosen that."""
    if answer.choice == "drop":
        return {"drop": True} | ({"note": answer.note.strip()} if answer.note.strip() else {})
    condition = {"condition": answer.condition} if answer.condition not in ("", answer.was) else {}
    if answer.choice == "price" or (not answer.choice and answer.price.strip()):
        currency = answer.currency.strip().upper()
        return {"price": amount(answer.price, "price"), **({"currency": currency} if currency else {}), **condition}
    if not answer.choice.isascii() or not answer.choice.isdigit():
        raise InvalidInputError("choose a price, type one, or say that it is no offer", "choice")
    return {"candidate": int(answer.choice), **condition}
