"""The Helm chart is what make_chart.py makes of kustomize's files, and renders what these render."""

import json
import re
import subprocess
import sys
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.deploy.manifests import (
    ROOT,
    Manifest,
    container,
    kubectl,
    of_kind,
    pod,
    rendered,
    secrets_of,
    settings_of,
    workloads,
)

HELM = ROOT / "deploy" / "helm"
CHART = HELM / "product-pricing-agent"
TOGGLES = {
    "cpu": {},
    "gpu": {"gpu": {"enabled": True}},
    "postgres": {"postgres": {"enabled": True}},
    "hub": {"hub": {"enabled": True}},
    "gpu-postgres": {"gpu": {"enabled": True}, "postgres": {"enabled": True}},
}
ERROR = 3  # of Helm's lint


def helm() -> Any:
    return pytest.importorskip("helm_python", reason="needs helm-python-sdk: uv sync --inexact --group deploy")


@cache
def charted(values: str) -> tuple[Manifest, ...]:
    """What Helm makes of the chart with these values, as JSON."""
    with helm().Chart.load(str(CHART)) as chart:
        files = chart.render(json.loads(values), name="pricing", namespace="pricing")
    texts = [text for name, text in sorted(files.items()) if name.endswith(".yaml")]
    return tuple(each for text in texts for each in yaml.safe_load_all(text) if each)


def with_values(**values: Any) -> tuple[Manifest, ...]:
    return charted(json.dumps(values))


def plain(manifests: tuple[Manifest, ...]) -> dict[tuple[str, str], Manifest]:
    """Without what the two do differently: the namespace, and how a changed setting replaces pods."""
    text = re.sub(r"([a-z-]+-settings)-[a-z0-9]{10}\b", r"\1", json.dumps(manifests))
    found = {}
    for each in json.loads(text):
        made = deepcopy(each)
        made["metadata"].pop("namespace", None)
        template = made.get("spec", {}).get("template", {})
        template.get("metadata", {}).pop("annotations", None)
        if not template.get("spec", {}).get("imagePullSecrets", True):
            del template["spec"]["imagePullSecrets"]
        found[made["kind"], made["metadata"]["name"]] = made
    found.pop(("Namespace", "pricing"), None)
    return found


def test_the_chart_is_what_is_made_of_the_files_of_kustomize(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, str(HELM / "make_chart.py"), "--out", str(tmp_path), "--kubectl", kubectl()],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    by_hand = {"Chart.yaml", ".helmignore", "templates/_helpers.tpl", "templates/NOTES.txt"}
    committed = {str(path.relative_to(CHART)): path.read_text() for path in CHART.rglob("*") if path.is_file()}
    again = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert set(committed) - set(again) == by_hand
    assert {name for name in again if again[name] != committed.get(name)} == set(), "run: make chart"


@pytest.mark.parametrize("overlay", TOGGLES)
def test_it_renders_what_kustomize_renders(overlay: str) -> None:
    chart, kustomize = plain(with_values(**TOGGLES[overlay])), plain(rendered(f"overlays/{overlay}"))
    assert set(chart) == set(kustomize)
    for key, manifest in kustomize.items():
        assert chart[key] == manifest, key


@pytest.mark.parametrize("overlay", TOGGLES)
def test_helm_finds_nothing_wrong_with_it(overlay: str) -> None:
    report = helm().lint(str(CHART), TOGGLES[overlay], namespace="pricing")
    assert [each for each in report["messages"] if each["severity"] >= ERROR] == []
    assert not report["errors"]


