"""Both clients against a faked service: what they send, when they ask again, what they raise, and how many items they take."""

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import httpx
import pytest

from pricing_client import (
    ApiError,
    AsyncPricingClient,
    ConnectionFailedError,
    DeadlineError,
    InvalidRequestError,
    Item,
    ItemError,
    Judgement,
    Offer,
    OverloadedError,
    Price,
    Priced,
    PricingClient,
    PricingError,
    Reference,
    Seen,
    UnauthorizedError,
    UnavailableError,
    UnexpectedAnswerError,
)

PRICE = {"price": 5.0, "low": 1.0, "high": 9.0, "currency": "USD", "model": "fake@1", "added_later": [1]}
ESTIMATE = {"pricer": "frontier-rag", "price": 5.0, "low": 1.0, "high": 9.0, "model": "m@1", "ms": 3.0, "weight": 0.5}
JUDGEMENT = {
    **{"worth": 80.0, "low": 70.0, "high": 95.0, "saving": 28.5, "chance": 0.9, "support": 0.8, "margin": 0.25, "model": "judge@1"},
    "evidence": [{"kind": "next_best", "price": 80.0, "weight": 0.9, "words": "An editor says so."}],
    "list_price": {"price": 200.0, "verdict": "inflated", "chance": 0.02},
    **{"known": True, "identified": False, "answer": PRICE, "degraded": ["specialist"], "added_later": [1]},
}
OFFER = Offer(
    price=50, retailer="Acme", references=[Reference(kind="list", price=200, said_by="seller")], seen=[Seen(price=70, days=9)]
)
SENT = {
    "price": 50,
    "condition": "new",
    "retailer": "Acme",
    "references": [{"kind": "list", "price": 200, "said_by": "seller", "words": ""}],
    "seen": [{"price": 70, "days": 9, "retailer": ""}],
}
Handler = Callable[[httpx.Request], httpx.Response]


class Asks(Protocol):
    """What both clients can do, as the tests ask for it."""

    def price(self, item: Any) -> Price: ...
    def batch(self, items: Sequence[Any]) -> list[Price | ItemError]: ...
    def many(self, items: Any, **how: int) -> list[Priced]: ...
    def judge(self, item: Any, offer: Any, **how: float) -> Judgement: ...
    def judge_batch(self, offers: Sequence[Any], **how: Any) -> list[Judgement | ItemError]: ...


class Sync:
    def __init__(self, handler: Handler, **settings: Any) -> None:
        self.client = PricingClient("http://fake", transport=httpx.MockTransport(handler), **settings)

    def price(self, item: Any) -> Price:
        with self.client as client:
            return client.price(item)

    def batch(self, items: Sequence[Any]) -> list[Price | ItemError]:
        with self.client as client:
            return client.price_batch(items)

    def many(self, items: Any, **how: int) -> list[Priced]:
        with self.client as client:
            return list(client.price_many(items, **how))

    def judge(self, item: Any, offer: Any, **how: float) -> Judgement:
        with self.client as client:
            return client.judge(item, offer, **how)

    def judge_batch(self, offers: Sequence[Any], **how: Any) -> list[Judgement | ItemError]:
        with self.client as client:
            return client.judge_batch(offers, **how)


class Async:
    def __init__(self, handler: Handler, **settings: Any) -> None:
        self.client = AsyncPricingClient("http://fake", transport=httpx.MockTransport(handler), **settings)

    def price(self, item: Any) -> Price:
        async def ask() -> Price:
            async with self.client as client:
                return await client.price(item)

        return asyncio.run(ask())

    def batch(self, items: Sequence[Any]) -> list[Price | ItemError]:
        async def ask() -> list[Price | ItemError]:
            async with self.client as client:
                return await client.price_batch(items)

        return asyncio.run(ask())

    def many(self, items: Any, **how: int) -> list[Priced]:
        async def ask() -> list[Priced]:
            async with self.client as client:
                return [each async for each in client.price_many(items, **how)]

        return asyncio.run(ask())

    def judge(self, item: Any, offer: Any, **how: float) -> Judgement:
        async def ask() -> Judgement:
            async with self.client as client:
                return await client.judge(item, offer, **how)

        return asyncio.run(ask())

    def judge_batch(self, offers: Sequence[Any], **how: Any) -> list[Judgement | ItemError]:
        async def ask() -> list[Judgement | ItemError]:
            async with self.client as client:
                return await client.judge_batch(offers, **how)

        return asyncio.run(ask())


