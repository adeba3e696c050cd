"""Meaning over HTTP: in batches, and not at all while the peer is away, hangs, or answers something else."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from common.breaker import ByCooldown, CircuitBreaker
from common.client import ServiceClient
from scanner.watchlist.desk import Embedded
from scanner.watchlist.embedding_client import BATCH, LONGEST, FrontierRagEmbedder

Answer = Callable[[list[str]], Any]


class Peer:
    """Answers POST /embed as it is told, and remembers what it was asked."""

    def __init__(self, answer: Answer, status: int = 200) -> None:
        self.answer, self.status = answer, status
        self.asked: list[list[str]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert request.url.path == "/embed"
        texts = json.loads(request.content)["texts"]
        self.asked.append(texts)
        return httpx2.Response(self.status, json=self.answer(texts))


def lengths(texts: list[str]) -> Any:
    return {"model": "m@1", "vectors": [[float(len(text)), 1.0] for text in texts]}


def embedder_of(peer: Any, timeout: float = 5.0, clock: Callable[[], float] = time.monotonic) -> FrontierRagEmbedder:
    client = ServiceClient("frontier-rag", "http://rag", timeout=timeout, transport=httpx2.MockTransport(peer))
    return FrontierRagEmbedder(client, CircuitBreaker(ByCooldown(30.0, clock=clock), clock))


def ask(embedder: FrontierRagEmbedder, texts: list[str]) -> Embedded | None:
    async def run() -> Embedded | None:
        try:
            return await embedder.embed(texts)
        finally:
            await embedder.aclose()

    return asyncio.run(run())


def test_texts_are_asked_for_in_batches_and_come_back_in_order() -> None:
    peer = Peer(lengths)
    found = ask(embedder_of(peer), ["x" * (n + 1) for n in range(BATCH + 3)])
    assert found is not None
    assert (found.model, [vector[0] for vector in found.vectors]) == ("m@1", [float(n + 1) for n in range(BATCH + 3)])
    assert [len(each) for each in peer.asked] == [BATCH, 3]


def test_only_so_much_of_a_text_is_sent() -> None:
    peer = Peer(lengths)
    ask(embedder_of(peer), ["x" * 5_000])
    assert len(peer.asked[0][0]) == LONGEST


@pytest.mark.parametrize(
    "answer",
    [
        lambda texts: {"model": "m@1", "vectors": [[1.0]] * (len(texts) + 1)},
        lambda texts: {"model": "m@1", "vectors": [[] for _ in texts]},
        lambda texts: {"model": "", "vectors": [[1.0] for _ in texts]},
        lambda texts: {"model": "m@1", "vectors": [["near"] for _ in texts]},
        lambda texts: {"price": 3},
        lambda texts: [1, 2],
    ],
)
def test_an_answer_of_another_form_tells_nothing(answer: Answer) -> None:
    assert ask(embedder_of(Peer(answer)), ["a", "b"]) is None


def test_a_number_that_is_none_tells_nothing() -> None:
    def odd(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=b'{"model": "m@1", "vectors": [[NaN]]}', headers={"content-type": "application/json"})

    assert ask(embedder_of(odd), ["a"]) is None


@pytest.mark.parametrize("status", [404, 422, 429, 500, 503])
def test_a_refusal_tells_nothing(status: int) -> None:
    assert ask(embedder_of(Peer(lambda _: {"detail": "no"}, status)), ["a"]) is None


def test_a_peer_that_hangs_is_waited_for_within_the_deadline() -> None:
    async def hanging(_: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(60)
        raise AssertionError("nobody waits")

    started = time.monotonic()
    assert ask(embedder_of(hanging, timeout=0.2), ["a"]) is None
    assert time.monotonic() - started < 10


def test_a_peer_that_fails_again_and_again_is_left_alone_for_a_while() -> None:
    moment = [0.0]
    peer = Peer(lengths, 500)

    async def run() -> None:
        embedder = embedder_of(peer, clock=lambda: moment[0])
        for _ in range(5):
            assert await embedder.embed(["a"]) is None
            moment[0] += 3.0  # past the pause that a failure asks for
        assert len(peer.asked) == 3
        peer.status, moment[0] = 200, 100.0
        assert await embedder.embed(["a"]) is not None
        await embedder.aclose()

    asyncio.run(run())


def test_two_models_in_one_answer_tell_nothing() -> None:
    models = iter(("m@1", "m@2"))
    peer = Peer(lambda texts: {"model": next(models), "vectors": [[1.0] for _ in texts]})
    assert ask(embedder_of(peer), ["a"] * (BATCH + 1)) is None
