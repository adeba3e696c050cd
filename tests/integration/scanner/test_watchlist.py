"""The watchlist on both databases, and with meaning as frontier-rag tells it over HTTP."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from common.deals import Match, Opportunity
from common.errors import InvalidInputError, NotFoundError
from common.settings import artifacts_dir
from frontier_rag.app import Fakes as RagFakes
from frontier_rag.app import create_app as create_rag
from frontier_rag.embedder import Embedder
from frontier_rag.service import FrontierRag
from scanner.app import Fakes, create_app
from scanner.deal_data import Judged
from scanner.settings import Settings
from scanner.store.store import Store, open_store
from scanner.watchlist.watch import MOST_WATCHES, WatchFields
from tests.integration.scanner.conftest import scan
from tests.integration.scanner.desks import Desks
from tests.unit.frontier_rag_fakes import FakeEstimator, FakeStore
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, FakeStream, item, item_of_today, judgement, new_deal, past, rss
from tests.waiting import until, until_ready

A = "https://a.example/rss"
TV = WatchFields(text="65 inch OLED TV under 1200", channels=("phone",))


def with_store(url: str, use: Callable[[Store], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await open_store(url, lambda: None)
        try:
            await use(store)
        finally:
            await store.aclose()

    asyncio.run(run())


def test_watches_survive_with_their_vectors(database_url: str) -> None:
    async def keep(store: Store) -> None:
        made = (await store.watches.add(TV, NOW)).watch
        await store.watches.keep_vectors({made.id: [0.6, 0.8]}, "m@1")
        await store.watches.add(WatchFields(text="drill", enabled=False), NOW)

    async def read(store: Store) -> None:
        first, second = await store.watches.all()
        assert (first.fields, first.created, first.embedder) == (TV, NOW, "m@1")
        assert first.vector is not None
        assert list(first.vector) == pytest.approx([0.6, 0.8])
        assert [each.id for each in await store.watches.enabled()] == [first.id]
        same = await store.watches.change(first.id, lambda each: each.model_copy(update={"target_price": 900.0}), NOW)
        assert same.embedder == "m@1"  # the words are the same
        other = await store.watches.change(first.id, lambda _: WatchFields(text="saw"), NOW)
        assert (other.vector, other.embedder) == (None, None)
        await store.watches.remove(second.id)
        with pytest.raises(NotFoundError):
            await store.watches.get(second.id)

    with_store(database_url, keep)
    with_store(database_url, read)


def test_there_is_a_bound_to_what_is_watched(database_url: str) -> None:
    async def use(store: Store) -> None:
        for number in range(MOST_WATCHES):
            await store.watches.add(WatchFields(text=f"drill {number}"), NOW)
        with pytest.raises(InvalidInputError, match="remove one first"):
            await store.watches.add(TV, NOW)
        assert len(await store.watches.all()) == MOST_WATCHES

    with_store(database_url, use)


def test_what_matched_is_told_page_by_page_and_goes_with_its_watch(database_url: str) -> None:
    async def use(store: Store) -> None:
        watch = (await store.watches.add(TV, NOW)).watch
        await store.deals.add_deals([new_deal(past(n, 60.0 + n)) for n in range(3)], NOW)
        judged = []
        for deal in await store.deals.unpriced(10):
            matches = [
                Match(kind="watch", id=watch.id, name="tv"),
                Match(kind="watch", id=999, name="gone"),
                Match(kind="rule", id=1, name="r"),
            ]
            opportunity = Opportunity.model_validate(
                {"id": deal.key, "deal": deal.model_dump(), "estimate": 90, "low": 80, "high": 99, "discount": 20, "created": NOW}
                | {"matches": [each.model_dump() for each in matches]}
            )
            judged.append(Judged(deal, judgement(), opportunity, is_alert=True))
        await store.deals.record_judged(judged, NOW)
        first = await store.watches.matches(watch.id, None, 2)
        rest = await store.watches.matches(watch.id, first.next, 2)
        assert (len(first.items), len(rest.items), rest.next) == (2, 1, None)
        assert len({each["opportunity"]["id"] for each in [*first.items, *rest.items]}) == 3
        assert (await store.watches.get(watch.id)).matched == 3
        await store.watches.remove(watch.id)
        with pytest.raises(NotFoundError):
            await store.watches.matches(watch.id, None, 2)

    with_store(database_url, use)


def test_the_number_of_a_removed_watch_does_not_come_again(database_url: str) -> None:
    """Who snoozed it would hear nothing of the next one."""

    async def use(store: Store) -> None:
        removed = (await store.watches.add(TV, NOW)).watch
        await store.watches.remove(removed.id)
        assert (await store.watches.add(WatchFields(text="saw"), NOW)).watch.id > removed.id

    with_store(database_url, use)


def test_who_wants_a_deal_is_asked_again_when_a_person_puts_its_price_right(database_url: str) -> None:
    desks = Desks(database_url)
    with desks.running():
        for text in ("Acme drill under 20", "Acme drill under 70"):
            desks.post("/watchlist", 201, text=text)
        desks.scan(item("Acme QX100 Drill for $9"))  # too good to be believed
        assert [desks.get(f"/watchlist/{number}")["matched"] for number in (1, 2)] == [1, 1]
        desks.post("/review/1", price=60.0)
        (told,) = desks.wait_pushed(1)
        assert [each.id for each in told.matches if each.kind == "watch"] == [2]
        assert desks.get("/watchlist/1/matches")["items"] == []
        (match,) = desks.get("/watchlist/2/matches")["items"]
        assert (match["pushed"], match["opportunity"]["deal"]["price"]) == (True, 60.0)


def test_what_was_seen_is_found_by_the_words_of_its_title(database_url: str) -> None:
    async def use(store: Store) -> None:
        await store.deals.add_deals([new_deal(past(n, 60.0 + n)) for n in (1, 2, 400)], NOW)
        found = await store.sightings.seen({"drill", "%"}, NOW)
        assert sorted(each.price for each in found) == [61.0, 62.0]
        assert await store.sightings.seen({"saw_"}, NOW) == []
        assert await store.sightings.seen(set(), NOW) == []
        assert {each.is_now for each in found} == {True}
        assert {each.is_now for each in await store.sightings.seen({"drill"}, NOW + timedelta(days=5))} == {False}
        lowest = await store.sightings.lowest(["acme qx100"], ["new"], NOW)
        assert lowest is not None
        assert lowest.told().startswith("$61 on ")
        assert await store.sightings.lowest(["acme qx100"], ["used"], NOW) is None

    with_store(database_url, use)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with httpx2.Client(trust_env=False) as http:
        until(lambda: server.started and http.get(f"{url}/readyz").status_code == 200)
    yield url
    server.should_exit = True
    thread.join(20)
    listener.close()


@pytest.fixture(scope="module")
def frontier_rag() -> Iterator[str]:
    """The real one's embedder over HTTP."""
    embedder = Embedder.load(artifacts_dir() / "embedder", 2)
    with served(create_rag(RagFakes(FrontierRag(embedder, FakeStore([]), FakeEstimator())))) as url:
        yield url


