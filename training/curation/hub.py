"""Pushes a finished curation to the Hugging Face hub: splits, card, counts and charts in one commit, private unless told.

Knows what goes there; training.data.hub knows how.
"""

import json
from pathlib import Path

from training.curation.card import card
from training.curation.stats import CurationStats
from training.data.hub import DEADLINE, PushError, hub_token, push_files, upload_files

__all__ = ["PushError", "contents", "hub_token", "push", "upload"]


def push(folder: Path, name: str, *, is_private: bool = True, deadline: float = DEADLINE) -> str:
    """Push the curation in `folder` to the dataset `name` (user/name), made if there is none; the commit's address.

    PushError without HF_TOKEN, when the hub refuses or is silent, or when `name` exists with the other visibility.
    """
    hub_token()
    return push_files(contents(folder), name, "dataset", is_private=is_private, deadline=deadline)


def contents(folder: Path) -> dict[str, bytes | Path]:
    """What goes to the hub, by its path there; PushError when the curation in `folder` is not finished."""
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        stats = CurationStats.from_json(json.loads((folder / "stats.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError) as exc:
        raise PushError(f"{folder} holds no finished curation: {exc}") from exc
    readme = card(stats, meta["arguments"], meta["command"]).encode()
    splits: dict[str, bytes | Path] = {f"data/{name}.parquet": folder / f"{name}.parquet" for name in stats.splits}
    return {"README.md": readme, **splits, **{name: folder / name for name in ("stats.json", "curation.html")}}


def upload(folder: Path, name: str, is_private: bool, token: str) -> str:
    """What `push` does, in this process and without its deadline."""
    return upload_files(contents(folder), name, "dataset", is_private, token)
