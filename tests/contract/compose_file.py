"""What docker-compose.yml gives whom, beside what settings and documents of the services say."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from common.settings import HttpSettings, SecretFiles, ServiceSettings, is_secret
from common.tracing.start import TracingSettings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
BUILT = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
# Containers that run the service that their image is named for; chroma runs another program out of frontier-rag's.
OF_SERVICE = {name: each["build"]["args"]["SERVICE"] for name, each in BUILT.items() if "command" not in each}
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/pyproject.toml"))
NO_SECRET = ROOT / "deploy" / "compose" / "no-secret"
# Where the profile observability looks for what is to be watched, and the host for what no image brings.
NAMED_BY_OTHERS = {"HF_TOKEN_PATH", "SSL_CERT_FILE"}
VARIABLE = re.compile(r"`([A-Z][A-Z0-9_]{3,})`")


def source(service: str) -> Path:
    return ROOT / "services" / service / "src" / service.replace("-", "_")


def given(container: str) -> dict[str, Any]:
    return COMPOSE["services"][container].get("environment") or {}


def environment(container: str) -> set[str]:
    """The variables that a container is given; one that comes as a file counts as itself."""
    said = set(in_table("Every service"))
    return {name if name in said else name.removesuffix("_FILE") for name in given(container) if name not in NAMED_BY_OTHERS}


def held(container: str) -> set[str]:
    """The secrets that are mounted into a container."""
    named = COMPOSE["services"][container].get("secrets") or ()
    return {each if isinstance(each, str) else each["source"] for each in named}


def secret_settings(service: str) -> set[str]:
    """The variables of a service that are secrets, by the type of their settings."""
    own: type[ServiceSettings] = import_module(f"{source(service).name}.settings").Settings
    found: set[str] = set()
    for settings in (own, HttpSettings, TracingSettings):
        files = SecretFiles(settings, {})
        for field, info in settings.model_fields.items():
            found |= {name for _, name in files.names(field, info)} if is_secret(info) else set()
    return found


def section(heading: str) -> str:
    """Of docs/settings.md."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    return text.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def in_table(heading: str) -> set[str]:
    """The variables of a section's table."""
    return {name for line in section(heading).splitlines() if line[:1] == "|" for name in VARIABLE.findall(line.split("|")[1])}
