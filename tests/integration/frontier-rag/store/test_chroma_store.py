"""The store over a real Chroma folder and a real Chroma server: loads, restarts, killed loads, foreign collections, silence."""

import asyncio
import os
import signal
import uuid
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil
import pytest
from starlette.testclient import TestClient

from common.errors import ArtifactError, DeadlineExceededError, InvalidInputError, UnavailableError
from frontier_rag.app import create_app
from frontier_rag.products import Entries, GoneError, Product, entry_id
from frontier_rag.store.aliases import Place, fill
from frontier_rag.store.chroma_places import place_of
from frontier_rag.store.chroma_store import WRITE_BATCH, ChromaStore
from frontier_rag.store.followed_alias import open_followed
from pricer.local.ports import free_port
from tests.integration.frontier_rag_peers import chroma_server, silent_server, wait_until

Session = Callable[[Callable[[Place], Coroutine[Any, Any, Any]]], Any]


def entries(count: int) -> Entries:
    vectors = np.random.default_rng(1).normal(size=(count, 8)).astype(np.float32)
    products = [
        Product(f"drill {i}", 10.0 + i, "Toys" if i % 9 == 8 else "Tools", f"text {i}" if i % 2 else "") for i in range(count)
    ]
    return Entries([entry_id(f"id-{i}", each.category) for i, each in enumerate(products)], products, vectors)


