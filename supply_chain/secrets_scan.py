"""Looks for keys and passwords in what git tracks: uv run python -m supply_chain.secrets_scan [--accept].

detect-secrets looks; .secrets.baseline holds hashes of what it finds and a person has found to be none (examples, tests). --accept
takes all that is found now into it: look at each first.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from supply_chain.facts import ROOT

BASELINE = ROOT / ".secrets.baseline"
SECONDS = 300
_FOUND = 1  # the hook's exit code; 3: lines have moved, which is nothing
# Other people's code, hashes of packages, and trained files.
_SKIPPED = r"^(uv\.lock|artifacts/.*|.*/goods\.csv|.*/catalogue\.jsonl|\.secrets\.baseline|.*\.min\.js|.*\.png|.*\.npy|.*\.npz)$"

_COMMIT = r'^\s*"commit": "[0-9a-f]{7,40}",?$'  # of what a benchmark measured
_ARGUMENTS = ["--no-verify", "--exclude-files", _SKIPPED, "--exclude-lines", _COMMIT]


def tracked(root: Path) -> list[str]:
    """Files of git, also those that are about to be added."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if (root / name).is_file()]


def found(names: list[str], root: Path = ROOT, baseline: Path = BASELINE) -> str:
    """What detect-secrets says of what is not in the baseline; "" where that is nothing."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(baseline, folder)  # the hook writes to it when lines have moved
        hook = [_program("detect-secrets-hook"), "--baseline", copy, *_ARGUMENTS, *names]
        done = subprocess.run(hook, cwd=root, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode not in {0, _FOUND, 3}:
        raise RuntimeError(done.stderr)
    return done.stdout if done.returncode == _FOUND else ""


def accept(root: Path = ROOT) -> None:
    """Write the baseline anew."""
    scan = [_program("detect-secrets"), "scan", *_ARGUMENTS]
    done = subprocess.run(scan, cwd=root, capture_output=True, text=True, timeout=SECONDS, check=True)
    (root / BASELINE.name).write_text(done.stdout, encoding="utf-8")


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accept", action="store_true", help="take what is found into the baseline")
    if parser.parse_args().accept:
        accept()
    told = found(tracked(ROOT))
    print(told or "no secrets but those of .secrets.baseline", file=sys.stderr if told else sys.stdout)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
