"""Lists the licences of all that we ship or use in docs/licences.md: uv run python -m supply_chain.licences [--check].

Reads the metadata of packages that are installed; a line of one that is not stays as it was read where it was. What needs no word,
and why the others may stay, is said in licence_facts.toml. Knows no index: it asks nobody.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from fnmatch import fnmatch
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, cast

from packaging.utils import canonicalize_name

from supply_chain.expressions import is_allowed, licence_of
from supply_chain.facts import ROOT, Facts, images, read_facts
from supply_chain.lock_file import PARTS, Locked, locked_packages

PAGE = ROOT / "docs" / "licences.md"
UNKNOWN = "unknown"
_ROW = re.compile(r"^\| ([a-z0-9.-]+) \| [^|]*\d[^|]* \| ([^|]*) \|$", re.MULTILINE)
_HEADINGS = {
    "delivered": "Packages that a plain installation brings",
    "optional": "Packages of extras and of training",
    "development": "Packages of tests and tools",
}


@dataclass(frozen=True)
class Licensed:
    """A package with its licence as an SPDX expression."""

    package: Locked
    licence: str


def licensed_packages(facts: Facts, earlier: Mapping[str, str]) -> list[Licensed]:
    """Each package of the lock file; `earlier` says what was read where more was installed."""
    found: dict[str, str | None] = {
        canonicalize_name(each.metadata["Name"]): licence_of(cast(Message, each.metadata), facts.spellings)
        for each in distributions()
    }
    return [
        Licensed(each, matching(facts.read, each.name) or found.get(each.name) or earlier.get(each.name, UNKNOWN))
        for each in locked_packages()
    ]


def matching(table: Mapping[str, str], name: str) -> str | None:
    """The entry of this name, or of a pattern that it fits."""
    return next((value for pattern, value in table.items() if fnmatch(name, pattern)), None)


def licences_told(page: str) -> dict[str, str]:
    """What the page says of each package."""
    return {name: licence for name, licence in _ROW.findall(page) if licence != UNKNOWN}


def faults(packages: Iterable[Licensed], facts: Facts) -> Iterator[str]:
    """What stands without a reason, and reasons for what is not there."""
    told = [each for each in packages if not is_allowed(each.licence, facts.allowed)]
    for each in told:
        if matching(facts.kept, each.package.name) is None:
            yield f"{each.package.name}: {each.licence} is not allowed; say under [kept] why it may stay, or let it go"
    names = [each.package.name for each in told]
    for pattern in facts.kept:
        if not any(fnmatch(name, pattern) for name in names):
            yield f"{pattern}: a reason under [kept] that nothing needs"
    for one in facts.carried:
        if not (ROOT / one["path"]).is_file():
            yield f"{one['path']}: named under [[carried]], and not there"
        elif one["licence"] not in facts.allowed and "why" not in one:
            yield f"{one['path']}: {one['licence']} is not allowed; say why it may stay"
    yield from (
        f"{name}: docker-compose.yml runs it, and [beside] does not say its licence" for name in images() - set(facts.beside)
    )


def page(packages: list[Licensed], facts: Facts) -> str:
    """docs/licences.md."""
    told = [each for each in packages if not is_allowed(each.licence, facts.allowed)]
    return "\n".join(
        [
            "# Licences",
            "",
            "Made by `make licences` of metadata and [licence_facts.toml](../supply_chain/licence_facts.toml); do not edit.",
            "The project itself is under [Apache-2.0](../LICENSE). Without a word may stand: " + ", ".join(facts.allowed) + ".",
            "LicenseRef-BSD is one of the BSD licences, the package does not say which; LicenseRef-NVIDIA are NVIDIA's own terms.",
            *_section("What needs a reason", ("package", "licence", "why it may stay"), _told(told, facts)),
            *_section("Other people's work in this repository", ("file", "of", "licence", "remark"), map(_carried, facts.carried)),
            *_section("Programs that run beside", ("image", "licence"), ((n, facts.beside[n]) for n in sorted(images()))),
            *(line for part in PARTS for line in _packages(part, packages)),
            "",
        ]
    )


def _told(told: list[Licensed], facts: Facts) -> Iterator[tuple[str, ...]]:
    return ((f"`{each.package.name}`", each.licence, matching(facts.kept, each.package.name) or "**none yet**") for each in told)


def _carried(one: Mapping[str, Any]) -> tuple[str, ...]:
    name = Path(one["path"]).name
    return f"[{name}](../{one['path']})", f"{one['name']} {one['version']}", one["licence"], one.get("why", "")


def _packages(part: str, packages: list[Licensed]) -> list[str]:
    mine = [each for each in packages if each.package.part == part]
    rows = ((each.package.name, ", ".join(each.package.versions), each.licence) for each in mine)
    return _section(f"{_HEADINGS[part]}: {len(mine)}", ("package", "version", "licence"), rows)


def _section(title: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    table = [head, ("---",) * len(head), *rows]
    return ["", f"## {title}", "", *(f"| {' | '.join(row)} |" for row in table)]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the page is not what it would be")
    arguments = parser.parse_args()
    facts, before = read_facts(), PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    packages = licensed_packages(facts, licences_told(before))
    found, after = list(faults(packages, facts)), page(packages, facts)
    if arguments.check and after != before:
        found.append("docs/licences.md is not what is installed: make licences")
    elif not arguments.check:
        PAGE.write_text(after, encoding="utf-8")
    print("\n".join(found) or f"{len(packages)} packages, all allowed or with a reason", file=sys.stderr if found else sys.stdout)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
