"""The Hugging Face hub: pushes files to a repository in one commit, and fetches small ones, each under a deadline.

In a process of its own: the hub's client waits without end where the other side falls silent. The token is HF_TOKEN's, never one
that lies in a home folder. HF_ENDPOINT names another hub.
"""

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

DEADLINE = 4 * 3600.0  # seconds for a push: a few gigabytes over a slow line
FETCH_DEADLINE = 60.0  # seconds for all the small files of one name
LARGEST_FETCHED = 64 * 2**20  # bytes of one file
SILENCE = 60.0  # seconds that one request may wait for the hub to say anything
Kind = Literal["dataset", "model"]
_T = TypeVar("_T")


class PushError(Exception):
    """Nothing was pushed; the message says why and what to do. What is on disk is unharmed."""


class FetchError(Exception):
    """The files could not be fetched; the message says why."""


def hub_token() -> str:
    """HF_TOKEN; PushError where it is not set."""
    token = os.environ.get("HF_TOKEN")
    if not token:
        raise PushError("pushing needs HF_TOKEN, a token of huggingface.co/settings/tokens that may write; nothing was pushed")
    return token


def apart(function: Callable[..., _T], arguments: tuple[object, ...], deadline: float) -> _T:
    """What a function gives, called in a process of its own; multiprocessing.TimeoutError after `deadline` seconds."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply_async(function, arguments).get(deadline)


def bound_requests() -> None:
    """Let no request of the hub's client in this process wait more than SILENCE; needs huggingface-hub 2, does nothing without."""
    try:
        import httpx2
        from huggingface_hub import set_client_factory
    except ImportError:
        return
    set_client_factory(lambda: httpx2.Client(follow_redirects=True, timeout=SILENCE))


def push_files(files: Mapping[str, bytes | Path], name: str, kind: Kind, *, is_private: bool, deadline: float = DEADLINE) -> str:
    """Push `files`, by their path there, to the repository `name` (user/name), made if there is none; the commit's address.

    PushError without HF_TOKEN, when the hub refuses or is silent, or when `name` exists with the other visibility.
    """
    try:
        return apart(upload_files, (files, name, kind, is_private, hub_token()), deadline)
    except multiprocessing.TimeoutError as exc:
        raise PushError(f"{name} was not pushed within {deadline:,.0f} seconds: the hub is silent or the line is slow") from exc


def upload_files(files: Mapping[str, bytes | Path], name: str, kind: Kind, is_private: bool, token: str) -> str:
    """What `push_files` does, in this process and without its deadline."""
    import httpx2
    from huggingface_hub import CommitOperationAdd, HfApi, errors

    bound_requests()
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=token)
    added = [CommitOperationAdd(there, here) for there, here in files.items()]
    try:
        api.whoami()  # tells a wrong token apart from a repository that is not there: the hub answers both with 401
        _find_or_make(api, name, kind, is_private)
        done = api.create_commit(name, added, commit_message=COMMITS[kind], repo_type=kind)
    except errors.HfHubHTTPError as exc:
        raise PushError(f"the hub refused {name}: {_reason(exc)}") from None
    except errors.HFValidationError as exc:
        raise PushError(f"{name} is no name of a {kind}: {exc}") from None
    except (httpx2.HTTPError, OSError) as exc:
        raise PushError(f"the hub did not answer: {exc or type(exc).__name__}") from None
    except RuntimeError as exc:  # how the hub's client tells of a large file that was not taken
        raise PushError(f"{exc} {exc.__cause__!r}") from None
    return str(done.commit_url)


COMMITS: dict[str, str] = {"dataset": "Curate", "model": "Train"}


def _find_or_make(api: Any, name: str, kind: Kind, is_private: bool) -> None:
    from huggingface_hub import errors

    wanted = "private" if is_private else "public"
    try:
        found = api.repo_info(name, repo_type=kind)
    except errors.RepositoryNotFoundError:
        api.create_repo(name, repo_type=kind, private=is_private)
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


def fetch_files(name: str, wanted: Sequence[str], *, deadline: float = FETCH_DEADLINE) -> dict[str, Path]:
    """The files of model `name` on the hub that are there, by name, in the hub client's cache; FetchError says why not."""
    try:
        return apart(download_files, (name, tuple(wanted)), deadline)
    except multiprocessing.TimeoutError as exc:
        raise FetchError(f"{name} was not fetched within {deadline:,.0f} seconds: the hub is silent or the line is slow") from exc


def download_files(name: str, wanted: Sequence[str]) -> dict[str, Path]:
    """What `fetch_files` does, in this process and without its deadline."""
    import httpx2
    from huggingface_hub import HfApi, errors

    bound_requests()
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=os.environ.get("HF_TOKEN") or False)
    try:
        listed = api.model_info(name, files_metadata=True).siblings or []
        sizes = {each.rfilename: each.size or 0 for each in listed if each.rfilename in wanted}
        if large := [file for file, size in sizes.items() if size > LARGEST_FETCHED]:
            raise FetchError(f"{name}: {large[0]} is larger than {LARGEST_FETCHED / 2**20:.0f} MiB")
        return {file: Path(api.hf_hub_download(name, file)) for file in sizes}
    except errors.GatedRepoError:
        raise FetchError(f"{name} is gated: accept its licence at https://huggingface.co/{name} and set HF_TOKEN") from None
    except errors.RepositoryNotFoundError:
        raise FetchError(f"there is no {name} on the hub (a private one needs HF_TOKEN)") from None
    except errors.HFValidationError:
        raise FetchError(f"{name} is neither a file, nor a folder, nor a name on the hub") from None
    except errors.HfHubHTTPError as exc:
        raise FetchError(f"the hub refused {name}: {_reason(exc)}") from None
    except (httpx2.HTTPError, errors.LocalEntryNotFoundError, OSError) as exc:
        raise FetchError(f"{name}: the hub did not answer ({exc or type(exc).__name__})") from None
