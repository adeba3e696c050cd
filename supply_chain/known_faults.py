"""Asks for known faults of the locked packages: uv run python -m supply_chain.known_faults [--uv PATH].

pip-audit asks the package index. A mirror may not have that list and would then be told of no faults at all, so that an old package
with known ones is asked for first: where none is told of it, nothing was asked, which is said plainly and fails nothing.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from supply_chain.facts import ROOT

CANARY = "requests==2.19.0"  # of 2018; four are known, CVE-2018-18074 the oldest
SECONDS = 300
_EXPORT = ("export", "--frozen", "--quiet", "--all-packages", "--all-extras", "--all-groups", "--no-emit-workspace", "--no-hashes")


def known(requirements: str) -> list[dict[str, Any]]:
    """What pip-audit tells of each; TimeoutExpired where the index does not answer in time."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text(requirements, encoding="utf-8")
        ways = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--timeout", "15", "--format", "json")
        command = [sys.executable, "-m", "pip_audit", *ways, "--requirement", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    try:
        told: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        raise OSError(done.stderr.strip()[-300:]) from None
    return told


def lines(told: list[dict[str, Any]]) -> Iterator[str]:
    """One for each fault."""
    for package in told:
        for fault in package.get("vulns", []):
            mended = ", ".join(fault["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {fault['id']}, mended in {mended}"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uv", default="uv", help="the uv to ask (default: %(default)s)")
    command = [parser.parse_args().uv, *_EXPORT, "--project", str(ROOT)]
    try:
        if not list(lines(known(CANARY))):
            raise OSError(f"it knows of none in {CANARY}")
        locked = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True).stdout
        found = list(lines(known(locked)))
    except (OSError, subprocess.TimeoutExpired) as exc:
        print(f"known faults: not asked, since this package index has no list of them ({exc})")
        return 0
    print("\n".join(found) or "no known faults", file=sys.stderr if found else sys.stdout)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
