"""docker-compose.yml against what code and documents of the services say: who starts containers finds nothing missing."""

import ast
import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from common.settings import HttpSettings, ServiceSettings
from scanner.pages.__main__ import MEMORY as OF_PAGES
from scanner.parsing import parser_process
from scanner.parsing.__main__ import MEMORY as OF_PARSER
from tests.contract.compose_file import BUILT, COMPOSE, OF_SERVICE, ROOT, SERVICES, VARIABLE, environment, in_table, section, source

MEBIBYTE = 2**20
BY_IMAGE = {"HOST", "LOG_FORMAT", "ARTIFACTS_DIR", "VAR_DIR"}  # services/Dockerfile sets them


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
    given = {BUILT[name]["build"]["args"].get("EXTRA", "") for name, each in OF_SERVICE.items() if each == service}
    assert {re.sub(r"\$\{MODEL_REGISTRY:\+(.*)\}", r"\1", extra) for extra in given} - {""} == set(
        project.get("optional-dependencies", {})
    )


@pytest.mark.parametrize("container", OF_SERVICE)
def test_a_container_is_given_every_setting_of_its_service_and_of_no_other(container: str) -> None:
    service, common = OF_SERVICE[container], {"Every service", "Where services find each other"}
    said = {name for heading in (service, *common) for name in VARIABLE.findall(section(heading))}
    assert environment(container) - said == set()
    settable = in_table(service) | in_table("Every service") - {"REDIS_URL"}
    assert settable - environment(container) - BY_IMAGE == set()


@pytest.mark.parametrize("container", OF_SERVICE)
def test_a_container_has_as_long_to_stop_as_its_service_takes(container: str) -> None:
    settings: type[ServiceSettings] = import_module(f"{source(OF_SERVICE[container]).name}.settings").Settings
    given = re.search(r"(\d+)s\}?$", COMPOSE["services"][container]["stop_grace_period"])
    assert given
    assert int(given[1]) >= settings().stop_seconds


@pytest.mark.parametrize("container", OF_SERVICE)
def test_a_container_can_be_given_longer_to_stop_where_its_service_drains(container: str) -> None:
    name = "NOTIFIER_STOP_GRACE" if container == "notifier" else "STOP_GRACE"
    assert re.fullmatch(rf"\$\{{{name}:-\d+s\}}", COMPOSE["services"][container]["stop_grace_period"])
    settings: type[ServiceSettings] = import_module(f"{source(OF_SERVICE[container]).name}.settings").Settings
    (row,) = re.findall(rf"^\| `{name}` \|.*", section("Containers"), re.MULTILINE)
    assert "DRAIN_SECONDS" in row
    assert container == "notifier" or settings().stop_seconds <= int(re.findall(r"at least (\d+) s", row)[0])


def test_the_scanner_has_memory_for_all_that_its_own_bounds_let_its_processes_take() -> None:
    scanner = COMPOSE["services"]["scanner"]
    (tmp,) = re.findall(r":size=(\d+)m", " ".join(scanner["tmpfs"]))
    assert int(scanner["mem_limit"].removesuffix("m")) * MEBIBYTE >= of_scanner() + int(tmp) * MEBIBYTE
    said = yaml.safe_load_all((ROOT / "deploy/kubernetes/base/scanner.yaml").read_text(encoding="utf-8"))
    (pod,) = [each["spec"]["template"]["spec"] for each in said if each["kind"] == "StatefulSet"]
    limit = pod["containers"][0]["resources"]["limits"]["memory"]
    assert int(limit.removesuffix("Gi")) * 1024 * MEBIBYTE >= of_scanner()


def of_scanner() -> int:
    """Bytes: at rest, as docs/containers.md has measured it; the feeds that are parsed at a time; the process that reads pages."""
    page = (ROOT / "docs" / "containers.md").read_text(encoding="utf-8")
    (rest,) = re.findall(r"^\| scanner \| \d+ MB \| (\d+) MB \|$", page, re.MULTILINE)
    return int(rest) * 10**6 + parser_process.AT_ONCE * OF_PARSER + OF_PAGES


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