Kind = Callable[..., Asks]


@pytest.fixture(params=[Sync, Async])
def kind(request: pytest.FixtureRequest) -> Kind:
    made: Kind = request.param
    return made


class Service:
    """Answers with the given responses in turn, then with prices and judgements. Keeps the requests."""

    def __init__(self, *first: httpx.Response | Exception) -> None:
        self.first, self.requests, self.lock = list(first), list[httpx.Request](), threading.Lock()
        self.under_way = self.most_under_way = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.requests.append(request)
            answer = self.first.pop(0) if self.first else None
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            return self.priced(json.loads(request.content))
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)  # unread by anybody

    def priced(self, body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(
            200, json={"results": [self.one(each) for each in body["items"]]} if "items" in body else self.one(body)
        )

    def one(self, item: dict[str, Any]) -> dict[str, Any]:
        if not item.get("description"):
            return {"error": {"title": "Unprocessable Entity", "status": 422, "detail": "description: missing"}}
        if "offer" in item:
            return JUDGEMENT
        return PRICE | {"price": float(len(item["description"]))}


def refusal(status: int, retry_after: str | None = None) -> httpx.Response:
    headers = {"retry-after": retry_after} if retry_after else {}
    return httpx.Response(status, json={"title": "No", "status": status, "detail": "because"}, headers=headers)


@pytest.mark.parametrize("item", ["abc", Item(description="abc"), {"description": "abc", "title": "", "sku": 7}])
def test_a_price_is_typed_whatever_form_the_item_has(kind: Kind, item: object) -> None:
    service = Service()
    answer = kind(service, api_key="secret").price(item)
    assert (answer.price, answer.high, answer.model) == (3.0, 9.0, "fake@1")
    request = service.requests[0]
    assert (json.loads(request.content), request.headers["x-api-key"]) == ({"description": "abc"}, "secret")
    assert 0 < int(request.headers["x-deadline-ms"]) <= 30_000


def test_the_member_that_answered_is_told_where_the_service_names_one(kind: Kind) -> None:
    told = PRICE | {"estimates": [ESTIMATE | {"member": "frontier-rag-chat"}, ESTIMATE]}
    answer = kind(Service(httpx.Response(200, json=told))).price("abc")
    assert (answer.member, [each.member for each in answer.estimates]) == (None, ["frontier-rag-chat", None])


@pytest.mark.parametrize(
    "trouble",
    [refusal(429, "0"), refusal(503, "0"), refusal(409, "0"), httpx.Response(502, text="<html>"), httpx.ReadError("reset")],
)
def test_what_passes_is_asked_again_under_the_same_key(kind: Kind, trouble: httpx.Response | Exception) -> None:
    service = Service(trouble, trouble)
    results = kind(service).batch(["abc", {}])
    assert isinstance(results[0], Price)
    assert isinstance(results[1], ItemError)
    keys = {request.headers["idempotency-key"] for request in service.requests}
    assert (len(service.requests), len(keys)) == (3, 1)


def test_another_batch_has_another_key(kind: Kind) -> None:
    service = Service()
    for _ in range(2):
        kind(service).batch(["abc"])
    assert len({request.headers["idempotency-key"] for request in service.requests}) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(401), UnauthorizedError),
        (refusal(422), InvalidRequestError),
        (refusal(418), ApiError),
        (httpx.Response(200, text="<html>hello"), UnexpectedAnswerError),
        (httpx.Response(200, json={"results": []}), UnexpectedAnswerError),
    ],
)
def test_what_stays_is_raised_at_once(kind: Kind, answer: httpx.Response, error: type[PricingError]) -> None:
    service = Service(answer)
    with pytest.raises(error):
        kind(service).batch(["abc"])
    assert len(service.requests) == 1


