"""Where a person decides what waits: a price is picked, and the deal goes on its way. Knows neither HTTP nor tables."""

from collections.abc import Callable
from datetime import datetime

from common.errors import InvalidInputError
from scanner.review.price_picker import PricePicker
from scanner.review.review_data import Review
from scanner.review.schemas import Decision
from scanner.store.corrections.review_store import ReviewStore


class ReviewDesk:
    """`wake`: has what waits judged at once."""

    def __init__(self, store: ReviewStore, picker: PricePicker, now: Callable[[], datetime], wake: Callable[[], None]) -> None:
        self._store, self._picker, self._now, self._wake = store, picker, now, wake

    async def page(self, state: str | None, cursor: str | None, limit: int) -> tuple[list[Review], str | None]:
        """Open ones first, the newest first."""
        await self._store.close_old(self._now())
        return await self._store.page(state, cursor, limit)

    async def get(self, review_id: int) -> Review:
        """One."""
        await self._store.close_old(self._now())
        return await self._store.get(review_id)

    async def decide(self, review_id: int, decision: Decision) -> Review:
        """A price for the deal, which is judged at once; or it is nothing. The review as it is then."""
        review, now = await self.get(review_id), self._now()
        decision.check()
        if decision.drop:
            await self._store.drop(review_id, decision.note or None, now)
        else:
            deal = await self._store.deal(review)
            price, currency = _wanted(review, decision)
            condition = decision.condition or deal.facts["condition"]
            await self._store.decide(review_id, await self._picker.pick(deal, (price, currency, condition), now), now)
            self._wake()
        return await self._store.get(review_id)

    async def reopen(self, review_id: int) -> Review:
        """Take a decision back while nothing has come of it."""
        await self._store.reopen(review_id, self._now())
        return await self._store.get(review_id)


def _wanted(review: Review, decision: Decision) -> tuple[float, str]:
    """Price and currency."""
    if decision.candidate is None:
        return decision.price or 0.0, decision.currency or review.facts["currency"]
    candidates = review.question.candidates
    if decision.candidate > len(candidates):
        raise InvalidInputError(f"there are {len(candidates)} candidates", "candidate")
    chosen = candidates[decision.candidate - 1]
    return chosen.price, chosen.currency
