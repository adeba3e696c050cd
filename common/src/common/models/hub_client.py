"""Lists and fetches folders of a repository on the Hugging Face hub, at one revision. Runs in a process of its own: registry.py.

The token is HF_TOKEN's; HF_ENDPOINT names another hub. Needs the extra hub of common.
"""

import os
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

SILENCE = 60.0  # seconds that one request may wait for the hub to say anything
NEEDS = "a registry on the hub needs huggingface-hub; install it with: uv sync --extra hub"


class HubError(Exception):
    """What the hub said, or that it said nothing. `is_missing`: it is not there."""

    def __init__(self, text: str, is_missing: bool = False) -> None:
        super().__init__(text, is_missing)
        self.is_missing = is_missing

    def __str__(self) -> str:
        return str(self.args[0])


def list_folders(repository: str, revision: str, below: str) -> list[str]:
    """The names of the folders in `below` that hold a meta.json."""
    listed = _files(_api(), repository, revision)
    paths = [PurePosixPath(each) for each in listed]
    return [path.parent.name for path in paths if path.name == "meta.json" and str(path.parent.parent) == below]


def fetch_folder(repository: str, revision: str, wanted: str, folder: str, largest: int) -> None:
    """Put the files of `wanted` into `folder`. HubError where there are none, or they are too large together."""
    api = _api()
    sizes = {name: size for name, size in _files(api, repository, revision).items() if name.startswith(f"{wanted}/")}
    if not sizes:
        raise HubError(f"there is no {wanted} in {repository}@{revision}", is_missing=True)
    total = sum(sizes.values())
    if total > min(largest, shutil.disk_usage(folder).free):
        raise HubError(f"{wanted} has {total / 1e9:.1f} GB, for which there is no room")
    for name in sizes:
        target = Path(folder) / name.removeprefix(f"{wanted}/")
        if not target.resolve().is_relative_to(Path(folder).resolve()):
            raise HubError(f"{repository} has a file outside of its folder: {name[:80]}")
        target.parent.mkdir(parents=True, exist_ok=True)
        _download(api, (repository, revision, name), Path(folder) / ".hub", target)
    shutil.rmtree(Path(folder) / ".hub", ignore_errors=True)


def _api() -> Any:
    try:
        import httpx2
        from huggingface_hub import HfApi, set_client_factory
    except ImportError as exc:
        raise HubError(f"{NEEDS} ({exc})") from None
    set_client_factory(lambda: httpx2.Client(follow_redirects=True, timeout=SILENCE))
    return HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=os.environ.get("HF_TOKEN") or False)


def _files(api: Any, repository: str, revision: str) -> dict[str, int]:
    """Their sizes by their paths."""
    with _Told(f"{repository}@{revision}"):
        listed = api.repo_info(repository, revision=revision, files_metadata=True).siblings or []
        return {each.rfilename: each.size or 0 for each in listed}


def _download(api: Any, what: tuple[str, str, str], cache: Path, target: Path) -> None:
    repository, revision, name = what
    with _Told(f"{repository}@{revision}/{name}"):
        got = api.hf_hub_download(repository, name, revision=revision, cache_dir=cache)
        shutil.move(Path(got).resolve(), target)


class _Told:
    """Turns what the hub's client raises into HubError, which can be passed between processes."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Nothing to begin."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Raise anew."""
        import httpx2
        from huggingface_hub import errors

        if isinstance(error, errors.RepositoryNotFoundError | errors.RevisionNotFoundError | errors.EntryNotFoundError):
            raise HubError(f"the hub has no {self._what} (a private one needs HF_TOKEN)", is_missing=True) from None
        if isinstance(error, errors.HfHubHTTPError):
            raise HubError(f"the hub refused {self._what}: {error.response.status_code}") from None
        if isinstance(error, httpx2.HTTPError | errors.LocalEntryNotFoundError | errors.HFValidationError | OSError):
            raise HubError(f"{self._what}: the hub did not answer ({error or type(error).__name__})") from None