def test_what_an_installation_says_is_in_its_manifests() -> None:
    manifests = with_values(
        images={"repository": "images.example.com/pricing", "tag": "2.0.0", "pullSecrets": [{"name": "registry"}]},
        ingress={"className": "traefik", "dashboard": {"host": "deals.acme.example", "tlsSecret": "acme-tls"}},
        replicas={"frontier-rag": 3},
        autoscaling={"ensemble": {"max": 40}},
        storage={"className": "fast", "chroma": "200Gi"},
        resources={"ensemble": {"requests": {"cpu": "1"}}},
        settings={
            "common": {"LOG_LEVEL": "DEBUG"},
            "scanner": {"SCANNER_INTERVAL": 300, "FEEDS": "https://example.org/a,https://example.org/b"},
        },
        network={"ingressNamespace": "traefik"},
    )
    found = workloads(manifests)
    assert container(found["scanner"])["image"] == "images.example.com/pricing/scanner:2.0.0"
    assert pod(found["scanner"])["imagePullSecrets"] == [{"name": "registry"}]
    assert found["frontier-rag"]["spec"]["replicas"] == 3
    claim = found["chroma"]["spec"]["volumeClaimTemplates"][0]["spec"]
    assert (claim["storageClassName"], claim["resources"]["requests"]["storage"]) == ("fast", "200Gi")
    assert container(found["ensemble"])["resources"]["requests"] == {"cpu": "1", "memory": "256Mi"}
    assert of_kind(manifests, "HorizontalPodAutoscaler")["ensemble"]["spec"]["maxReplicas"] == 40
    door = of_kind(manifests, "Ingress")["dashboard"]["spec"]
    assert (door["ingressClassName"], door["rules"][0]["host"]) == ("traefik", "deals.acme.example")
    assert door["tls"] == [{"hosts": ["deals.acme.example"], "secretName": "acme-tls"}]
    assert settings_of(found["dashboard"], manifests)["ALLOWED_HOSTS"] == "deals.acme.example"
    assert settings_of(found["notifier"], manifests)["DASHBOARD_URL"] == "https://deals.acme.example"
    scanner = settings_of(found["scanner"], manifests)
    assert scanner["LOG_LEVEL"] == "DEBUG"
    assert (scanner["SCANNER_INTERVAL"], scanner["FEEDS"]) == ("300", "https://example.org/a,https://example.org/b")
    assert "traefik" in json.dumps(of_kind(manifests, "NetworkPolicy")["dashboard"])


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (1_000_000, "1000000"),
        (123_456_789, "123456789"),
        (0.25, "0.25"),
        (True, "true"),
        ({"llama3.1": [0, 0.5]}, '{"llama3.1":[0,0.5]}'),
        ('{"llama3.1": [0, 0]}', '{"llama3.1": [0, 0]}'),
        ('a "b" $c # d', 'a "b" $c # d'),
        ("", ""),
    ],
)
def test_a_setting_is_told_as_it_was_said(value: Any, told: str) -> None:
    manifests = with_values(settings={"scanner": {"ANY": value}})
    assert settings_of(workloads(manifests)["scanner"], manifests)["ANY"] == told


def test_a_changed_setting_replaces_the_pods_that_use_it_and_no_others() -> None:
    def marks(**values: Any) -> dict[str, str]:
        found = workloads(with_values(**values))
        return {name: str(each["spec"]["template"]["metadata"].get("annotations")) for name, each in found.items()}

    before, after = marks(), marks(settings={"scanner": {"SCANNER_INTERVAL": 300}})
    assert {name for name in before if before[name] != after[name]} == {"scanner"}
    after = marks(settings={"common": {"LOG_LEVEL": "DEBUG"}})
    assert {name for name in before if before[name] != after[name]} == set(before) - {"chroma"}


@pytest.mark.parametrize("overlay", TOGGLES)
def test_its_notes_name_the_secrets_that_pods_read_and_the_labels_that_kustomize_gives_the_namespace(overlay: str) -> None:
    with helm().Chart.load(str(CHART)) as chart:
        files = chart.render(TOGGLES[overlay], name="pricing", namespace="pricing")
    (notes,) = [text for name, text in files.items() if name.endswith("NOTES.txt")]
    read = [each for workload in workloads(with_values(**TOGGLES[overlay])).values() for each in secrets_of(workload)]
    needed = {secret for _, secret, _, must_be in read if must_be}
    assert set(re.findall(r"pricing-[a-z]+", notes)) == {secret for _, secret, *_ in read}
    assert set(re.findall(r"pricing-[a-z]+", notes.split("and these if wanted")[0])) == needed
    (namespace,) = of_kind(rendered(f"overlays/{overlay}"), "Namespace").values()
    labels = {name: value for name, value in namespace["metadata"]["labels"].items() if "pod-security" in name}
    assert labels
    told = f"kubectl label namespace pricing {' '.join(f'{name}={value}' for name, value in sorted(labels.items()))}"
    assert told in notes
    assert told in (ROOT / "docs" / "kubernetes.md").read_text(encoding="utf-8")
