"""docker-compose.yml against what code and documents of the services say: who starts containers finds nothing missing."""

import ast
import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.settings import HttpSettings, ServiceSettings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
BUILT = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
# Containers that run the service that their image is named for; chroma runs another program out of frontier-rag's.
OF_SERVICE = {name: each["build"]["args"]["SERVICE"] for name, each in BUILT.items() if "command" not in each}
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/pyproject.toml"))
BY_IMAGE = {"HOST", "LOG_FORMAT", "ARTIFACTS_DIR", "VAR_DIR"}  # services/Dockerfile sets them
SECRETS = {
    "NOTIFY_URLS",
    "DASHBOARD_PASSWORD",
    "DATABASE_URL",
    "HF_TOKEN",
    *(f"{provider}_API_KEY" for provider in ("OPENAI", "DEEPSEEK", "GEMINI", "GROQ")),
}
_VARIABLE = re.compile(r"`([A-Z][A-Z0-9_]{3,})`")


def source(service: str) -> Path:
    return ROOT / "services" / service / "src" / service.replace("-", "_")


def environment(container: str) -> set[str]:
    return set(COMPOSE["services"][container].get("environment") or {})


def section(heading: str) -> str:
    """Of docs/settings.md."""
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    return text.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def in_table(heading: str) -> set[str]:
    """The variables of a section's table."""
    return {name for line in section(heading).splitlines() if line[:1] == "|" for name in _VARIABLE.findall(line.split("|")[1])}


def calls_artifacts_dir(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("artifacts_dir")


def folder_named(node: ast.expr, path: Path, service: str) -> str:
    """The folder below artifacts/ that an expression names: a text, or a constant of the module."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    dotted = ".".join(path.relative_to(source(service).parent).with_suffix("").parts)
    return str(getattr(import_module(dotted), ast.unparse(node)))


def artifacts_of(service: str) -> set[str]:
    """The folders of artifacts/ that a service's code opens: what it appends to artifacts_dir(), or asks artifact_folder() for."""
    found: set[str] = set()
    for path in source(service).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        joined = [node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)]
        opened = [
            node for node in joined if any(map(calls_artifacts_dir, ast.walk(node.left))) and not isinstance(node.left, ast.BinOp)
        ]
        assert len(opened) == sum(map(calls_artifacts_dir, ast.walk(tree))), f"{path}: which artifact does it open?"
        found |= {folder_named(node.right, path, service) for node in opened}
        asked = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "artifact_folder"]
        found |= {folder_named(node.args[0], path, service).partition("/")[0] for node in asked}
    return found


def test_every_service_has_a_container() -> None:
    assert sorted(set(OF_SERVICE.values())) == SERVICES


@pytest.mark.parametrize("container", [name for name in BUILT if name != "specialist-gpu"])  # which has its adapter from outside
def test_an_image_carries_the_artifacts_that_its_service_opens(container: str) -> None:
    given = BUILT[container]["build"]["args"]
    carried = set(given.get("ARTIFACTS", "").split())
    assert carried == artifacts_of(given["SERVICE"])
    assert [name for name in carried if not (ROOT / "artifacts" / name / "meta.json").is_file()] == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_extras_of_a_service_are_in_an_image_of_it(service: str) -> None:
    """What compose lets people set, such as DATABASE_URL, must be able to work."""
    project = tomllib.loads((ROOT / "services" / service / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    given = {BUILT[name]["build"]["args"].get("EXTRA") for name, each in OF_SERVICE.items() if each == service}
    assert given - {None} == set(project.get("optional-dependencies", {}))


@pytest.mark.parametrize("container", OF_SERVICE)
def test_a_container_is_given_every_setting_of_its_service_and_of_no_other(container: str) -> None:
    service, common = OF_SERVICE[container], {"Every service", "Where services find each other"}
    said = {name for heading in (service, *common) for name in _VARIABLE.findall(section(heading))}
    assert environment(container) - said == set()
    settable = in_table(service) | in_table("Every service") - {"REDIS_URL"}
    assert settable - environment(container) - BY_IMAGE == set()


@pytest.mark.parametrize("container", OF_SERVICE)
def test_a_container_has_as_long_to_stop_as_its_service_takes(container: str) -> None:
    settings: type[ServiceSettings] = import_module(f"{source(OF_SERVICE[container]).name}.settings").Settings
    given = re.search(r"(\d+)s\}?$", COMPOSE["services"][container]["stop_grace_period"])
    assert given
    assert int(given[1]) >= settings().stop_seconds


def test_secrets_go_only_where_they_are_used() -> None:
    assert [name for name, each in COMPOSE["services"].items() if "env_file" in each] == []
    holders = {name: environment(name) & SECRETS for name in COMPOSE["services"]}
    chat, database = {"OPENAI_API_KEY"}, {"DATABASE_URL"}
    assert {name: held for name, held in holders.items() if held} == {
        "frontier-rag": chat | {"DEEPSEEK_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY"},
        "scanner": chat | database,
        "notifier": database | {"NOTIFY_URLS"},
        "dashboard": {"DASHBOARD_PASSWORD"},
        "specialist-gpu": {"HF_TOKEN"},
    }


def test_redis_and_chroma_are_reached_by_their_users_alone() -> None:
    members = {
        network: {name for name, each in COMPOSE["services"].items() if network in each.get("networks", ())}
        for network in COMPOSE["networks"]
    }
    assert members == {"stream": {"redis", "scanner", "notifier"}, "products": {"chroma", "frontier-rag"}}
    assert all(network["internal"] for network in COMPOSE["networks"].values())
    assert {name for name in COMPOSE["services"] if "REDIS_URL" in environment(name)} == members["stream"] - {"redis"}
    assert {name for name in COMPOSE["services"] if "CHROMA_URL" in environment(name)} == members["products"] - {"chroma"}
    assert {name for name, each in COMPOSE["services"].items() if "networks" in each} == members["stream"] | members["products"]


@pytest.mark.parametrize("container", COMPOSE["services"])
def test_a_container_has_no_more_rights_than_it_needs(container: str) -> None:
    given = COMPOSE["services"][container]
    assert given["cap_drop"] == ["ALL"]
    assert given["security_opt"] == ["no-new-privileges:true"]
    assert given["read_only"] is (container != "specialist-gpu")
    assert {"mem_limit", "pids_limit"} <= given.keys()
    assert all(port.startswith("127.0.0.1:") for port in given.get("ports", ()))


@pytest.mark.parametrize("service", SERVICES)
def test_the_example_of_an_env_file_sets_what_is_set_without_it(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who copies it and fills nothing in has the defaults: what is left empty is not set."""
    settings = import_module(f"{service.replace('-', '_')}.settings").Settings
    without = settings(), HttpSettings()
    example = re.findall(r"^([A-Z][A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(example) > 10
    for name, value in example:
        monkeypatch.setenv(name, value)
    assert (settings(), HttpSettings()) == without
