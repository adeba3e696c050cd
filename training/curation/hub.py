"""Pushes a finished curation to the Hugging Face hub: splits, card, counts and charts in one commit, private unless told.

Runs in a process of its own under a deadline: the hub's client waits without end where the other side falls silent. The token
is HF_TOKEN's, never one that lies in a home folder. HF_ENDPOINT names another hub.
"""

import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

from training.curation.card import card
from training.curation.stats import CurationStats

DEADLINE = 4 * 3600.0  # seconds for all of it: a few gigabytes over a slow line
SILENCE = 60.0  # seconds that one request may wait for the hub


class PushError(Exception):
    """The dataset was not pushed; the message says why and what to do. What is on disk is unharmed."""


def push(folder: Path, name: str, *, is_private: bool = True, deadline: float = DEADLINE) -> str:
    """Push the curation in `folder` to the dataset `name` (user/name), made if there is none; the commit's address.

    PushError without HF_TOKEN, when the hub refuses or is silent, or when `name` exists with the other visibility.
    """
    token = hub_token()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        try:
            return pool.apply_async(upload, (folder, name, is_private, token)).get(deadline)
        except multiprocessing.TimeoutError as exc:
            raise PushError(f"{name} was not pushed within {deadline:,.0f} seconds: the hub is silent or the line is slow") from exc


def hub_token() -> str:
    """HF_TOKEN; PushError where it is not set."""
    token = os.environ.get("HF_TOKEN")
    if not token:
        raise PushError("pushing needs HF_TOKEN, a token of huggingface.co/settings/tokens that may write; nothing was pushed")
    return token


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
    import httpx2
    from huggingface_hub import CommitOperationAdd, HfApi, errors, set_client_factory

    set_client_factory(lambda: httpx2.Client(follow_redirects=True, timeout=SILENCE))
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=token)
    files = [CommitOperationAdd(there, here) for there, here in contents(folder).items()]
    try:
        api.whoami()  # tells a wrong token apart from a dataset that is not there: the hub answers both with 401
        _find_or_make(api, name, is_private)
        done = api.create_commit(name, files, commit_message="Curate", repo_type="dataset")
    except errors.HfHubHTTPError as exc:
        raise PushError(f"the hub refused {name}: {_reason(exc)}") from None
    except errors.HFValidationError as exc:
        raise PushError(f"{name} is no name of a dataset: {exc}") from None
    except (httpx2.HTTPError, OSError) as exc:
        raise PushError(f"the hub did not answer: {exc or type(exc).__name__}") from None
    except RuntimeError as exc:  # how the hub's client tells of a large file that was not taken
        raise PushError(f"{exc} {exc.__cause__!r}") from None
    return str(done.commit_url)


def _find_or_make(api: Any, name: str, is_private: bool) -> None:
    from huggingface_hub import errors

    wanted = "private" if is_private else "public"
    try:
        found = api.dataset_info(name)
    except errors.RepositoryNotFoundError:
        api.create_repo(name, repo_type="dataset", private=is_private)
        return
    if bool(found.private) != is_private:
        there = "private" if found.private else "public"
        raise PushError(f"{name} exists and is {there}; it is not pushed to as {wanted}: take another name or change it at the hub")


def _reason(error: Any) -> str:
    status = error.response.status_code
    if status == 401:
        return "HF_TOKEN is not accepted"
    if status == 403:
        return f"HF_TOKEN may not write there ({error.server_message or 'no reason given'})"
    return f"{status}: {error.server_message or str(error).strip().splitlines()[0]}"
