"""Has deals judged with what their products were offered for before. Knows neither HTTP nor the database."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import structlog

from common.errors import UnavailableError
from common.judging import Judgement, JudgeRequest, Seen
from scanner.deal_data import PastOffer, StoredDeal
from scanner.judging.clear_text import Rewriter
from scanner.judging.judge_request import request_of
from scanner.judging.past_offer import offer_of


class Judge(Protocol):
    """Says what offers are worth; None for one that cannot be judged at all. UnavailableError fails the whole batch."""

    async def judge(self, requests: Sequence[JudgeRequest]) -> Sequence[Judgement | None]:
        """One answer for each request."""
        ...

    async def is_ready(self) -> bool:
        """Whether it would answer now."""
        ...


class PriceMemory(Protocol):
    """What products were offered for."""

    async def earlier(self, of: Sequence[PastOffer]) -> list[tuple[Seen, ...]]:
        """For each offer, earlier ones of the same product and condition."""
        ...


class InformedJudge:
    """A judge with a memory, and with clearer texts where somebody writes them.

    `dollars`: a price and its currency in USD, None where that cannot be told.
    """

    def __init__(
        self, judge: Judge, memory: PriceMemory, dollars: Callable[[float, str], float | None], rewriter: Rewriter | None = None
    ) -> None:
        self._judge, self._memory, self._dollars, self._rewriter = judge, memory, dollars, rewriter

    async def judge(self, deals: Sequence[StoredDeal]) -> list[Judgement | None]:
        """One for each deal; None also where its price cannot be told in dollars, or where its text trips what asks.

        One such deal costs the others nothing. Where all fail it is not for their texts: UnavailableError.
        """
        try:
            return await self._judge_together(deals)
        except UnavailableError:
            raise
        except Exception as exc:
            structlog.get_logger().exception("deals_trip_the_judge", deals=len(deals))
            answers = [await self._judge_alone(deal) for deal in deals]
            if all(isinstance(each, Exception) for each in answers):
                raise UnavailableError(f"no deal can be judged: {type(exc).__name__}: {exc}") from exc
            return [None if isinstance(each, Exception) else each for each in answers]

    async def _judge_alone(self, deal: StoredDeal) -> Judgement | Exception | None:
        try:
            (answer,) = await self._judge_together([deal])
        except UnavailableError:
            raise
        except Exception as exc:  # noqa: BLE001 (of any class: what one feed writes must not keep the deals of all from being judged)
            return exc
        return answer

    async def _judge_together(self, deals: Sequence[StoredDeal]) -> list[Judgement | None]:
        dollars = [self._dollars(deal.price, deal.currency) for deal in deals]
        seen = await self._seen(deals, dollars)
        texts = await self._rewriter.rewrite(deals) if self._rewriter else {}
        requests = await asyncio.to_thread(_requests, deals, dollars, seen, texts)
        asked = [request for request in requests if request]
        answers = iter(await self._judge.judge(asked) if asked else ())
        return [next(answers) if request else None for request in requests]

    async def _seen(self, deals: Sequence[StoredDeal], dollars: Sequence[float | None]) -> list[tuple[Seen, ...]]:
        offers = await asyncio.to_thread(_offers, deals, dollars)
        earlier = iter(await self._memory.earlier([offer for offer in offers if offer]))
        return [next(earlier) if offer else () for offer in offers]


def _offers(deals: Sequence[StoredDeal], dollars: Sequence[float | None]) -> list[PastOffer | None]:
    return [offer_of(deal, price) if price else None for deal, price in zip(deals, dollars, strict=True)]


def _requests(
    deals: Sequence[StoredDeal], dollars: Sequence[float | None], seen: Sequence[tuple[Seen, ...]], texts: Mapping[int, str]
) -> list[JudgeRequest | None]:
    return [
        request_of(deal, price, known, texts.get(deal.id)) if price else None
        for deal, price, known in zip(deals, dollars, seen, strict=True)
    ]
