"""A last look at the page of what is about to be pushed: is it still there, in stock, and at that price? Knows no HTTP.

What cannot be looked at is pushed all the same, and says so: a shop that lets no machine in says nothing of its price.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from common.background import end
from scanner.deal_data import Judged, StoredDeal
from scanner.pages.belief import TOLERANCE, is_lowered_later
from scanner.pages.page_data import PageError, PageFacts
from scanner.pages.page_reader import Reader
from scanner.policy import demoted
from scanner.prices.shipping import without_shipping

SECONDS = 20.0  # for all alerts of a scan together
GONE, SOLD_OUT = "its page is gone", "it is sold out"


@dataclass(frozen=True)
class _Finding:
    """`why_not`: why it is not to be pushed. `remark`: what was found, for whom it is pushed to."""

    why_not: str | None = None
    remark: str = ""


class MarketCheck:
    """A LastLook. `dollars`: a price and its currency in USD, None where that cannot be told; `seconds`: for all together."""

    def __init__(self, reader: Reader, dollars: Callable[[float | None, str], float | None], seconds: float = SECONDS) -> None:
        self._reader, self._dollars, self._seconds = reader, dollars, seconds

    async def look(self, judged: Sequence[Judged], now: datetime) -> list[Judged]:
        """The same deals in the same order: alerts that do not hold any more are listed instead."""
        urls = dict.fromkeys(each.deal.url for each in judged if each.is_alert)
        if not urls:
            return list(judged)
        tasks = {url: asyncio.get_running_loop().create_task(self._read(url), name="market check") for url in urls}
        try:
            await asyncio.wait(tasks.values(), timeout=self._seconds)
            found = {url: task.result() if task.done() else _unchecked("there was no time for it") for url, task in tasks.items()}
        finally:
            await end(list(tasks.values()))
        return [self._seen(each, found[each.deal.url], now) if each.is_alert else each for each in judged]

    async def _read(self, url: str) -> PageFacts | _Finding:
        try:
            facts = await self._reader.read(url)
        except PageError as exc:
            return _Finding(GONE) if exc.is_gone else _unchecked(str(exc))
        except Exception:  # noqa: BLE001 (whatever a page does: the alert goes out unchecked)
            structlog.get_logger().exception("market_check_failed", url=url[:300])
            return _unchecked("it cannot be read")
        return _unchecked("it names no product") if facts is None else facts

    def _seen(self, judged: Judged, found: PageFacts | _Finding, now: datetime) -> Judged:
        finding = found if isinstance(found, _Finding) else self._compared(judged.deal, found, now)
        structlog.get_logger().info("market_checked", deal=judged.deal.id, found=finding.why_not or finding.remark)
        return demoted(judged, finding.why_not) if finding.why_not else _remarked(judged, finding.remark)

    def _compared(self, deal: StoredDeal, page: PageFacts, now: datetime) -> _Finding:
        if page.is_sold_out:
            return _Finding(SOLD_OUT)
        told = self._dollars(without_shipping(deal.price, deal.shipping), deal.currency)
        asked = None if page.asks is None else self._dollars(*page.asks)
        if asked is None or told is None:
            return _unchecked("it names no price")
        words = f"${asked:,.2f}"
        if asked <= told * (1 + TOLERANCE):
            lower = ", which is less" if asked < told - 0.005 else ""
            return _Finding(remark=f"At {now:%H:%M} UTC its page asked {words}{lower}.")
        if is_lowered_later(f"{deal.title}\n{deal.description}"):
            return _Finding(remark=f"Its page asks {words}, before what the text says lowers it.")
        return _Finding(f"its page asks {words}")


def _unchecked(why: str) -> _Finding:
    return _Finding(remark=f"Its page was not checked: {why}.")


def _remarked(judged: Judged, remark: str) -> Judged:
    """The same, with a sentence in front of its description."""
    if judged.opportunity is None:
        return judged
    deal = judged.opportunity.deal
    told = deal.model_copy(update={"description": f"{remark} {deal.description}".strip()})
    return replace(judged, opportunity=judged.opportunity.model_copy(update={"deal": told}))
