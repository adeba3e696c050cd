"""A budget of dollars for a UTC day. What a call may cost at most is set aside before it, so that calls at once cannot pass it.

Knows no model and no client.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import structlog
from anyio import to_thread

from common.errors import UnavailableError
from frontier_rag.chat.chat_error import ChatFailedError
from frontier_rag.chat.cost_meter import Usage
from frontier_rag.chat.metrics import ChatMetrics
from frontier_rag.chat.spend_ledger import SpendLedger, utc_day


@dataclass(frozen=True)
class Charge:
    """What a call took."""

    model: str
    dollars: float
    usage: Usage


class DailyBudget:
    """At most `limit` dollars a day; None: no bound, only a record."""

    def __init__(self, limit: float | None, ledger: SpendLedger, metrics: ChatMetrics, today: Callable[[], str] = utc_day) -> None:
        self.limit, self.ledger, self.today = limit, ledger, today
        self._day = today()
        self._spent, self._aside = ledger.total(self._day), 0.0
        self._lock = Lock()
        metrics.spent_today.set_function(lambda: self.spent)
        metrics.budget.set(math.inf if limit is None else limit)

    @property
    def spent(self) -> float:
        """Dollars of today."""
        self._turn()
        return self._spent

    def set_aside(self, dollars: float) -> None:
        """Before a call that costs at most so much. ChatFailedError `budget`, and nothing is set aside, where that is not there."""
        self._turn()
        with self._lock:
            if self.limit is not None and dollars > 0 and self._spent + self._aside + dollars > self.limit:
                raise ChatFailedError("budget", f"{self._spent:.4f} of {self.limit:.2f} dollars of the day are spent")
            self._aside += dollars

    async def settle(self, aside: float, charge: Charge | None) -> None:
        """After the call, however it ended: give back what was set aside and write what it took."""
        with self._lock:
            self._aside = max(self._aside - aside, 0.0)
            if charge:
                self._spent += charge.dollars
        if charge:
            await to_thread.run_sync(self._write, self._day, charge)

    def _write(self, day: str, charge: Charge) -> None:
        """A file that cannot be written costs the record, not the answer; the bound goes on in memory."""
        try:
            total = self.ledger.add(day, charge.model, charge.dollars, charge.usage)
        except UnavailableError as exc:
            structlog.get_logger().error("spend_not_written", why=str(exc))
            return
        with self._lock:
            if day == self._day:
                self._spent = max(self._spent, total)  # another process may have spent as well

    def _turn(self) -> None:
        """A new day begins with what the file says of it."""
        if (day := self.today()) == self._day:
            return
        try:
            total = self.ledger.total(day)
        except UnavailableError:
            total = 0.0
        with self._lock:
            self._day, self._spent = day, total
