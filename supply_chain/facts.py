"""licence_facts.toml, and which images docker-compose.yml runs beside ours."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FACTS = Path(__file__).with_name("licence_facts.toml")
_IMAGE = re.compile(r"^\s+image: *[\"']?(?:\$\{[A-Z_]+:-)?([^\s\"'}@]+)", re.MULTILINE)
_OURS = "product-pricing-agent"  # ${IMAGES}, before its slash


@dataclass(frozen=True)
class Facts:
    """See the file's comments."""

    allowed: list[str]
    spellings: Mapping[str, str]
    read: Mapping[str, str]
    kept: Mapping[str, str]
    carried: list[Mapping[str, Any]]
    beside: Mapping[str, str]


def read_facts(path: Path = FACTS) -> Facts:
    """The file."""
    return Facts(**tomllib.loads(path.read_text(encoding="utf-8")))


def images(path: Path = ROOT / "docker-compose.yml") -> set[str]:
    """Names of others' images, without registry and tag."""
    found = _IMAGE.findall(path.read_text(encoding="utf-8"))
    return {name.rpartition("/")[2].partition(":")[0] for name in found if not name.startswith(_OURS)}
