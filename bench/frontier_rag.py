"""frontier-rag by the size of its collection: `uv run python -m bench.frontier_rag`. The last line is one JSON object.

Grows the bundled vectors to each size by copies with noise, loads them into Chroma in a temporary folder, and measures: the load,
disk, memory, recall@5 against exact search, latency of the store alone, and of POST /price over HTTP without a chat model at
several numbers of clients. Does not measure how long texts take to embed for an index: training.frontier_rag_index tells that.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.descriptions import descriptions
from bench.load import load, tell
from bench.server import Server, serving
from bench.texts import write
from common.settings import artifacts_dir
from frontier_rag.embedder import Embedder
from frontier_rag.products import Entries, entry_id
from frontier_rag.store.aliases import fill, switch
from frontier_rag.store.bundled_products import load_bundle
from frontier_rag.store.chroma_places import FolderPlace
from frontier_rag.store.chroma_store import DENSE, HNSW

ALIAS, NAME = "bench", "bench-000000000000"
DEPTH, K = 24, 5  # products that a request looks at, and over which recall is counted
NOISE = 0.35  # length of the noise beside a vector's 1: a copy's cosine to its original is 0.94, to another copy 0.89
QUERIES = 512
QUERY_SECONDS, PATIENCE = 60.0, 300.0
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Grown:
    """Unit vectors [n, 384], and for each the bundled product that it is a copy of."""

    vectors: Vectors
    origins: npt.NDArray[np.int64]


def grow(vectors: Vectors, size: int, noise: float, seed: int = 42) -> Grown:
    """The vectors themselves, then copies with Gaussian noise of the length `noise`, until there are `size`."""
    rng = np.random.default_rng(seed)
    grown = np.empty((size, vectors.shape[1]), np.float32)
    for start in range(0, size, len(vectors)):
        part = vectors[: size - start]
        scale = noise / np.sqrt(vectors.shape[1]) if start else 0.0
        moved = part + (scale * rng.standard_normal(part.shape)).astype(np.float32)
        grown[start : start + len(part)] = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return Grown(grown, np.arange(size) % len(vectors))


def nearest_exactly(vectors: Vectors, queries: Vectors, count: int) -> npt.NDArray[np.int64]:
    """[len(queries), count] by comparing with every vector, nearest first; 64 queries at a time."""
    rows = []
    for start in range(0, len(queries), 64):
        similarities = queries[start : start + 64] @ vectors.T
        top = (
            np.argpartition(-similarities, count, axis=1)[:, :count] if count < len(vectors) else np.argsort(-similarities, axis=1)
        )
        order = np.argsort(-np.take_along_axis(similarities, top, axis=1), axis=1)
        rows.append(np.take_along_axis(top, order, axis=1))
    return np.concatenate(rows)


def meaning(grown: Grown, plain: Vectors, queries: Vectors) -> dict[str, float]:
    """Whether neighbours among the copies are those among the originals: what share of them copies the DEPTH nearest ones."""
    exact = nearest_exactly(grown.vectors, queries, DEPTH)
    originals = nearest_exactly(plain, queries, DEPTH)
    pairs = list(zip(exact, originals, strict=True))
    kept = [float(np.isin(grown.origins[near[:K]], original).mean()) for near, original in pairs]
    distinct = [len(set(grown.origins[near].tolist())) for near, _ in pairs]
    nearest = np.einsum("ij,ij->i", queries, grown.vectors[exact[:, 0]])
    return {
        "of_the_original_neighbours": round(statistics.mean(kept), 3),
        "distinct_products_of_24": round(statistics.mean(distinct), 1),
        "cosine_to_the_nearest": round(float(nearest.mean()), 3),
    }


def entries_of(grown: Grown, bundled: Entries) -> Entries:
    """As a collection: each copy with the price and category of its original."""
    products = [bundled.products[origin] for origin in grown.origins.tolist()]
    return Entries([entry_id(f"{i:08x}", each.category) for i, each in enumerate(products)], products, grown.vectors)


async def build(place: FolderPlace, loaded: Entries, embedder: str) -> dict[str, float]:
    """Load and take into use; products a second."""
    started = time.perf_counter()
    await fill(place, NAME, loaded, embedder)
    await switch(place, ALIAS, NAME, 0)
    seconds = time.perf_counter() - started
    return {"seconds": round(seconds, 1), "per_second": round(len(loaded.ids) / seconds, 1)}


async def search_wider(place: FolderPlace, width: int) -> None:
    """Let each search of the collection keep `width` candidates (HNSW's ef_search)."""
    store = await place.create(NAME)
    try:
        await store.connection.call(store.collection.modify, configuration={"hnsw": {"ef_search": width}}, seconds=PATIENCE)
    finally:
        await store.aclose()


async def ask(place: FolderPlace, grown: Grown, queries: Vectors, categories: Sequence[str], embedder: str) -> dict[str, Any]:
    """Recall and latency of the store alone, one query after the other."""
    opened = time.perf_counter()
    store = await place.open(NAME, embedder)
    if store is None:
        raise SystemExit(f"{NAME} is not complete")
    await store.check("")
    figures: dict[str, Any] = {"open_seconds": round(time.perf_counter() - opened, 2)}
    exact = nearest_exactly(grown.vectors, queries, K)
    fifth = np.einsum("ij,ij->i", queries, grown.vectors[exact[:, -1]])
    hits, plain, filtered = 0, [], []
    for i, query in enumerate(queries):
        began = time.perf_counter()
        (found,) = await store.nearest(query[None], DEPTH)
        plain.append(time.perf_counter() - began)
        hits += sum(near.similarity >= fifth[i] - 1e-5 for near in found[:K])  # ties count as found
        began = time.perf_counter()
        await store.nearest_of(categories[i % len(categories)], query, 2 * K)
        filtered.append(time.perf_counter() - began)
    await store.aclose()
    return figures | {
        "recall_at_5": round(hits / exact.size, 4),
        "nearest": percentiles(plain),
        "of_a_category": percentiles(filtered),
    }


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """In milliseconds."""
    best, median, last = (float(each) for each in np.percentile(np.array(seconds) * 1000, [0, 50, 99]))
    return {"best_ms": round(best, 2), "p50_ms": round(median, 2), "p99_ms": round(last, 2)}


def over_http(root: Path, texts: Path, clients: Sequence[int], seconds: float) -> dict[str, Any]:
    """POST /price at the real service, in a process of its own, over the collection in `root`."""
    environment = {"CHROMA_URL": str(root), "FRONTIER_RAG_COLLECTION": ALIAS, "OMP_WAIT_POLICY": "PASSIVE"}
    environment |= {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": "", "FRONTIER_RAG_CHAT_ENDPOINTS": "", "VAR_DIR": str(root / "var")}
    with serving("frontier_rag", port_name="FRONTIER_RAG_PORT", environment=environment, patience=PATIENCE) as server:
        load(server.url, texts, seconds=min(2.0, seconds))
        found = {f"price@{count}": loaded(server, texts, count, seconds) for count in clients}
        return found | {"ready_seconds": server.start_seconds, "peak_rss_mb": round(server.memory.peak / 1e6, 1)}


def loaded(server: Server, texts: Path, clients: int, seconds: float) -> dict[str, Any]:
    """The load's figures, and the CPU time of the service for each price."""
    before = server.memory.cpu_seconds
    found = load(server.url, texts, clients=clients, seconds=seconds)
    prices = found["per_second"] * seconds
    return found | {"cpu_ms": round(1000 * (server.memory.cpu_seconds - before) / prices, 2) if prices else None}


def disk_mb(folder: Path) -> float:
    """Everything below the folder."""
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6, 1)


def measure(size: int, arguments: argparse.Namespace, texts: Sequence[str], queries: Vectors, embedder: str) -> dict[str, Any]:
    """All figures of one size; its folder is gone afterwards."""
    bundled = load_bundle(artifacts_dir() / "frontier-rag").entries
    grown = grow(bundled.vectors, size, arguments.noise)
    categories = [each.category for each in bundled.products[:: len(bundled.products) // 50]]
    with tempfile.TemporaryDirectory(prefix="bench-frontier-rag-", dir=arguments.folder) as folder:
        root = Path(folder)
        place = FolderPlace(root / "chroma", QUERY_SECONDS)
        figures: dict[str, Any] = {"products": size, "neighbours": meaning(grown, bundled.vectors, queries)}
        figures["build"] = asyncio.run(build(place, entries_of(grown, bundled), embedder))
        figures["disk_mb"] = disk_mb(root)
        figures["store"] = asyncio.run(ask(place, grown, queries, categories, embedder))
        figures["wider"] = {}
        for width in arguments.ef_search:
            asyncio.run(search_wider(place, width))
            figures["wider"][width] = asyncio.run(ask(place, grown, queries, categories, embedder))
            tell(f"ef_search {width}", figures["wider"][width])
        figures["http"] = over_http(root / "chroma", write(root, "texts", texts), arguments.clients, arguments.seconds)
    print(json.dumps(figures), flush=True)
    return figures


def main() -> None:
    """Measure every size and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sizes = [17_000, 100_000, 400_000]
    parser.add_argument("--sizes", type=int, nargs="+", default=sizes, help="products of each collection (default: %(default)s)")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8], help="clients at once (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each load over HTTP (default: %(default)s)")
    parser.add_argument("--noise", type=float, default=NOISE, help="length of a copy's noise beside 1 (default: %(default)s)")
    parser.add_argument("--ef-search", type=int, nargs="*", default=[], help="the store alone with these besides, narrowest first")
    parser.add_argument("--max-neighbors", type=int, help="links of a product (default: as the service has it)")
    parser.add_argument("--ef-construction", type=int, help="products looked at for these (the same)")
    parser.add_argument("--folder", type=Path, help="where temporary folders go; 1.3 GB at 400,000 (default: the system's)")
    arguments = parser.parse_args()
    given = {"max_neighbors": arguments.max_neighbors, "ef_construction": arguments.ef_construction}
    graph = {name: value for name, value in given.items() if value}
    HNSW.update(graph)
    DENSE.update(graph)
    embedder = Embedder.load(artifacts_dir() / "embedder")
    texts = descriptions(QUERIES)
    queries = embedder.embed(texts)
    before = os.getloadavg()[0]
    figures = [measure(size, arguments, texts, queries, embedder.version) for size in arguments.sizes]
    told = {"bench": "frontier_rag", "cores": os.cpu_count(), "load_before": round(before, 2), "noise": arguments.noise} | graph
    print(json.dumps(told | {"queries": len(texts), "sizes": figures}))


if __name__ == "__main__":
    main()
