"""Decides whether a tag may become a release: python3 -m supply_chain.release_tag vX.Y.Z. Prints version=X.Y.Z where it may.

It must be signed with SSH by somebody of .github/allowed_signers, name the version of pyproject.toml, which all that is released
says, and have its part in CHANGELOG.md. Needs git and ssh-keygen, and nothing that is not in Python itself.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIGNERS = Path(".github") / "allowed_signers"
SECONDS = 30
# What else says the version: the services, of themselves, and what names their images. One that lags would have the former run.
_PROJECT = r'^version = "([^"]+)"'
PLACES = (
    ("common/pyproject.toml", _PROJECT),
    ("services/*/pyproject.toml", _PROJECT),
    ("deploy/kubernetes/**/kustomization.yaml", r"\{name: product-pricing-agent/[a-z-]+, newTag: ([^\s}]+)\}"),
    ("deploy/helm/product-pricing-agent/Chart.yaml", r"^(?:version|appVersion): (\S+)"),
    ("deploy/helm/product-pricing-agent/values.yaml", r"^  tag: (\S+)"),
)


def faults(tag: str, root: Path = ROOT) -> Iterator[str]:
    """Why it may not; nothing where it may."""
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if tag != f"v{version}":
        yield f"{tag} is not v{version}, which pyproject.toml says"
    yield from lagging(version, root)
    if not any(line.startswith(f"## [{version}]") for line in (root / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()):
        yield f"CHANGELOG.md has no part ## [{version}]"
    if why := _why_not_signed(tag, root):
        yield f"{tag} is not signed by anybody of {SIGNERS}: {why}"


def lagging(version: str, root: Path = ROOT) -> Iterator[str]:
    """Files that say another one than `version`."""
    for pattern, place in PLACES:
        for path in sorted(root.glob(pattern)):
            others = set(re.findall(place, path.read_text(encoding="utf-8"), re.MULTILINE)) - {version}
            if others:
                yield f"{path.relative_to(root)} says {', '.join(sorted(others))}, and pyproject.toml {version}"


def _why_not_signed(tag: str, root: Path) -> str:
    ways = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={root / SIGNERS}", "-c", "gpg.minTrustLevel=fully")
    command = ["git", *ways, "verify-tag", "--", tag]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=SECONDS, check=False)
    return "" if done.returncode == 0 else done.stderr.strip() or "no signature"


def main() -> int:
    """The command."""
    tag = sys.argv[1] if len(sys.argv) == 2 else ""
    found = list(faults(tag))
    print("\n".join(found) if found else f"version={tag[1:]}", file=sys.stderr if found else sys.stdout)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
