"""Make the map of the bundled products: their vectors laid out in two and in three dimensions by t-SNE, coloured by category.

`uv run python -m training.frontier_rag_map` writes artifacts/product-map: Plotly figures that the dashboard draws, and a PNG. It
reads vectors, prices and categories alone, so no product text can get in. The same seed gives the same map.
"""

import argparse
import io
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.artifact import sha256, write_meta
from common.settings import artifacts_dir
from dashboard.product_map import COMMAND, FOLDER, FORMAT_VERSION, MEDIA_TYPES
from frontier_rag.store.bundled_products import Bundle, load_bundle
from training.frontier_rag.map_figure import Points, figure, legend_names, traces

Floats = npt.NDArray[np.float64]
NEAR = 10  # neighbours by which a map is judged
SIZE = (11.6, 6.0)  # inches, at PIXELS each
PIXELS = 100


def sample_of(count: int, wanted: int, seed: int) -> npt.NDArray[np.int64]:
    """Positions of `wanted` of `count` products (all where there are fewer), ascending, drawn without replacement."""
    drawn = np.random.default_rng(seed).choice(count, min(wanted, count), replace=False)
    return np.sort(drawn)


def lay_out(vectors: npt.NDArray[np.float32], dimensions: int, arguments: argparse.Namespace) -> Floats:
    """t-SNE positions [n, dimensions], from the main components onwards. On one thread: the order of sums is then the same."""
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(arguments.perplexity, (len(vectors) - 1) / 3)
    model = TSNE(dimensions, perplexity=perplexity, init="pca", random_state=arguments.seed, n_jobs=1)
    with threadpool_limits(1):
        return np.asarray(model.fit_transform(vectors), np.float64)


def nearest_rows(positions: npt.NDArray[Any], count: int) -> npt.NDArray[np.int64]:
    """The `count` nearest other rows of each row [n, count], by Euclidean distance; for unit vectors that is by cosine."""
    squares = (positions**2).sum(1)
    distances = squares[:, None] - 2 * positions @ positions.T + squares
    np.fill_diagonal(distances, np.inf)
    return np.argpartition(distances, count, axis=1)[:, :count]


def judge(vectors: npt.NDArray[np.float32], positions: Floats, categories: Sequence[str]) -> dict[str, float]:
    """Of each product's NEAR nearest on the map: the share that are also among its nearest by vector, and of its category."""
    count = min(NEAR, len(vectors) - 1)
    shown, true = nearest_rows(positions, count), nearest_rows(vectors.astype(np.float64), count)
    names = np.array(categories)
    kept = float(np.mean([len(np.intersect1d(a, b)) / count for a, b in zip(shown, true, strict=True)]))
    return {
        "kept_neighbours": round(kept, 3),
        "same_category": round(float((names[shown] == names[:, None]).mean()), 3),
        "same_category_by_vector": round(float((names[true] == names[:, None]).mean()), 3),
    }


def draw(flat: Points, space: Points, path: Path) -> None:
    """Both maps side by side as a PNG of few colours."""
    from matplotlib.figure import Figure
    from PIL import Image

    page = Figure(SIZE, PIXELS)
    left: Any = page.add_axes((0.01, 0.1, 0.48, 0.84))
    right: Any = page.add_axes((0.51, 0.1, 0.48, 0.84), projection="3d")
    right.set_box_aspect(None, zoom=1.45)
    for chart, points, title in ((left, flat, "Two dimensions"), (right, space, "Three dimensions")):
        for trace in traces(points):
            places = [trace[axis] for axis in "xyz" if axis in trace]
            chart.scatter(*places, s=4, color=trace["marker"]["color"], linewidths=0, label=trace["name"])
        chart.set_title(title, fontsize=10)
        chart.set_axis_off()
    left.set_aspect("equal")
    page.legend(*left.get_legend_handles_labels(), loc="lower center", ncols=7, fontsize=7, markerscale=2.5, frameon=False)
    drawn = io.BytesIO()
    page.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def save(
    arguments: argparse.Namespace, contents: dict[str, dict[str, Any]], picture: tuple[Points, Points], facts: dict[str, Any]
) -> str:
    """Write the artifact, each file through a temporary name and meta.json last; its version."""
    folder: Path = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.json").unlink(missing_ok=True)
    for name, content in contents.items():
        part = folder / f"{name}.part"
        part.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
        part.replace(folder / name)
    part = folder / "part.png"
    draw(*picture, part)
    part.replace(folder / "picture.png")
    given = {"points": arguments.points, "perplexity": arguments.perplexity, "seed": arguments.seed}
    data = {"frontier-rag/meta.json": sha256(arguments.bundle / "meta.json")}
    artifact = write_meta(
        folder, format_version=FORMAT_VERSION, command=COMMAND, files=list(MEDIA_TYPES), arguments=given, data=data, metrics=facts
    )
    return artifact.version


def make(bundle: Bundle, arguments: argparse.Namespace) -> dict[str, Any]:
    """Lay out, save, and tell what came of it."""
    entries = bundle.entries
    chosen = sample_of(len(entries.products), arguments.points, arguments.seed)
    names = legend_names([product.category for product in entries.products])
    categories = [names[i] for i in chosen]
    prices = [entries.products[i].price for i in chosen]
    vectors = entries.vectors[chosen]
    facts: dict[str, Any] = {"products": len(entries.products), "points": len(chosen)}
    maps = {}
    for name, dimensions in (("flat", 2), ("space", 3)):
        began = time.monotonic()
        maps[name] = Points(lay_out(vectors, dimensions, arguments), categories, prices)
        facts[name] = judge(vectors, maps[name].positions, categories) | {"seconds": round(time.monotonic() - began, 1)}
        print(f"{name}: {facts[name]}", flush=True)
    title = f"{len(chosen):,} of {len(entries.products):,} products by category"
    contents = {f"{name}.json": figure(points, title) for name, points in maps.items()}
    return {"version": save(arguments, contents, (maps["flat"], maps["space"]), facts), **facts}


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument(
        "--bundle", type=Path, default=artifacts_dir() / "frontier-rag", help="what training.frontier_rag_index --export made"
    )
    parser.add_argument(
        "--out", type=Path, default=artifacts_dir() / FOLDER, help="folder of the artifact, where the dashboard looks"
    )
    parser.add_argument("--points", type=int, default=3000, help="products to draw, at random")
    parser.add_argument("--perplexity", type=float, default=30.0, help="about how many neighbours a product is to keep")
    parser.add_argument("--seed", type=int, default=42, help="sample and layout")
    arguments = parser.parse_args(argv)
    print(json.dumps(make(load_bundle(arguments.bundle), arguments)))


if __name__ == "__main__":
    main()
