"""The index builder: a collection from somebody's own rows, resumed where it stopped, and served by the service."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from common.errors import ArtifactError, UnavailableError
from common.pricing import PriceRequest, PriceResponse
from common.settings import artifacts_dir
from frontier_rag.app import load_pricer
from frontier_rag.embedder import Embedder
from frontier_rag.settings import Settings
from tests.integration.frontier_rag_peers import chroma_server
from training.frontier_rag.vectors import CHUNK
from training.frontier_rag_index import build_collection, read_priced

ROWS = [
    {"title": "Stand mixer", "description": ["500 W, 5 litres, steel bowl"], "price": 249.0, "main_category": "Appliances"},
    {"title": "Stand mixer", "description": ["500 W, 5 litres, steel bowl"], "price": 249.0, "main_category": "Appliances"},
    {"title": "Gaming laptop", "description": ["16 inch, 32 GB"], "price": "1899.00", "main_category": "Computers"},
    {"title": "Nothing", "description": ["free"], "price": 0},
    {"title": "Unknown", "description": ["no price"], "price": None},
    {"title": "Odd", "description": ["no number"], "price": "nan"},
]


class CountingEmbedder(Embedder):
    """Counts what it embeds, and may fail after some texts."""

    embedded = 0
    most = 10**9

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        if self.embedded + len(texts) > self.most:
            raise UnavailableError("killed")
        self.embedded += len(texts)
        return super().embed(texts)


@pytest.fixture
def embedder() -> CountingEmbedder:
    loaded = CountingEmbedder.load(artifacts_dir() / "embedder")
    assert isinstance(loaded, CountingEmbedder)
    return loaded


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_repeats_and_rows_without_a_usable_price_are_left_out(tmp_path: Path) -> None:
    rows = read_priced([write(tmp_path / "rows.jsonl", ROWS)])
    assert sorted(row.title for row in rows.values()) == ["Gaming laptop", "Stand mixer"]


def price_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, collection: str, chroma_url: str = "") -> PriceResponse:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))

    async def run() -> PriceResponse:
        pricer = await load_pricer(Settings(collection=collection, chroma_url=chroma_url))
        (answer,) = await pricer.price([PriceRequest(title="Gaming laptop", description="16 inch, 32 GB")])
        return answer

    return asyncio.run(run())


def test_an_own_collection_is_built_and_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedder: CountingEmbedder) -> None:
    data = write(tmp_path / "rows.jsonl", ROWS)
    assert asyncio.run(build_collection([data], str(tmp_path / "chroma"), "mine", embedder)) == 2
    answer = price_with(tmp_path, monkeypatch, "mine")
    assert [(each.title, each.price) for each in answer.similar] == [("Gaming laptop", 1899.0), ("Stand mixer", 249.0)]
    assert answer.similar[0].similarity > 0.999
    assert answer.price == pytest.approx(1899.0, rel=0.2)


def test_a_server_can_hold_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedder: CountingEmbedder) -> None:
    data = write(tmp_path / "rows.jsonl", ROWS)
    with chroma_server(tmp_path / "server") as url:
        assert asyncio.run(build_collection([data], url, "mine", embedder)) == 2
        assert price_with(tmp_path, monkeypatch, "mine", url).similar[0].title == "Gaming laptop"


def test_a_killed_build_is_not_served_and_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedder: CountingEmbedder
) -> None:
    count = CHUNK + 20
    data = write(tmp_path / "rows.jsonl", [{"title": f"Lamp {i}", "price": 10 + i} for i in range(count)])
    embedder.most = CHUNK
    with pytest.raises(UnavailableError, match="killed"):
        asyncio.run(build_collection([data], str(tmp_path / "chroma"), "lamps", embedder))
    with pytest.raises(ArtifactError, match=r"not complete; make it with: .*frontier_rag_index"):
        price_with(tmp_path, monkeypatch, "lamps")
    embedder.most = 10**9
    assert asyncio.run(build_collection([data], str(tmp_path / "chroma"), "lamps", embedder)) == count
    assert embedder.embedded == count
