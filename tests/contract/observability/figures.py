"""What rules and dashboards ask Prometheus for."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "deploy" / "observability"
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
DASHBOARDS = sorted((FOLDER / "grafana" / "dashboards").glob("*.json"))
BY_PROMETHEUS = {"up", "ALERTS"}
_NOT_A_NAME = re.compile(r"\"[^\"]*\"|\{[^}]*\}|\[[^]]*\]|\b(?:by|on|without|ignoring)\s*\([^)]*\)")
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*(?!\s*\(|[a-zA-Z0-9_:])")
_WORDS = {"and", "or", "unless", "by", "bool", "Inf"}


def rules() -> list[dict[str, Any]]:
    return [rule for group in RULES["groups"] for rule in group["rules"]]


def names_in(expression: str) -> set[str]:
    """The series that a PromQL expression reads."""
    bare = _NOT_A_NAME.sub(" ", expression)
    return {name for name in _NAME.findall(bare) if name not in _WORDS}


def panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", [])


def expressions() -> dict[str, str]:
    """All that is asked of Prometheus, by where it stands."""
    found = {f"alerts.yml: {rule.get('alert') or rule['record']}": rule["expr"] for rule in rules()}
    for path in DASHBOARDS:
        for panel in panels(json.loads(path.read_text(encoding="utf-8"))):
            found |= {f"{path.name}: {panel['title']} {each['refId']}": each["expr"] for each in panel.get("targets", [])}
    return found


def recorded() -> set[str]:
    """The series that rules make."""
    return {rule["record"] for rule in rules() if "record" in rule}
