"""Make the map of the bundled products: their vectors laid out in two and in three dimensions by t-SNE, coloured by category.

`uv run python -m training.frontier_rag_map` writes artifacts/product-map: Plotly figures that the dashboard draws, a PNG, and which
product lies where, by which frontier-rag places other texts. It reads vectors, prices and categories alone, so no product text can
get in. The same seed gives the same map.
"""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common.artifact import sha256, write_meta
from common.settings import artifacts_dir
from dashboard.models.product_map import COMMAND, FOLDER, FORMAT_VERSION, MEDIA_TYPES
from frontier_rag.places.product_map import FILE, POINT
from frontier_rag.store.bundled_products import Bundle, load_bundle
from training.command_line.arguments import Help, arguments_of, made_from
from training.data.whole_files import whole_file
from training.frontier_rag.map_figure import Points, figure, legend_names, scaled
from training.frontier_rag.map_layout import Layout, judge, lay_out, sample_of
from training.frontier_rag.map_picture import draw

DIMENSIONS = {"flat": 2, "space": 3}


@dataclass(frozen=True)
class Run:
    """The folders of the bundle and of the artifact, and how products are laid out."""

    bundle: Path
    out: Path
    layout: Layout


def parse(argv: Sequence[str] | None = None) -> Run:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
    add = parser.add_argument
    add("--bundle", type=Path, default=artifacts_dir() / "frontier-rag", help="what training.frontier_rag_index --export made")
    add("--out", type=Path, default=artifacts_dir() / FOLDER, help="folder of the artifact, where the dashboard looks")
    add("--points", type=int, default=10_000, help="products to draw, at random")
    add("--perplexity", type=float, default=30.0, help="about how many neighbours a product is to keep")
    add("--seed", type=int, default=42, help="sample and layout")
    found = parser.parse_args(argv)
    return made_from(Run, found, layout=made_from(Layout, found))


@dataclass(frozen=True)
class Made:
    """Both maps by name, the bundle's rows that are on them, and what is to be said of them."""

    maps: Mapping[str, Points]
    rows: npt.NDArray[np.int64]
    facts: Mapping[str, Any]


def make(bundle: Bundle, layout: Layout) -> Made:
    """Both maps."""
    entries = bundle.entries
    chosen = sample_of(len(entries.products), layout.points, layout.seed)
    names = legend_names([product.category for product in entries.products])
    categories = [names[i] for i in chosen]
    prices = [entries.products[i].price for i in chosen]
    vectors = entries.vectors[chosen]
    facts: dict[str, Any] = {"products": len(entries.products), "points": len(chosen)}
    maps = {}
    for name, dimensions in DIMENSIONS.items():
        began = time.monotonic()
        maps[name] = Points(lay_out(vectors, dimensions, layout), categories, prices)
        facts[name] = judge(vectors, maps[name].positions, categories) | {"seconds": round(time.monotonic() - began, 1)}
        print(f"{name}: {facts[name]}", flush=True)
    return Made(maps, chosen, facts)


def places(made: Made) -> npt.NDArray[np.void]:
    """The bundle's row of each point and where it lies, in whole numbers as in the figures."""
    table = np.zeros(len(made.rows), POINT)
    table["row"] = made.rows
    for name, points in made.maps.items():
        table[name] = scaled(points.positions)
    return table


def save(run: Run, bundle: str, made: Made) -> str:
    """Write the artifact of the bundle with this version, each file through a temporary name and meta.json last; its version."""
    run.out.mkdir(parents=True, exist_ok=True)
    (run.out / "meta.json").unlink(missing_ok=True)
    title = f"{made.facts['points']:,} of {made.facts['products']:,} products by category"
    for name, points in made.maps.items():
        with whole_file(run.out / f"{name}.json") as part:
            part.write_text(json.dumps(figure(points, title), separators=(",", ":")), encoding="utf-8")
    with whole_file(run.out / "picture.png") as part:
        draw(made.maps["flat"], made.maps["space"], part)
    with whole_file(run.out / FILE) as part, part.open("wb") as file:
        np.save(file, places(made), allow_pickle=False)
    return write_meta(
        run.out,
        format_version=FORMAT_VERSION,
        command=COMMAND,
        files=[*MEDIA_TYPES, FILE],
        bundle=bundle,
        arguments=arguments_of(run.layout),
        data={"frontier-rag/meta.json": sha256(run.bundle / "meta.json")},
        metrics=made.facts,
    ).version


def main(argv: Sequence[str] | None = None) -> None:
    """Lay out, save, and tell what came of it."""
    run = parse(argv)
    bundle = load_bundle(run.bundle)
    made = make(bundle, run.layout)
    print(json.dumps({"version": save(run, bundle.version, made), **made.facts}))


if __name__ == "__main__":
    main()
