"""The picture of the bundled products by category, as training/frontier_rag_map.py made it: read, checked, never drawn here.

The figures are Plotly JSON; static/map/ draws them. Knows nothing of vectors.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.artifact import read_artifact
from common.errors import ArtifactError, NotFoundError

FORMAT_VERSION = 2  # frontier-rag reads the same: frontier_rag/places/product_map.py
COMMAND = "uv run python -m training.frontier_rag_map"
FOLDER = "product-map"  # in the folder of artifacts
MEDIA_TYPES = {"flat.json": "application/json", "space.json": "application/json", "picture.png": "image/png"}


@dataclass(frozen=True)
class Category:
    """One entry of the legend: how many points it has and their colour (#rrggbb)."""

    name: str
    colour: str
    count: int


@dataclass(frozen=True)
class ProductMap:
    """A map that is there and whole. `products`: how many the sample was drawn from."""

    version: str
    products: int
    categories: tuple[Category, ...]

    @property
    def points(self) -> int:
        """How many products it shows."""
        return sum(each.count for each in self.categories)


def read_map(folder: Path) -> ProductMap:
    """The map in `folder`; ArtifactError says what is wrong with it and which command makes one."""
    artifact = read_artifact(folder, format_version=FORMAT_VERSION, command=COMMAND)
    try:
        figure = json.loads(artifact.path("flat.json").read_text(encoding="utf-8"))
        products = int(artifact.meta["metrics"]["products"])
        return ProductMap(artifact.version, products, tuple(_category(trace) for trace in figure["data"]))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ArtifactError(f"{folder} holds no map of ours ({exc}); make it with: {COMMAND}") from exc


def read_part(folder: Path, name: str) -> bytes:
    """One file of the map; NotFoundError when it has none of that name or there is no map."""
    if name not in MEDIA_TYPES:
        raise NotFoundError(f"the map has no {name}")
    try:
        return (folder / name).read_bytes()
    except OSError as exc:
        raise NotFoundError(f"there is no map here; make it with: {COMMAND}") from exc


def _category(trace: dict[str, Any]) -> Category:
    colour = str(trace["marker"]["color"])
    if not (len(colour) == 7 and colour[0] == "#" and colour[1:].isalnum()):
        raise ValueError(f"{colour!r} is not a colour")
    return Category(str(trace["name"]), colour, len(trace["x"]))
