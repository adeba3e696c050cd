"""Which files a run reads: named ones, folders of them, and categories of Amazon-Reviews-2023 from the Hugging Face hub.

Files of the hub come through huggingface_hub, whose cache resumes what was broken off. Knows nothing of what files hold.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from common.product_files.packed import PACKED

AMAZON = "McAuley-Lab/Amazon-Reviews-2023"
CATEGORIES = (
    "Automotive",
    "Electronics",
    "Office_Products",
    "Tools_and_Home_Improvement",
    "Cell_Phones_and_Accessories",
    "Toys_and_Games",
    "Appliances",
    "Musical_Instruments",
)
LITE = ("Appliances",)
SUFFIXES = (".jsonl", ".parquet", *PACKED)
GIB = 1 << 30


class SourceError(ValueError):
    """A source that names nothing readable, or a file of the hub that cannot be had."""


@dataclass(frozen=True)
class HubLimits:
    """How the hub is asked: `max_bytes` a file; `timeout` seconds without a sign of life; `cache` None is the hub's own."""

    revision: str = "main"
    max_bytes: int = 40 * GIB
    timeout: float = 30.0
    cache: Path | None = None


def files_in(folder: Path) -> list[Path]:
    """Readable files of a folder and its subfolders, in order of their paths; hidden ones are left out."""
    found = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def local_files(source: str) -> list[Path]:
    """The files that a path means. SourceError when there are none."""
    path = Path(source).expanduser()
    if path.is_dir():
        found = files_in(path)
        if not found:
            raise SourceError(f"{path} holds no file that ends in {', '.join(SUFFIXES)}")
        return found
    if not path.is_file():
        raise SourceError(f"{path} does not exist; a source is a file, a folder or hf:{AMAZON}[:CATEGORY,...]")
    if path.suffix not in SUFFIXES:
        raise SourceError(f"{path} is of an unknown kind; known are {', '.join(SUFFIXES)}")
    return [path]


def hub_names(source: str) -> tuple[str, list[str]]:
    """(repository, file names) of "hf:REPOSITORY[:CATEGORY,...]"; the eight categories of the design without any named."""
    repository, _, named = source.removeprefix("hf:").partition(":")
    categories = [name.strip() for name in named.split(",") if name.strip()] or list(CATEGORIES)
    if repository.count("/") != 1 or not all(part for part in repository.split("/")):
        raise SourceError(f"{source!r} names no data set; expected hf:OWNER/NAME[:CATEGORY,...]")
    return repository, [f"raw/meta_categories/meta_{category}.jsonl" for category in categories]


def hub_file(repository: str, name: str, limits: HubLimits, repo_type: str = "dataset") -> Path:
    """A file of the hub, from its cache where it is there already; when the hub is silent an older one of the cache.

    HF_ENDPOINT names another hub. SourceError when the file does not exist, is too large for the limits or the disk, or cannot
    be had.
    """
    import httpx2
    from huggingface_hub import constants, errors, get_hf_file_metadata, hf_hub_download, hf_hub_url

    endpoint = os.environ.get("HF_ENDPOINT")
    constants.HF_HUB_DOWNLOAD_TIMEOUT = max(1, round(limits.timeout))
    known = {"repo_type": repo_type, "revision": limits.revision, "endpoint": endpoint}
    download = partial(hf_hub_download, repository, name, cache_dir=limits.cache, **known)
    try:
        found = get_hf_file_metadata(hf_hub_url(repository, name, **known), timeout=limits.timeout, endpoint=endpoint)
        _check_size(name, found.size or 0, limits)
        return Path(download(etag_timeout=limits.timeout))
    except (errors.HfHubHTTPError, errors.HFValidationError) as exc:
        raise SourceError(f"{repository}: {name} cannot be had from the hub: {exc}") from exc
    except (httpx2.HTTPError, OSError) as exc:
        try:
            return Path(download(local_files_only=True))
        except errors.LocalEntryNotFoundError:
            raise SourceError(f"{repository}: {name}: the hub does not answer ({type(exc).__name__}: {exc})") from exc


def _check_size(name: str, size: int, limits: HubLimits) -> None:
    from huggingface_hub import constants

    if size > limits.max_bytes:
        raise SourceError(f"{name} has {size / GIB:.1f} GiB, over the limit of {limits.max_bytes / GIB:.1f} GiB a file")
    cache = limits.cache or Path(constants.HF_HUB_CACHE)
    place = next(folder for folder in (cache, *cache.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(place).free
    if size > free:
        raise SourceError(f"{name} has {size / GIB:.1f} GiB, but {place} has room for {free / GIB:.1f} GiB")


def resolve(sources: Sequence[str], limits: HubLimits) -> list[Path]:
    """All files of all sources, in order. SourceError tells what is wrong with the first that cannot be read."""
    found: list[Path] = []
    for source in sources:
        if source.startswith("hf:"):
            repository, names = hub_names(source)
            found += [hub_file(repository, name, limits) for name in names]
        else:
            found += local_files(source)
    return found