async def filled(place: Place, name: str, loaded: Entries, embedder: str = "e1") -> ChromaStore:
    await fill(place, name, loaded, embedder)
    store = await place.open(name, embedder)
    assert store is not None
    return store


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chroma_server(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(params=["folder", "server"])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Session:
    """Runs something with the same place opened anew, as after a restart."""
    setting = request.getfixturevalue("server") if request.param == "server" else str(tmp_path / "chroma")

    def run(use: Callable[[Place], Coroutine[Any, Any, Any]]) -> Any:
        async def opened() -> Any:
            place = await place_of(setting, 30.0)
            try:
                return await use(place)
            finally:
                await place.aclose()

        return asyncio.run(opened())

    return run


@pytest.fixture
def name() -> str:
    return f"products-{uuid.uuid4().hex[:8]}"


def exact(vectors: npt.NDArray[np.float32], query: npt.NDArray[np.float32], count: int) -> list[int]:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return [int(i) for i in np.argsort(-(unit @ (query / np.linalg.norm(query))))[:count]]


def test_the_nearest_products_come_with_text_price_and_cosine(session: Session, name: str) -> None:
    loaded = entries(60)

    async def use(place: Place) -> None:
        store = await filled(place, name, loaded)
        (found,) = await store.nearest(loaded.vectors[7:8], 3)
        assert [each.product for each in found] == [loaded.products[i] for i in exact(loaded.vectors, loaded.vectors[7], 3)]
        assert found[0].similarity == pytest.approx(1.0, abs=1e-5)
        assert found[0].product.text == "text 7"
        await store.aclose()

    session(use)


def test_a_product_comes_back_as_it_was_written(session: Session, name: str) -> None:
    full = Product('A "quoted" 4½″ caf\u00e9', 12.34, "Home > Tools", "text\nof lines \U0001f528", "catalogue", 2021)
    plain = Product("Tools", 5.0, "Tools", source="bundled")
    loaded = Entries(["a.1", "b.2"], [full, plain], np.eye(2, 8, dtype=np.float32))

    async def use(place: Place) -> None:
        store = await filled(place, name, loaded)
        held = await store.products(["a.1", "b.2"])
        assert [held[each][0] for each in loaded.ids] == [full, plain]
        pages = [page async for page in store.named(10, 2)]
        assert [(list(page.ids), list(page.texts)) for page in pages] == [(["a.1"], [f"{full.title}\n{full.text}"])]
        await store.aclose()

    session(use)


def test_a_collection_filled_before_products_were_one_field_is_read_and_written_on(session: Session, name: str) -> None:
    loaded = entries(20)

    async def use(place: Place) -> None:
        store = await place.create(name)
        fields = [{"title": each.title, "price": each.price, "category": each.category} for each in loaded.products]
        marks = [each | {"source": "user", "year": 2020} for each in fields[1:]]
        texts = [each.text for each in loaded.products]
        vectors = list(loaded.vectors)
        await store.connection.call(store.collection.add, loaded.ids, vectors, [fields[0], *marks], texts, seconds=60.0)
        await store.write(next(loaded.batches(3)))
        await place.complete(store, "e1")
        again = await place.open(name, "e1")
        assert again is not None
        (found,) = await again.nearest(loaded.vectors[7:8], 20)
        former = [replace(each, year=2020) for each in loaded.products[3:]]
        assert {each.product for each in found} == {*loaded.products[:3], *former}
        (page,) = [page async for page in again.named(50, 20)]
        assert "drill 7\ntext 7" in page.texts
        await again.aclose()

    session(use)


def test_no_text_is_given_to_chroma_as_a_document(server: str, name: str) -> None:
    async def use() -> list[Any]:
        store = await filled(await place_of(server, 30.0), name, entries(5))
        return list((await store.collection.get())["documents"])

    assert asyncio.run(use()) == [None] * 5


def test_products_of_a_category_come_nearest_first_and_no_others(session: Session, name: str) -> None:
    loaded = entries(90)

    async def use(place: Place) -> None:
        store = await filled(place, name, loaded)
        order = exact(loaded.vectors, loaded.vectors[0], 90)
        toys = [loaded.products[i] for i in order if loaded.products[i].category == "Toys"]
        found = await store.nearest_of(" toys", loaded.vectors[0], 4)
        assert [each.product for each in found] == toys[:4]
        assert [each.similarity for each in found] == sorted((each.similarity for each in found), reverse=True)
        assert len(await store.nearest_of("Toys", loaded.vectors[0], 50)) == 10
        assert await store.nearest_of("Music", loaded.vectors[0], 4) == []
        await store.aclose()

    session(use)


def test_a_restart_finds_the_collection_complete(session: Session, name: str) -> None:
    async def load(place: Place) -> None:
        await fill(place, name, entries(20), "e1")

    async def reopen(place: Place) -> int:
        store = await place.open(name, "e1")
        assert store is not None
        found = await store.check("do it again")
        await store.aclose()
        return found

    session(load)
    assert session(reopen) == 20


def test_a_load_that_was_killed_is_not_complete_and_is_done_again(session: Session, name: str) -> None:
    async def die(place: Place) -> None:
        store = await place.create(name)
        await store.write(next(entries(20).batches(7)))
        await store.aclose()

    async def again(place: Place) -> int:
        assert await place.open(name, "e1") is None
        store = await filled(place, name, entries(20))
        found = await store.count()
        await store.aclose()
        return found

    session(die)
    assert session(again) == 20


def test_what_does_not_belong_into_a_collection_is_dropped_by_the_load(session: Session, name: str) -> None:
    async def use(place: Place) -> int:
        store = await place.create(name)
        await store.write(entries(30))
        await store.aclose()
        store = await filled(place, name, entries(20))
        found = await store.count()
        await store.aclose()
        return found

    assert session(use) == 20


def test_a_collection_of_another_embedder_is_refused_with_the_command_that_makes_it(session: Session, name: str) -> None:
    async def use(place: Place) -> None:
        await fill(place, name, entries(5), "e1")
        with pytest.raises(ArtifactError, match=r"training\.frontier_rag_index"):
            await place.open(name, "e2")

    session(use)


def test_an_embedder_that_was_made_again_of_the_same_files_is_the_same(session: Session, name: str) -> None:
    """Its version has another date, which kept the service from starting."""

    async def use(place: Place) -> int:
        await fill(place, name, entries(5), "2026-11-21.3fa94c")
        store = await place.open(name, "2026-11-29.3fa94c")
        assert store is not None
        found = await store.count()
        await store.aclose()
        return found

    assert session(use) == 5


def test_more_than_one_batch_is_written_and_many_questions_are_answered(session: Session, name: str) -> None:
    many = entries(WRITE_BATCH + 50)

    async def use(place: Place) -> None:
        store = await filled(place, name, many)
        found = await store.nearest(many.vectors[:450], 1)
        hits = sum(row[0].product == many.products[i] for i, row in enumerate(found))
        assert len(found) == 450
        assert hits >= 445
        await store.aclose()

    session(use)


def test_fewer_products_than_asked_for_are_all_found(session: Session, name: str) -> None:
    async def use(place: Place) -> int:
        store = await filled(place, name, entries(3))
        (found,) = await store.nearest(entries(3).vectors[:1], 24)
        await store.aclose()
        return len(found)

    assert session(use) == 3


def test_a_collection_that_was_deleted_while_open_is_said_to_be_gone(server: str, name: str) -> None:
    async def use() -> None:
        place = await place_of(server, 30.0)
        store = await filled(place, name, entries(5))
        assert await place.delete(name)
        assert await place.delete(name)
        with pytest.raises(GoneError):
            await store.nearest(entries(1).vectors, 1)

    asyncio.run(use())


def test_a_folders_index_is_wholly_on_disk_after_a_load(tmp_path: Path) -> None:
    async def use() -> None:
        await fill(await place_of(str(tmp_path), 30.0), "products-x", entries(1500), "e1")

    asyncio.run(use())
    (stored,) = tmp_path.glob("products-x/*/length.bin")
    assert stored.stat().st_size == 4 * 1500


@pytest.mark.parametrize(("products", "graph"), [(400_000, (16, 100)), (400_001, (32, 200))])
def test_a_collection_of_more_products_gets_a_denser_graph(
    session: Session, name: str, products: int, graph: tuple[int, int]
) -> None:
    async def make(place: Place) -> None:
        store = await place.create(name, products)
        await store.write(entries(30))
        await place.complete(store, "e1")

    async def look(place: Place) -> None:
        store = await place.open(name, "e1")
        assert store is not None
        made = store.collection.configuration_json["hnsw"]
        assert (made["max_neighbors"], made["ef_construction"]) == graph
        assert len((await store.nearest(entries(30).vectors[:1], 30))[0]) == 30
        await store.aclose()

    session(make)
    session(look)


@pytest.mark.parametrize("damage", ["*/chroma.sqlite3", "*/*/*.bin"])
def test_a_damaged_folder_is_told_with_what_to_do(tmp_path: Path, damage: str) -> None:
    async def load() -> None:
        await fill(await place_of(str(tmp_path), 30.0), "products-x", entries(1500), "e1")

    async def reopen() -> None:
        await open_followed(await place_of(str(tmp_path), 30.0), "products-x", "e1")

    asyncio.run(load())
    for file in tmp_path.glob(damage):
        file.write_bytes(b"nonsense" * 100)
    with pytest.raises((UnavailableError, ArtifactError), match=r"products-x.*frontier_rag_index"):
        asyncio.run(reopen())


def test_a_server_that_never_answers_is_given_up_at_the_deadline() -> None:
    with silent_server() as url, pytest.raises(DeadlineExceededError, match="did not answer"):
        asyncio.run(place_of(url, 0.3))


def test_a_server_that_falls_silent_costs_a_request_no_more_than_its_deadline(tmp_path: Path, name: str) -> None:
    async def use() -> None:
        with chroma_server(tmp_path / "stopped") as url:
            store = await filled(await place_of(url, 0.5), name, entries(3))
            pid = next(
                each.pid for each in psutil.process_iter(["cmdline"]) if str(tmp_path / "stopped") in (each.info["cmdline"] or [])
            )
            os.kill(pid, signal.SIGSTOP)
            try:
                wait_until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)  # where cores are busy, threads answer on
                with pytest.raises(DeadlineExceededError, match="did not answer within"):
                    await store.nearest(entries(1).vectors, 1)
            finally:
                os.kill(pid, signal.SIGCONT)
            assert len(await store.nearest(entries(1).vectors, 1)) == 1

    asyncio.run(use())


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(UnavailableError):
        asyncio.run(place_of("http://127.0.0.1:9", 5.0))


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="neither the address"):
        asyncio.run(place_of("ftp://somewhere", 5.0))


def test_a_server_that_goes_away_fails_the_question(tmp_path: Path, name: str) -> None:
    async def use(url: str) -> ChromaStore:
        return await filled(await place_of(url, 5.0), name, entries(3))

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
