"""The async client: the same methods, to be awaited."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self

import httpx

from pricing_client.client import kept_headers
from pricing_client.describing import Description
from pricing_client.errors import ApiError, ConnectionFailedError, DeadlineError, PricingError, UnexpectedAnswerError, error_of
from pricing_client.explained import Attributes, PriceWords
from pricing_client.models import AnyItem, AnyOffer, ItemError, Judgement, Price, Priced
from pricing_client.protocol import (
    MAX_ANSWER,
    Call,
    attributes_call,
    attributes_of,
    batch_call,
    blamed,
    describe_batch_call,
    describe_call,
    description_of,
    descriptions_of,
    is_divisible,
    judge_batch_call,
    judge_call,
    judgement_of,
    judgements_of,
    price_call,
    price_of,
    priced,
    results_of,
    slices,
    words_call,
    words_of,
)


class AsyncPricingClient:
    """See PricingClient."""

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        api_key: str | None = None,
        timeout: float = 30.0,
        max_tries: int | None = None,
        trust_env: bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.timeout, self.max_tries = timeout, max_tries
        headers = {"X-API-Key": api_key} if api_key else {}
        self._http = httpx.AsyncClient(base_url=base_url, headers=headers, transport=transport, trust_env=trust_env)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def is_ready(self, *, timeout: float = 5.0) -> bool:  # noqa: ASYNC109
        """Whether the service says that it can answer. ConnectionFailedError or DeadlineError where nothing answers at all."""
        call = Call("/readyz", None, timeout)
        return (await self._try(call, "GET")).status_code == 200

    async def price(self, item: AnyItem, *, timeout: float | None = None) -> Price:  # noqa: ASYNC109 (it bounds all tries)
        """What a product should cost: a description, an Item, or a mapping with description, title and category."""
        return price_of(await self._answer(price_call(item, timeout or self.timeout)))

    async def price_batch(
        self,
        items: Sequence[AnyItem],
        *,
        timeout: float | None = None,  # noqa: ASYNC109
        idempotency_key: str | None = None,
    ) -> list[Price | ItemError]:
        """Up to 1,000 products in one request; an ItemError stands where one could not be priced."""
        return results_of(await self._answer(batch_call(items, timeout or self.timeout, idempotency_key)), len(items))

    async def price_many(
        self,
        items: Iterable[AnyItem],
        *,
        size: int = 50,
        concurrency: int = 4,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> AsyncGenerator[Priced, None]:
        """Any number of products, in order, in slices of `size`, `concurrency` of them at once. Draws items as it goes.

        An item that cannot be priced carries its error; what ends everything (no service, no key) is raised.
        """
        waiting: deque[asyncio.Task[list[Priced]]] = deque()
        try:
            for first, part in slices(items, size):
                if len(waiting) >= concurrency:
                    for each in await waiting.popleft():
                        yield each
                waiting.append(asyncio.create_task(self._price_slice(first, part, timeout or self.timeout)))
            while waiting:
                for each in await waiting.popleft():
                    yield each
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def attributes(self, item: AnyItem, *, timeout: float | None = None) -> Attributes:  # noqa: ASYNC109
        """What a price hangs on, see PricingClient.attributes."""
        return attributes_of(await self._answer(attributes_call(item, timeout or self.timeout)))

    async def words(self, item: AnyItem, *, timeout: float | None = None) -> PriceWords:  # noqa: ASYNC109
        """What each phrase of a text is worth, see PricingClient.words."""
        return words_of(await self._answer(words_call(item, timeout or self.timeout)))

    async def judge(
        self,
        item: AnyItem,
        offer: AnyOffer,
        *,
        margin: float | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Judgement:
        """What an offer is worth, see PricingClient.judge."""
        return judgement_of(await self._answer(judge_call(item, offer, margin, timeout or self.timeout)))

    async def judge_batch(
        self,
        offers: Sequence[tuple[AnyItem, AnyOffer]],
        *,
        margin: float | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
        idempotency_key: str | None = None,
    ) -> list[Judgement | ItemError]:
        """Up to 1,000 items with their offers in one request; an ItemError stands where one could not be judged."""
        call = judge_batch_call(offers, margin, timeout or self.timeout, idempotency_key)
        return judgements_of(await self._answer(call), len(offers))

    async def describe(
        self,
        item: AnyItem,
        facts: Mapping[str, str] | None = None,
        *,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Description:
        """A clear text of a product, in which nothing is invented. The item as in `price`, or a mapping with a title alone.

        frontier-rag's own: give its address (http://127.0.0.1:8002) as `base_url`.
        """
        return description_of(await self._answer(describe_call(item, facts, timeout or self.timeout)))

    async def describe_batch(
        self,
        items: Sequence[tuple[AnyItem, Mapping[str, str] | None]],
        *,
        timeout: float | None = None,  # noqa: ASYNC109
        idempotency_key: str | None = None,
    ) -> list[Description | ItemError]:
        """Up to 100 items with their facts in one request; an ItemError stands where one could not be described."""
        call = describe_batch_call(items, timeout or self.timeout, idempotency_key)
        return descriptions_of(await self._answer(call), len(items))

    async def _price_slice(self, first: int, items: Sequence[AnyItem], seconds: float) -> list[Priced]:
        try:
            return priced(first, items, await self.price_batch(items, timeout=seconds))
        except ApiError as exc:
            if not is_divisible(exc):
                raise
            if len(items) == 1:
                return priced(first, items, blamed(exc))
        half = len(items) // 2
        left = await self._price_slice(first, items[:half], seconds)
        return left + await self._price_slice(first + half, items[half:], seconds)

    async def _answer(self, call: Call) -> httpx.Response:
        while True:
            try:
                response = await self._try(call)
                if response.status_code == 200:
                    return response
                raise error_of(response)
            except PricingError as exc:
                await asyncio.sleep(call.pause_after(exc, self.max_tries))

    async def _try(self, call: Call, method: str = "POST") -> httpx.Response:
        """One try, read within the deadline and the size limit whatever pace the service keeps."""
        request = call.request(self._http, method)
        try:
            async with asyncio.timeout(call.remaining):
                response = await self._http.send(request, stream=True)
                try:
                    body = bytearray()
                    async for part in response.aiter_bytes():
                        body += part
                        if len(body) > MAX_ANSWER:
                            raise UnexpectedAnswerError(f"an answer of more than {MAX_ANSWER} bytes")
                finally:
                    await response.aclose()
        except (httpx.TimeoutException, TimeoutError) as exc:
            raise DeadlineError(f"no answer within {call.timeout:g} s") from exc
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise ConnectionFailedError(f"{self._http.base_url} cannot be reached: {exc or type(exc).__name__}") from exc
        return httpx.Response(response.status_code, headers=kept_headers(response.headers), content=bytes(body))
