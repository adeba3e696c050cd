"""Places texts on the map of the bundled products: among the points whose vectors theirs are nearest to.

Reads what training.frontier_rag_map made, and the bundle's vectors in 8 bits. Knows nothing of texts, embedders or HTTP.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from common.artifact import is_same_content, read_artifact
from common.errors import ArtifactError, NotFoundError
from frontier_rag.store.bundled_products import Bundle, load_bundle

FORMAT_VERSION = 2  # the dashboard reads the same: dashboard/models/product_map.py
COMMAND = "uv run python -m training.frontier_rag_map"
FILE = "places.npy"
POINT = np.dtype([("row", "<i4"), ("flat", "<i2", (2,)), ("space", "<i2", (3,))])  # `row`: in the bundle
NEAREST = 5  # points that a place is made of
_BLOCK = 2_000  # vectors that are unpacked at a time: 3 MB
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Place:
    """In the map's units, -1000 to 1000, upwards and to the right; `similarity`: the cosine to the nearest point."""

    flat: tuple[float, float]
    space: tuple[float, float, float]
    similarity: float


@dataclass(frozen=True)
class Points:
    """The map's points: positions [n, 5], flat and in space, and vectors in 8 bits [n, d] with their lengths [n].

    `embedder`: the version of the model that made the vectors.
    """

    version: str
    embedder: str
    positions: Floats
    quantised: npt.NDArray[np.int8]
    lengths: Floats

    def places(self, vectors: Floats) -> list[Place]:
        """One for each unit vector: the median, on each axis, of where the nearest points lie.

        So openTSNE puts new points on a map that is there (TSNEEmbedding.prepare_partial with initialization="median",
        https://opentsne.readthedocs.io/en/stable/api/index.html). A mean lies between two groups, where nothing is.
        """
        similarities = self._similarities(vectors)
        count = min(NEAREST, similarities.shape[1])
        near = np.argpartition(-similarities, count - 1, axis=1)[:, :count]
        found, best = np.median(self.positions[near], axis=1), similarities.max(1)
        return [_place(*each) for each in zip(found.tolist(), best.tolist(), strict=True)]

    def _similarities(self, vectors: Floats) -> Floats:
        starts = range(0, len(self.quantised), _BLOCK)
        parts = [vectors @ self.quantised[start : start + _BLOCK].astype(np.float32).T for start in starts]
        return np.asarray(np.concatenate(parts, 1) / self.lengths, np.float32)


class ProductMap:
    """The map in a folder, read when it is first asked for and again when it or the bundle was made anew."""

    def __init__(self, folder: Path, bundle: Path) -> None:
        self._folder, self._bundle = folder, bundle
        self._lock = threading.Lock()
        self._read: tuple[object, Points] | None = None

    def points(self, embedder: str) -> Points:
        """Those that vectors of this embedder compare with. NotFoundError where there is no map, or it belongs to other vectors."""
        with self._lock:
            state = [_stamp(folder / "meta.json") for folder in (self._folder, self._bundle)]
            if self._read is None or self._read[0] != state:
                self._read = state, _read(self._folder, self._bundle)
            points = self._read[1]
        if not is_same_content(points.embedder, embedder):
            raise NotFoundError(f"the map is of vectors by embedder {points.embedder}, this is {embedder}")
        return points


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _read(folder: Path, bundle_folder: Path) -> Points:
    try:
        artifact = read_artifact(folder, format_version=FORMAT_VERSION, command=COMMAND)
        bundle = load_bundle(bundle_folder)
        if not is_same_content(str(artifact.meta.get("bundle")), bundle.version):
            raise ArtifactError(f"{folder} is a map of bundle {artifact.meta.get('bundle')}, this is {bundle.version}")
        return _joined(artifact.version, _table(artifact.path(FILE)), bundle)
    except ArtifactError as exc:
        raise NotFoundError(f"there is no map of the products: {exc}") from exc


def _table(path: Path) -> npt.NDArray[np.void]:
    try:
        table = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as exc:
        raise ArtifactError(f"{path} cannot be read ({exc}); make it with: {COMMAND}") from exc
    if table.dtype != POINT or table.ndim != 1 or not len(table):
        raise ArtifactError(f"{path} holds no places; make it with: {COMMAND}")
    return np.asarray(table)


def _joined(version: str, table: npt.NDArray[np.void], bundle: Bundle) -> Points:
    every = np.load(bundle.artifact.path("vectors.npy"), mmap_mode="r", allow_pickle=False)
    rows = table["row"]
    if rows.min() < 0 or rows.max() >= len(every):
        raise ArtifactError(f"the map has points that the bundle {bundle.version} does not have; make it with: {COMMAND}")
    quantised = np.asarray(every[rows], np.int8)
    lengths = np.concatenate([np.linalg.norm(part.astype(np.float32), axis=1) for part in _blocks(quantised)])
    positions = np.concatenate((table["flat"], table["space"]), 1).astype(np.float32)
    return Points(version, bundle.embedder, positions, quantised, np.maximum(lengths, 1e-9).astype(np.float32))


def _blocks(array: npt.NDArray[np.int8]) -> list[npt.NDArray[np.int8]]:
    return [array[start : start + _BLOCK] for start in range(0, len(array), _BLOCK)]


def _place(found: Sequence[float], similarity: float) -> Place:
    x, y, *space = (round(value, 1) for value in found)
    return Place((x, y), (space[0], space[1], space[2]), round(min(similarity, 1.0), 4))
