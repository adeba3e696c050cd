"""What the pricers and the ensemble do, told in sentences: each at most once a second, with what it did since. No product in it."""

import time
from collections.abc import Callable, Sequence

from common.activity.log import ActivityLog
from common.pricing import PricedItem, PriceResponse

PAUSE = 1.0  # seconds between two sentences of one agent: hundreds of prices a second are one line


class Telling:
    """Over the service's log. `clock` is monotonic."""

    def __init__(self, log: ActivityLog | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._log, self._clock = log or ActivityLog(), clock
        self._since: dict[str, int] = {}  # items of each agent that no sentence has told yet
        self._told: dict[str, float] = {}

    def priced(self, agent: str, results: Sequence[PricedItem], seconds: float) -> None:
        """A pricer, or the ensemble, answered."""
        items = self._since.pop(agent, 0) + len(results)
        now = self._clock()
        if now - self._told.get(agent, -PAUSE) < PAUSE:
            self._since[agent] = items
            return
        self._told[agent] = now
        last = results[-1] if results else None
        if items == 1 and isinstance(last, PriceResponse):
            text = f"Says ${last.price:,.2f}, between ${last.low:,.2f} and ${last.high:,.2f}"
        else:
            text = f"Priced {items} text{'' if items == 1 else 's'}, the last {len(results)} in {seconds:.2f} s"
        self._log.tell(agent, "priced", text, items=items, seconds=round(seconds, 3))

    def missing(self, agent: str, why: str) -> None:
        """A pricer gave no answer."""
        now = self._clock()
        if now - self._told.get(f"{agent} is missing", -PAUSE) >= PAUSE:
            self._told[f"{agent} is missing"] = now
            self._log.tell(agent, "missing", f"Gave no answer: {why}", level="warning")
