"""Which models are there: name, version and data hash of every artifact, as training wrote them beside it. Loads no model."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.pricers import PRICERS

NAMES = ("ensemble", *(pricer.name for pricer in PRICERS), "judge", "embedder", "product-map")


@dataclass(frozen=True)
class Delivered:
    """One of them. `data`: the hash of each file that it was made from; `problem`: why it cannot be told."""

    name: str
    version: str = ""
    created: str = ""
    command: str = ""
    data: tuple[tuple[str, str], ...] = ()
    megabytes: float = 0.0
    problem: str = ""


def delivered(artifacts: Path) -> list[Delivered]:
    """All of them, in the order of NAMES."""
    return [_read(artifacts / name) for name in NAMES]


def _read(folder: Path) -> Delivered:
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        data = tuple((str(name), str(digest)) for name, digest in dict(meta.get("data") or {}).items())
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        return Delivered(folder.name, _text(meta, "version"), _text(meta, "created"), _text(meta, "command"), data, size / 1e6)
    except FileNotFoundError:
        return Delivered(folder.name, problem="not here")
    except (OSError, ValueError, TypeError, AttributeError) as exc:
        return Delivered(folder.name, problem=f"its meta.json cannot be read: {exc}")


def _text(meta: dict[str, Any], name: str) -> str:
    return str(meta.get(name) or "")
