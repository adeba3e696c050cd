"""Takes what a person says of a deal, and does what follows from it: a wrong price is put right. Knows neither HTTP nor tables."""

from collections.abc import Callable
from datetime import datetime

from common.errors import InvalidInputError, NotFoundError
from scanner.deal_data import SAME_PRICE
from scanner.feedback.verdict import WRONG_PRICE, Kept, Saying, Subject, Verdict, snapshot
from scanner.policy import Policy
from scanner.review.pick import Pick
from scanner.review.price_picker import PricePicker
from scanner.store.corrections.feedback_store import FeedbackStore


class FeedbackDesk:
    """`wake`: has what waits judged at once."""

    def __init__(
        self,
        store: FeedbackStore,
        picking: tuple[PricePicker, Policy],
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self.store, self._now, self._wake = store, now, wake
        self._picker, self._policy = picking

    async def say(self, of: int | str, saying: Saying) -> Kept:
        """A verdict on a deal, by its number or by its opportunity's id; it takes the place of a former one."""
        subject, former = await self.store.subject(of), await self.store.current(of)
        _check(saying)
        pick = await self._pick(subject, former, saying)
        told = None if pick is None or saying.price is None else self._policy.dollars(pick.price, pick.currency)
        verdict = Verdict(saying.kind, told, saying.worth, saying.note)
        said = former.said if former and former.changed_price else snapshot(subject, self._policy)
        kept = await self.store.put(subject, verdict, said, (pick, self._now()))
        self._wake()
        return kept

    async def take_back(self, of: int | str) -> None:
        """What a person said of a deal counts no longer; a price that was put right by it is the former one again."""
        former, now = await self.store.current_or_missing(of), self._now()
        await self.store.take_back(former, await self._former_price(of, former), now)
        self._wake()

    async def _pick(self, subject: Subject, former: Kept | None, saying: Saying) -> Pick | None:
        """The price that the deal has from now on; None where it keeps its own."""
        facts = subject.deal.facts
        if saying.price is not None:
            wanted = (saying.price, saying.currency or facts["currency"], facts["condition"])
            is_same = facts["price"] is not None and abs(facts["price"] - saying.price) < SAME_PRICE
            if former is None and is_same and wanted[1] == facts["currency"]:
                raise InvalidInputError("that is the price that was read", "price")
            return await self._picker.pick(subject.deal, wanted, self._now())
        is_taken_back = former is not None and former.verdict.price is not None
        is_taken_back |= former is not None and former.changed_price and saying.kind != WRONG_PRICE
        return await self._put_back(subject, former) if former and is_taken_back else None

    async def _former_price(self, of: int | str, former: Kept) -> Pick | None:
        if not former.changed_price:
            return None
        try:
            return await self._put_back(await self.store.subject(of), former)
        except NotFoundError:  # the deal is forgotten, what was said of it is not
            return None

    async def _put_back(self, subject: Subject, former: Kept) -> Pick:
        return await self._picker.put_back(subject.deal, former.before, self._now())


def _check(saying: Saying) -> None:
    if saying.kind == WRONG_PRICE:
        if saying.currency is not None and saying.price is None:
            raise InvalidInputError("is that of a price, which is missing", "currency")
    elif saying.price is not None or saying.currency is not None:
        field = "currency" if saying.price is None else "price"
        raise InvalidInputError("belongs to the verdict wrong_price; what it is worth is told as worth", field)
