"""The store over a real Chroma folder and a real Chroma server: loads, restarts, killed loads, foreign collections, silence."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from starlette.testclient import TestClient

from common.errors import ArtifactError, DeadlineExceededError, InvalidInputError, UnavailableError
from frontier_rag.app import create_app
from frontier_rag.chroma_store import WRITE_BATCH, ChromaStore, Connection, connect, create, fill, open_complete
from frontier_rag.products import Entries, Product
from tests.integration.frontier_rag_peers import chroma_server, free_port, silent_server, wait_until

Session = Callable[[Callable[[Connection], Coroutine[Any, Any, Any]]], Any]


def entries(count: int) -> Entries:
    vectors = np.random.default_rng(1).normal(size=(count, 8)).astype(np.float32)
    products = [Product(f"drill {i}", 10.0 + i, "Tools", f"text {i}" if i % 2 else "", "user") for i in range(count)]
    return Entries([f"id-{i}" for i in range(count)], products, vectors)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chroma_server(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(params=["folder", "server"])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Session:
    """Runs something with a new connection to the same store, as after a restart."""
    url = request.getfixturevalue("server") if request.param == "server" else ""

    def run(use: Callable[[Connection], Coroutine[Any, Any, Any]]) -> Any:
        async def connected() -> Any:
            return await use(await connect(url, tmp_path / "chroma", 30.0))

        return asyncio.run(connected())

    return run


@pytest.fixture
def name() -> str:
    return f"products-{uuid.uuid4().hex[:8]}"


def exact(vectors: npt.NDArray[np.float32], query: npt.NDArray[np.float32], count: int) -> list[int]:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return [int(i) for i in np.argsort(-(unit @ (query / np.linalg.norm(query))))[:count]]


def test_the_nearest_products_come_with_text_price_and_cosine(session: Session, name: str) -> None:
    loaded = entries(60)

    async def use(connection: Connection) -> None:
        store = await fill(connection, name, loaded, "e1")
        (found,) = await store.nearest(loaded.vectors[7:8], 3)
        assert [each.product for each in found] == [loaded.products[i] for i in exact(loaded.vectors, loaded.vectors[7], 3)]
        assert found[0].similarity == pytest.approx(1.0, abs=1e-5)
        assert found[0].product.text == "text 7"

    session(use)


def test_a_restart_finds_the_collection_complete(session: Session, name: str) -> None:
    async def load(connection: Connection) -> None:
        assert await open_complete(connection, name, "e1") is None
        await fill(connection, name, entries(20), "e1")

    async def reopen(connection: Connection) -> int:
        store = await open_complete(connection, name, "e1")
        assert store is not None
        return await store.count()

    session(load)
    assert session(reopen) == 20


def test_a_load_that_was_killed_is_not_complete_and_is_done_again(session: Session, name: str) -> None:
    async def die(connection: Connection) -> None:
        store = await create(connection, name)
        await store.write(Entries(*(part[:7] for part in (entries(20).ids, entries(20).products, entries(20).vectors))))

    async def again(connection: Connection) -> int:
        assert await open_complete(connection, name, "e1") is None
        return await (await fill(connection, name, entries(20), "e1")).count()

    session(die)
    assert session(again) == 20


def test_what_does_not_belong_into_a_collection_is_dropped_by_the_load(session: Session, name: str) -> None:
    async def use(connection: Connection) -> int:
        await (await create(connection, name)).write(entries(30))
        return await (await fill(connection, name, entries(20), "e1")).count()

    assert session(use) == 20


def test_a_collection_of_another_embedder_is_refused_with_the_command_that_makes_it(session: Session, name: str) -> None:
    async def use(connection: Connection) -> None:
        await fill(connection, name, entries(5), "e1")
        with pytest.raises(ArtifactError, match=r"training\.frontier_rag_index"):
            await open_complete(connection, name, "e2")

    session(use)


def test_more_than_one_batch_is_written_and_many_questions_are_answered(session: Session, name: str) -> None:
    many = entries(WRITE_BATCH + 50)

    async def use(connection: Connection) -> ChromaStore:
        store = await fill(connection, name, many, "e1")
        found = await store.nearest(many.vectors[:450], 1)
        hits = sum(row[0].product == many.products[i] for i, row in enumerate(found))
        assert len(found) == 450
        assert hits >= 445
        return store

    session(use)


def test_fewer_products_than_asked_for_are_all_found(session: Session, name: str) -> None:
    async def use(connection: Connection) -> int:
        store = await fill(connection, name, entries(3), "e1")
        (found,) = await store.nearest(entries(3).vectors[:1], 24)
        return len(found)

    assert session(use) == 3


def test_a_server_that_never_answers_is_given_up_at_the_deadline(tmp_path: Path) -> None:
    with silent_server() as url, pytest.raises(DeadlineExceededError, match="did not answer"):
        asyncio.run(connect(url, tmp_path, 0.3))


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        asyncio.run(connect("http://127.0.0.1:9", tmp_path, 5.0))


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="not the address"):
        asyncio.run(connect("ftp://somewhere", tmp_path, 5.0))


def test_a_server_that_goes_away_fails_the_question(tmp_path: Path, name: str) -> None:
    async def use(url: str) -> ChromaStore:
        return await fill(await connect(url, tmp_path, 5.0), name, entries(3), "e1")

    async def both() -> None:
        with chroma_server(tmp_path / "gone") as url:
            store = await use(url)
        with pytest.raises(UnavailableError):
            await store.nearest(entries(1).vectors, 1)

    asyncio.run(both())


def test_a_server_that_comes_late_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("CHROMA_URL", f"http://127.0.0.1:{port}")
    with TestClient(create_app()) as client:
        wait_until(lambda: "Chroma server" in client.get("/readyz").text)
        with chroma_server(tmp_path / "late", port):
            wait_until(lambda: client.get("/readyz").status_code == 200, 90)
