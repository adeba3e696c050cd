"""The sync client. Safe to use from several threads at once."""

import contextvars
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self

import httpx

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

HTTPX_FIRST = 0.1  # seconds by which its own limits, which close the connection, come before ours


class PricingClient:
    """Asks a service that speaks the pricing API. Every method raises PricingError's subclasses.

    `timeout` in seconds bounds a call with all its tries; busy and absent services are asked again within it,
    at most `max_tries` times in all. `trust_env`: take proxies, SSL_CERT_FILE and SSL_CERT_DIR from the environment, as httpx does.
    `transport` is for tests, and for what httpx.HTTPTransport takes beside.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        api_key: str | None = None,
        timeout: float = 30.0,
        max_tries: int | None = None,
        trust_env: bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.timeout, self.max_tries = timeout, max_tries
        headers = {"X-API-Key": api_key} if api_key else {}
        self._http = httpx.Client(base_url=base_url, headers=headers, transport=transport, trust_env=trust_env)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def is_ready(self, *, timeout: float = 5.0) -> bool:
        """Whether the service says that it can answer. ConnectionFailedError or DeadlineError where nothing answers at all."""
        call = Call("/readyz", None, timeout)
        return self._try(call, "GET").status_code == 200

    def price(self, item: AnyItem, *, timeout: float | None = None) -> Price:
        """What a product should cost: a description, an Item, or a mapping with description, title and category."""
        return price_of(self._answer(price_call(item, timeout or self.timeout)))

    def price_batch(
        self, items: Sequence[AnyItem], *, timeout: float | None = None, idempotency_key: str | None = None
    ) -> list[Price | ItemError]:
        """Up to 1,000 products in one request; an ItemError stands where one could not be priced."""
        return results_of(self._answer(batch_call(items, timeout or self.timeout, idempotency_key)), len(items))

    def price_many(
        self, items: Iterable[AnyItem], *, size: int = 50, concurrency: int = 4, timeout: float | None = None
    ) -> Generator[Priced, None, None]:
        """Any number of products, in order, in slices of `size`, `concurrency` of them at once. Draws items as it goes.

        An item that cannot be priced carries its error; what ends everything (no service, no key) is raised.
        """
        waiting: deque[Future[list[Priced]]] = deque()
        pool = ThreadPoolExecutor(concurrency, "pricing-client")
        try:
            for first, part in slices(items, size):
                if len(waiting) >= concurrency:
                    yield from waiting.popleft().result()
                waiting.append(pool.submit(self._price_slice, first, part, timeout or self.timeout))
            while waiting:
                yield from waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def attributes(self, item: AnyItem, *, timeout: float | None = None) -> Attributes:
        """What a price hangs on: what the text states, and which attribute that it leaves open would narrow the interval most."""
        return attributes_of(self._answer(attributes_call(item, timeout or self.timeout)))

    def words(self, item: AnyItem, *, timeout: float | None = None) -> PriceWords:
        """What each phrase of the item's text does to its price, by leaving it out."""
        return words_of(self._answer(words_call(item, timeout or self.timeout)))

    def judge(self, item: AnyItem, offer: AnyOffer, *, margin: float | None = None, timeout: float | None = None) -> Judgement:
        """What an offer is worth. The item as in `price`, without prices; `offer`: an Offer, or a mapping with its fields.

        `margin`: the share of the price by which worth should exceed it in `chance` and `support`; None: the service's own, 0.25.
        """
        return judgement_of(self._answer(judge_call(item, offer, margin, timeout or self.timeout)))

    def judge_batch(
        self,
        offers: Sequence[tuple[AnyItem, AnyOffer]],
        *,
        margin: float | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> list[Judgement | ItemError]:
        """Up to 1,000 items with their offers in one request; an ItemError stands where one could not be judged."""
        call = judge_batch_call(offers, margin, timeout or self.timeout, idempotency_key)
        return judgements_of(self._answer(call), len(offers))

    def describe(
        self,
        item: AnyItem,
        facts: Mapping[str, str] | None = None,
        *,
        timeout: float | None = None,
    ) -> Description:
        """A clear text of a product, in which nothing is invented. The item as in `price`, or a mapping with a title alone.

        frontier-rag's own: give its address (http://127.0.0.1:8002) as `base_url`.
        """
        return description_of(self._answer(describe_call(item, facts, timeout or self.timeout)))

    def describe_batch(
        self,
        items: Sequence[tuple[AnyItem, Mapping[str, str] | None]],
        *,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> list[Description | ItemError]:
        """Up to 100 items with their facts in one request; an ItemError stands where one could not be described."""
        call = describe_batch_call(items, timeout or self.timeout, idempotency_key)
        return descriptions_of(self._answer(call), len(items))

    def _price_slice(self, first: int, items: Sequence[AnyItem], timeout: float) -> list[Priced]:
        try:
            return priced(first, items, self.price_batch(items, timeout=timeout))
        except ApiError as exc:
            if not is_divisible(exc):
                raise
            if len(items) == 1:
                return priced(first, items, blamed(exc))
        half = len(items) // 2
        return self._price_slice(first, items[:half], timeout) + self._price_slice(first + half, items[half:], timeout)

    def _answer(self, call: Call) -> httpx.Response:
        while True:
            try:
                response = self._try(call)
                if response.status_code == 200:
                    return response
                raise error_of(response)
            except PricingError as exc:
                time.sleep(call.pause_after(exc, self.max_tries))

    def _try(self, call: Call, method: str = "POST") -> httpx.Response:
        """One try, read within the deadline and the size limit."""
        request = call.request(self._http, method)
        try:
            response = self._head(call, request)
            try:
                body = bytearray()
                for part in response.iter_bytes():
                    body += part
                    if len(body) > MAX_ANSWER:
                        raise UnexpectedAnswerError(f"an answer of more than {MAX_ANSWER} bytes")
                    _ = call.remaining
            finally:
                response.close()
        except httpx.TimeoutException as exc:
            raise DeadlineError(f"no answer within {call.timeout:g} s") from exc
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise ConnectionFailedError(f"{self._http.base_url} cannot be reached: {exc or type(exc).__name__}") from exc
        return httpx.Response(response.status_code, headers=kept_headers(response.headers), content=bytes(body))

    def _head(self, call: Call, request: httpx.Request) -> httpx.Response:
        """The response before its body. httpx bounds each read of its head, not all of them: one that drips would take for ever.

        So a thread waits for it. It is left alone where the deadline passes first, until the service hangs up or `close`.
        """
        head: Future[httpx.Response] = Future()
        send = partial(contextvars.copy_context().run, self._http.send, request, stream=True)
        threading.Thread(target=_fill, args=(head, send), name="pricing-client-head", daemon=True).start()
        try:
            return head.result(call.remaining + HTTPX_FIRST)
        except TimeoutError as exc:
            if head.done() and head.exception():
                raise
            head.add_done_callback(_let_go)
            raise DeadlineError(f"no answer within {call.timeout:g} s") from exc


def _fill(promised: Future[httpx.Response], send: Callable[[], httpx.Response]) -> None:
    try:
        promised.set_result(send())
    except BaseException as exc:  # noqa: BLE001 (whoever waits raises it)
        promised.set_exception(exc)


def _let_go(late: Future[httpx.Response]) -> None:
    if not late.exception():
        late.result().close()


def kept_headers(headers: httpx.Headers) -> dict[str, str]:
    """Without what speaks of the body's coding, which is undone."""
    return {
        name: value for name, value in headers.items() if name not in ("content-encoding", "content-length", "transfer-encoding")
    }