def test_a_wait_beyond_the_deadline_is_not_begun_and_tells_the_time(kind: Kind) -> None:
    service = Service(refusal(429, "31"))
    with pytest.raises(OverloadedError) as caught:
        kind(service).price("abc")
    assert (caught.value.retry_after, caught.value.problem.detail, len(service.requests)) == (31, "because", 1)


def test_the_number_of_tries_can_be_bounded(kind: Kind) -> None:
    service = Service(*[httpx.ConnectError("refused")] * 9)
    with pytest.raises(ConnectionFailedError):
        kind(service, max_tries=2).price("abc")
    assert len(service.requests) == 2


def test_a_service_that_hangs_is_given_up(kind: Kind) -> None:
    with pytest.raises(DeadlineError):
        kind(Service(httpx.ReadTimeout("hangs"))).price("abc")


def test_what_waits_for_headers_is_taken_from_the_time_for_the_body(kind: Kind) -> None:
    left: list[float] = []

    class Slow(Service):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            limits = request.extensions["timeout"]
            left.append(limits.get("connect"))
            time.sleep(0.2)  # until the headers come
            left.append(limits.get("read"))
            return super().__call__(request)

    assert kind(Slow()).price("abc").price == 3.0
    before, after = left
    assert after <= before - 0.2


@pytest.mark.parametrize("count", [0, 1, 7, 230])
def test_any_number_of_items_is_priced_in_order(kind: Kind, count: int) -> None:
    service = Service()
    found = kind(service).many(({"description": "x" * (n + 1), "n": n} for n in range(count)), size=7, concurrency=3)
    assert [(each.index, each.item["n"], each.price and each.price.price) for each in found] == [
        (n, n, n + 1.0) for n in range(count)
    ]


def test_an_item_that_the_service_refuses_costs_itself_alone(kind: Kind) -> None:
    class Picky(Service):
        def priced(self, body: dict[str, Any]) -> httpx.Response:
            return refusal(422) if "poison" in str(body) else super().priced(body)

    found = kind(Picky()).many(["a", "bb", "poison", "dddd", ""], size=5)
    assert [each.price and each.price.price for each in found] == [1, 2, None, 4, None]
    assert [each.error.detail for each in found if each.error] == ["because", "description: missing"]


def test_what_stops_everything_is_raised(kind: Kind) -> None:
    service = Service(*[refusal(401)] * 99)
    with pytest.raises(UnauthorizedError):
        kind(service).many(["abc"] * 100, size=1)
    assert len(service.requests) < 20


def test_items_are_drawn_as_they_are_needed() -> None:
    drawn = itertools.count(1)
    last = 0

    def endless() -> Iterator[str]:
        nonlocal last
        for number in drawn:
            last = number
            yield "abc"

    with PricingClient("http://fake", transport=httpx.MockTransport(Service())) as client:
        results = client.price_many(endless(), size=10, concurrency=2)
        assert [next(results).index for _ in range(25)] == list(range(25))
        results.close()
    assert last <= 60


def test_an_answer_of_another_length_is_refused(kind: Kind) -> None:
    with pytest.raises(UnexpectedAnswerError):
        kind(Service(httpx.Response(200, json={"results": [PRICE]}))).batch(["a", "b"])


def test_a_judgement_is_typed_with_its_evidence(kind: Kind) -> None:
    service = Service()
    found = kind(service, api_key="secret").judge(Item(description="abc", title="A drill"), OFFER)
    assert (found.worth, found.chance, found.support, found.margin) == (80, 0.9, 0.8, 0.25)
    assert [(each.kind, each.weight, each.words) for each in found.evidence] == [("next_best", 0.9, "An editor says so.")]
    assert found.list_price
    assert (found.list_price.verdict, found.answer.model, found.degraded) == ("inflated", "fake@1", ["specialist"])
    (request,) = service.requests
    assert (request.url.path, request.headers["x-api-key"]) == ("/judge", "secret")
    assert json.loads(request.content) == {"description": "abc", "title": "A drill", "offer": SENT}