@contextmanager
def scanner(folder: Path, rag: str, *titles: str) -> Iterator[TestClient]:
    settings = Settings(
        database_url=f"sqlite:///{folder / 'scanner.sqlite3'}",
        feeds=A,
        interval=0,
        baseline="recent",
        frontier_rag_url=rag,
        list_saving=1e6,
    )
    items = [item_of_today(title, number=number) for number, title in enumerate(titles)]
    fakes = Fakes(FakeSource({A: rss(*items)}), FakeJudge(worth=1_000.0), FakeStream())
    with TestClient(create_app(fakes, settings)) as client:
        until_ready(client)
        yield client


TITLES = (
    'Lumen 65" Class OLED 4K Smart TV for $999',
    'Lumen 55" Class OLED 4K Smart TV for $899',
    "65 inch OLED TV Wall Mount for $40",
    "Logitech G502 Hero for $35",
    "Apple AirPods Pro (2nd Generation) for $179",
    "Silicone Case for AirPods Pro 2 for $9",
    'Volta 27" 1440p 144Hz FreeSync IPS for $150',
)
WATCHES = ("65 inch OLED TV under 1200", "Logitech G502 mouse < 40", "AirPods Pro 2 below $180", "27 inch 1440p monitor max 200")


def told(client: TestClient) -> dict[str, list[str]]:
    found = {}
    for each in client.get("/watchlist").json()["items"]:
        items = client.get(f"/watchlist/{each['id']}/matches").json()["items"]
        found[each["text"]] = [match["opportunity"]["deal"]["title"] for match in items]
    return found


def test_meaning_finds_what_leaves_out_the_word_for_what_it_is(frontier_rag: str, tmp_path: Path) -> None:
    with scanner(tmp_path, frontier_rag, *TITLES) as client:
        for text in WATCHES:
            assert client.post("/watchlist", json={"text": text}).status_code == 201
        assert scan(client)["alerts"] == 3  # the mouse is too cheap to be believed, and waits for a look
        assert told(client) == dict(zip(WATCHES, ([TITLES[0]], [TITLES[3]], [TITLES[4]], [TITLES[6]]), strict=True))


def test_where_nobody_tells_meaning_the_words_do(tmp_path: Path) -> None:
    with scanner(tmp_path, "http://127.0.0.1:9", *TITLES) as client:
        for text in WATCHES:
            client.post("/watchlist", json={"text": text})
        assert scan(client)["alerts"] == 2
        assert told(client) == dict(zip(WATCHES, ([TITLES[0]], [TITLES[3]], [TITLES[4]], []), strict=True))
