"""The index builder as a process: killed and run again, in a folder and on a server, served while it is made anew."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from common.errors import UnavailableError
from common.pricing import PriceRequest, PriceResponse
from common.settings import artifacts_dir
from frontier_rag.app import load_pricer
from frontier_rag.embedder import Embedder
from frontier_rag.settings import Settings
from frontier_rag.store.aliases import sweep
from frontier_rag.store.chroma_places import place_of
from frontier_rag.store.followed_alias import open_followed
from tests.integration.frontier_rag_peers import chroma_server, wait_until

ROWS = [
    {"title": "Stand mixer", "description": ["500 W, 5 litres, steel bowl"], "price": 249.0, "main_category": "Appliances"},
    {"title": "Stand mixer", "description": ["500 W, 5 litres, steel bowl"], "price": 249.0, "main_category": "Appliances"},
    {"title": "Gaming laptop", "description": ["16 inch, 32 GB"], "price": "1899.00", "main_category": "Computers"},
    {"title": "Nothing", "description": ["free"], "price": 0},
    {"title": "Unknown", "description": ["no price"], "price": None},
    {"title": "Odd", "description": ["no number"], "price": "nan"},
]
LAPTOP = PriceRequest(title="Gaming laptop", description="16 inch, 32 GB")


def lamps(count: int, first: int = 0) -> list[dict[str, object]]:
    return [{"title": f"Lamp {i}", "price": 10 + i} for i in range(first, first + count)]


def write(path: Path, rows: Sequence[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def command(folder: Path, data: Path, chroma: str, *more: str) -> list[str]:
    start = [sys.executable, "-m", "training.frontier_rag_index", "--data", str(data), "--chroma", chroma]
    return [*start, "--cache", str(folder / "cache"), "--alias", "mine", "--grace", "0", *more]


def index(folder: Path, rows: Sequence[dict[str, object]], chroma: str = "", *more: str) -> dict[str, Any]:
    """Run the script; what its last line says."""
    data = write(folder / "rows.jsonl", rows)
    started = command(folder, data, chroma or str(folder / "chroma"), *more)
    done = subprocess.run(started, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(params=["folder", "server"])
def chroma(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The one setting that says where Chroma is."""
    if request.param == "folder":
        yield str(tmp_path / "chroma")
        return
    with chroma_server(tmp_path / "server") as url:
        yield url.removeprefix("http://")


def price_with(chroma: str, *requests: PriceRequest) -> list[PriceResponse]:
    async def run() -> list[PriceResponse]:
        pricer = await load_pricer(Settings(collection="mine", chroma_url=chroma))
        try:
            return list(await pricer.price(requests))
        finally:
            await pricer.aclose()

    return asyncio.run(run())


def test_products_are_indexed_each_once_and_served(tmp_path: Path, chroma: str) -> None:
    told = index(tmp_path, ROWS, chroma)
    assert (told["products"], told["distinct"], told["rejected"], told["found_by_own_vector"]) == (2, 2, 3, 1.0)
    (answer,) = price_with(chroma, LAPTOP)
    assert [(each.title, each.price) for each in answer.similar] == [
        ("Gaming laptop (near-identical)", 1899.0),
        ("Stand mixer", 249.0),
    ]
    assert answer.similar[0].similarity > 0.999
    assert answer.price == pytest.approx(1899.0, rel=0.2)


def test_without_texts_categories_stand_for_titles(tmp_path: Path, chroma: str) -> None:
    index(tmp_path, ROWS, chroma, "--no-text")
    (answer,) = price_with(chroma, LAPTOP)
    assert [each.title for each in answer.similar] == [
        "A product in Computers, about $1,900 (near-identical)",
        "A product in Appliances, about $250",
    ]
    for file in (tmp_path / "chroma").rglob("*"):
        assert not file.is_file() or b"16 inch" not in file.read_bytes()


def test_a_category_filters_what_is_shown(tmp_path: Path, chroma: str) -> None:
    rows = [{"title": f"Lamp {i}", "price": 10 + i, "category": "Toys" if i % 3 else "Tools"} for i in range(30)]
    index(tmp_path, rows, chroma)
    asked = [PriceRequest(description="a big lamp", category=each) for each in ("Tools", "Music")]
    tools, music = price_with(chroma, *asked)
    assert all((each.price - 10) % 3 == 0 for each in tools.similar)
    assert len(tools.similar) == len(music.similar) == 5
    assert tools.price == music.price