@pytest.mark.parametrize(
    "offer",
    [OFFER, SENT, {**SENT, "references": OFFER.references, "seen": OFFER.seen}],
    ids=["an Offer", "a mapping", "a mapping of models"],
)
def test_an_offer_may_be_a_mapping_and_the_margin_ones_own(kind: Kind, offer: object) -> None:
    service = Service()
    kind(service).judge("abc", offer, margin=0)
    assert json.loads(service.requests[0].content) == {"description": "abc", "offer": SENT, "margin": 0}


def test_a_misspelt_field_of_an_offer_is_never_dropped(kind: Kind) -> None:
    service = Service()
    kind(service).judge("abc", {"price": 5, "retialer": "Acme"})
    assert json.loads(service.requests[0].content)["offer"] == {"price": 5, "retialer": "Acme"}
    with pytest.raises(ValueError, match="retialer"):
        Offer.model_validate({"price": 5, "retialer": "Acme"})


@pytest.mark.parametrize(
    "trouble", [refusal(429, "0"), refusal(503, "0"), httpx.Response(502, text="<html>"), httpx.ReadError("reset")]
)
def test_offers_are_judged_in_one_request_which_is_tried_again(kind: Kind, trouble: httpx.Response | Exception) -> None:
    service = Service(trouble, trouble)
    first, second = kind(service).judge_batch([("abc", OFFER), ({}, {"price": 5})], margin=0.5)
    assert isinstance(first, Judgement)
    assert isinstance(second, ItemError)
    keys = {request.headers["idempotency-key"] for request in service.requests}
    assert (len(service.requests), len(keys), service.requests[-1].url.path) == (3, 1, "/judge/batch")
    items = [{"description": "abc", "offer": SENT, "margin": 0.5}, {"offer": {"price": 5}, "margin": 0.5}]
    assert json.loads(service.requests[-1].content) == {"items": items}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(401), UnauthorizedError),
        (refusal(422), InvalidRequestError),
        (refusal(503, "99"), UnavailableError),
        (httpx.Response(200, json=PRICE), UnexpectedAnswerError),
    ],
)
def test_what_stays_is_raised_at_once_by_a_judgement_too(kind: Kind, answer: httpx.Response, error: type[PricingError]) -> None:
    service = Service(answer, answer)
    with pytest.raises(error):
        kind(service).judge("abc", OFFER)
    with pytest.raises(error):
        kind(service).judge_batch([("abc", OFFER)])
    assert len(service.requests) == 2


def test_a_batch_of_none_or_of_another_length_is_refused(kind: Kind) -> None:
    with pytest.raises(UnexpectedAnswerError):
        kind(Service(httpx.Response(200, json={"results": [JUDGEMENT]}))).judge_batch([("a", OFFER), ("b", OFFER)])
    for offers in ([], [("a", OFFER)] * 1001):
        with pytest.raises(ValueError, match="1 to 1000 items"):
            kind(Service()).judge_batch(offers)


def test_readiness_is_told(kind: Kind) -> None:
    with PricingClient("http://fake", transport=httpx.MockTransport(Service(refusal(503)))) as client:
        assert not client.is_ready()

    async def ask() -> bool:
        async with AsyncPricingClient("http://fake", transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
            return await client.is_ready()

    assert asyncio.run(ask())


def test_every_error_is_a_pricing_error_and_says_what_happened() -> None:
    assert issubclass(DeadlineError, TimeoutError)
    with pytest.raises(UnavailableError, match="503 No: because"):
        Sync(Service(refusal(503, "99"))).price("abc")