def test_a_run_that_was_killed_goes_on_where_it_stopped(tmp_path: Path) -> None:
    count, chroma = 1600, str(tmp_path / "chroma")
    data = write(tmp_path / "rows.jsonl", lamps(count))
    process = subprocess.Popen(command(tmp_path, data, chroma), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: any(tmp_path.glob("cache/*/*.keys.npy")))
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    with pytest.raises(UnavailableError, match=r"mine is not there or not complete; make it with: .*frontier_rag_index"):
        price_with(chroma, LAPTOP)
    told = index(tmp_path, lamps(count))
    assert 0 < told["embedded"] < count
    assert told["products"] == count


def test_a_run_that_was_killed_while_writing_is_made_good(tmp_path: Path, chroma: str) -> None:
    count = 6000
    vectors = write(tmp_path / "rows.jsonl", lamps(count))
    embedded = index(tmp_path, lamps(count), str(tmp_path / "elsewhere"))["embedded"]
    process = subprocess.Popen(command(tmp_path, vectors, chroma), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    for line in process.stdout:
        if line.startswith("writing: 2,000"):
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    told = index(tmp_path, lamps(count), chroma)
    assert (embedded, told["embedded"], told["products"]) == (count, 0, count)
    answers = price_with(chroma, *(PriceRequest(description=f"Lamp {i}") for i in range(0, count, 600)))
    assert [answer.similar[0].price for answer in answers] == [10.0 + i for i in range(0, count, 600)]


def test_the_same_again_changes_nothing_and_new_products_alone_are_embedded(tmp_path: Path) -> None:
    first = index(tmp_path, lamps(20))
    assert index(tmp_path, lamps(20)) | {"seconds": 0} == first | {"embedded": 0, "seconds": 0}
    assert index(tmp_path, lamps(25))["embedded"] == 5


def test_a_reindex_under_load_fails_no_request_and_leaves_one_version(tmp_path: Path, chroma: str) -> None:
    before = index(tmp_path, [*ROWS, *lamps(40)], chroma)
    after: dict[str, Any] = {}

    async def run() -> tuple[int, list[str], list[str]]:
        embedder = Embedder.load(artifacts_dir() / "embedder")
        vectors = embedder.embed([LAPTOP.text])
        followed = await open_followed(await place_of(chroma, 30.0), "mine", embedder.version, pause=0.05)
        done = asyncio.Event()

        async def ask() -> int:
            asked = 0
            while not done.is_set():
                (found,) = await followed.nearest(["x"] * len(vectors), vectors, 3)
                assert found[0].product.title == "Gaming laptop"
                asked += 1
            return asked

        clients = [asyncio.create_task(ask()) for _ in range(4)]
        for lamp_count in (41, 42):
            more = ("--grace", "1.5")
            after.update(await asyncio.to_thread(index, tmp_path, [*ROWS, *lamps(lamp_count)], chroma, *more))
            async with asyncio.timeout(20):
                while followed.collection != after["collection"]:  # noqa: ASYNC110 (a change in the store tells nobody)
                    await asyncio.sleep(0.02)
        done.set()
        answers = sum(await asyncio.gather(*clients))
        place = followed.place
        deleted = await sweep(place, "mine")
        names = [name for name in await place.names() if name.startswith("mine-")]
        await followed.aclose()
        return answers, deleted, names

    answers, deleted, names = asyncio.run(run())
    assert answers > 50
    assert names == [after["collection"]]
    assert len(after["deleted"] + deleted) == 1
    assert before["collection"] not in names


def test_a_collection_that_comes_late_is_opened_by_the_next_try(tmp_path: Path) -> None:
    chroma = str(tmp_path / "chroma")
    with pytest.raises(UnavailableError, match="not there"):
        price_with(chroma, LAPTOP)
    index(tmp_path, ROWS)
    assert price_with(chroma, LAPTOP)[0].similar[0].price == 1899.0


def test_data_without_any_product_is_refused_with_the_reasons(tmp_path: Path) -> None:
    data = write(tmp_path / "rows.jsonl", [{"title": "Lamp", "price": 0}])
    done = subprocess.run(
        command(tmp_path, data, str(tmp_path / "chroma")), capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode != 0
    assert "no usable price" in done.stderr
    assert not (tmp_path / "chroma").exists()


def test_a_server_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    data = write(tmp_path / "rows.jsonl", lamps(3))
    done = subprocess.run(command(tmp_path, data, "127.0.0.1:9"), capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode != 0
    assert "not indexed: the Chroma server at 127.0.0.1 failed" in done.stderr
    assert "Traceback" not in done.stderr
