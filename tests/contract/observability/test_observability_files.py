"""The files of deploy/observability: Prometheus takes them, alerts fire when they should, every figure named in them is there."""

import importlib
import inspect
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry

from common.http.metrics import Metrics
from scanner.drift.figure import LEAST_COVERAGE, MOST, PSI, UNKNOWN
from tests.contract.compose_file import COMPOSE, OF_SERVICE
from tests.contract.observability.figures import (
    BY_PROMETHEUS,
    DASHBOARDS,
    FOLDER,
    ROOT,
    expressions,
    names_in,
    panels,
    recorded,
    rules,
)

_PROMTOOL = shutil.which("promtool")

needs_promtool = pytest.mark.skipif(_PROMTOOL is None, reason="needs promtool: apt install prometheus")


def promtool(*arguments: str | Path) -> str:
    done = subprocess.run([str(_PROMTOOL), *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def exposed() -> set[str]:
    """What all services show at /metrics: the registries of their applications, with what they register when they are loaded."""
    names = _of(Metrics().registry)
    for path in [*(ROOT / "services").glob("*/src/**/metrics.py"), *(ROOT / "common" / "src").glob("**/metrics.py")]:
        parts = path.relative_to(next(each for each in path.parents if each.name == "src")).with_suffix("").parts
        module = importlib.import_module(".".join(parts))
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == module.__name__ and "registry" in inspect.signature(kind).parameters:
                own = CollectorRegistry()
                kind(own)
                names |= _of(own)
    return names


def _of(registry: CollectorRegistry) -> set[str]:
    """The names of samples of each metric, also of those that have none yet."""
    found: set[str] = set()
    for family in registry.collect():
        found |= {sample.name for sample in family.samples}
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
        found |= {family.name + suffix for suffix in suffixes}
    return found


@needs_promtool
@pytest.mark.parametrize("name", ["prometheus.yml", "prometheus.local.yml"])
def test_prometheus_takes_its_configuration(name: str, tmp_path: Path) -> None:
    key = tmp_path / "metrics-key"
    key.write_text("a-key", encoding="utf-8")
    for path in FOLDER.glob("*.yml"):
        (tmp_path / path.name).write_text(
            path.read_text(encoding="utf-8").replace("/run/secrets/metrics_key", str(key)), encoding="utf-8"
        )
    assert "SUCCESS" in promtool("check", "config", tmp_path / name)


@needs_promtool
def test_prometheus_takes_the_rules() -> None:
    assert f"{len(rules())} rules found" in promtool("check", "rules", FOLDER / "alerts.yml")


@needs_promtool
def test_each_alert_fires_in_its_case_and_not_before() -> None:
    assert "SUCCESS" in promtool("test", "rules", Path(__file__).with_name("alerts.promtool.yml"))


def test_each_alert_has_a_case_and_says_where_to_look() -> None:
    cases = yaml.safe_load(Path(__file__).with_name("alerts.promtool.yml").read_text(encoding="utf-8"))["tests"]
    alerts = [rule for rule in rules() if "alert" in rule]
    assert {each["name"].partition(",")[0] for each in cases} == {rule["alert"] for rule in alerts}
    assert [rule["alert"] for rule in alerts if not rule["annotations"].keys() >= {"summary", "look"}] == []
    assert {rule["labels"]["severity"] for rule in alerts} == {"page", "ticket"}


def test_each_service_is_scraped_once_in_containers_and_locally() -> None:
    services = sorted(path.parent.name for path in (ROOT / "services").glob("*/pyproject.toml"))
    for name in ("prometheus.yml", "prometheus.local.yml"):
        (job,) = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))["scrape_configs"]
        assert sorted(each["labels"]["service"] for each in job["static_configs"]) == services


def test_every_container_of_a_service_is_scraped_and_one_of_a_profile_only_where_it_is() -> None:
    (job,) = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    always = {target.partition(":")[0]: each["labels"]["service"] for each in job["static_configs"] for target in each["targets"]}
    found = {name for each in job["dns_sd_configs"] for name in each["names"]}
    named = {rule["regex"]: rule["replacement"] for rule in job["relabel_configs"] if rule["target_label"] == "service"}
    assert always | {name: named[name] for name in found} == OF_SERVICE
    assert found == {name for name in OF_SERVICE if "profiles" in COMPOSE["services"][name]}


def test_rules_on_drift_have_the_bounds_of_the_scanners_own_pushes() -> None:
    said = {rule["alert"]: rule["expr"] for rule in rules() if "alert" in rule}
    assert said["EstimatesDrift"] == f"pricing_drift_psi > {MOST[PSI]}"
    assert said["MuchIsUnknown"] == f"pricing_unknown_share > {MOST[UNKNOWN]}"
    assert said["IntervalsMiss"] == f"pricing_interval_coverage < {LEAST_COVERAGE}"
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(" `"): line for line in page.splitlines() if line.startswith("| `pricing_")}
    assert f"above {MOST[PSI]} " in rows["pricing_drift_psi"]
    assert f"above {MOST[UNKNOWN]:.0%}".replace("%", " %") in rows["pricing_unknown_share"]
    assert f"below {LEAST_COVERAGE:.0%}".replace("%", " %") in rows["pricing_interval_coverage"]


def test_what_is_scraped_bears_the_labels_that_rules_and_dashboards_go_by() -> None:
    jobs = set(re.findall(r'\bjob="([^"]*)"', " ".join(expressions().values())))
    assert len(jobs) == 1
    services = {path.parent.name for path in (ROOT / "services").glob("*/pyproject.toml")}
    wanted = {(job, service) for job in jobs for service in services}
    for name in ("prometheus.yml", "prometheus.local.yml"):
        found = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))["scrape_configs"]
        assert {(job["job_name"], each["labels"]["service"]) for job in found for each in job["static_configs"]} == wanted, name
    assert {relabelled(service) for service in services} == wanted


def relabelled(service: str) -> tuple[str, str]:
    """The labels job and service of a pod, by the monitor of the example for a cluster: the operator's, and what replaces them."""
    monitor = yaml.safe_load((ROOT / "deploy/kubernetes/examples/production/pod-monitor.yaml").read_text(encoding="utf-8"))
    labels = {"__meta_kubernetes_pod_label_app_kubernetes_io_name": service, "job": "pricing/product-pricing-agent", "service": ""}
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    for each in endpoint.get("relabelings", ()):
        (source,) = each.get("sourceLabels", [""])
        labels[each["targetLabel"]] = each.get("replacement") or labels[source]
    return labels["job"], labels["service"]


def test_every_figure_in_rules_and_dashboards_is_one_that_a_service_shows() -> None:
    there = exposed() | BY_PROMETHEUS | recorded()
    asked = expressions()
    assert len(asked) > 60
    assert {where: names_in(expr) - there for where, expr in asked.items() if not names_in(expr) <= there} == {}
    assert [where for where, expr in asked.items() if not names_in(expr)] == []


def test_what_every_notifier_tells_of_the_one_stream_is_not_added_up() -> None:
    told = [expr for expr in expressions().values() if "notifier_stream_lag" in expr or "notifier_stream_pending" in expr]
    assert len(told) >= 3
    assert [expr for expr in told if re.search(r"sum\(notifier_stream", expr)] == []


def test_a_scrape_that_a_page_shows_bears_the_labels_that_rules_and_dashboards_go_by() -> None:
    (job,) = set(re.findall(r'\bjob="([^"]*)"', " ".join(expressions().values())))
    pages = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
    shown = [text for page in pages.values() for text in re.findall(r"```yaml\n(scrape_configs:.*?)```", page, re.DOTALL)]
    assert shown
    for text in shown:
        for each in yaml.safe_load(text)["scrape_configs"]:
            assert each["job_name"] == job
            assert all("service" in one["labels"] for one in each["static_configs"])


def test_the_names_in_an_expression_are_found() -> None:
    said = 'histogram_quantile(0.9, sum by (le, a) (rate(x_bucket{a=~"y_total|z"}[5m]))) / on (a) (w:v:u > 0) or vector(0)'
    assert names_in(said) == {"x_bucket", "w:v:u"}


def test_dashboards_have_ids_of_their_own_and_ask_the_source_that_is_chosen() -> None:
    boards = [json.loads(path.read_text(encoding="utf-8")) for path in DASHBOARDS]
    assert len(boards) == 3
    assert len({board["uid"] for board in boards}) == len({board["title"] for board in boards}) == 3
    for board in boards:
        ids = [panel["id"] for panel in panels(board)]
        assert len(set(ids)) == len(ids)
        (source,) = [each for each in board["templating"]["list"] if each["name"] == "datasource"]
        assert (source["type"], source["query"]) == ("datasource", "prometheus")
        asking = [panel for panel in panels(board) if panel["type"] != "row"]
        sources = [each["datasource"]["uid"] for panel in asking for each in (panel, *panel["targets"])]
        assert set(sources) == {"${datasource}"}
        assert [panel["title"] for panel in asking if panel["gridPos"]["x"] + panel["gridPos"]["w"] > 24] == []


def test_grafana_is_given_the_dashboards_where_they_are_mounted_and_the_sources_that_are_asked() -> None:
    provisioning = FOLDER / "grafana" / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources" / "datasources.yml").read_text(encoding="utf-8"))["datasources"]
    assert {(each["uid"], each["type"]) for each in sources} == {("prometheus", "prometheus"), ("jaeger", "jaeger")}
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "dashboards.yml").read_text(encoding="utf-8"))["providers"]
    assert provider["options"]["path"] == "/etc/grafana/dashboards"


def test_the_collector_takes_what_services_send_and_bounds_what_it_holds() -> None:
    said = yaml.safe_load((FOLDER / "collector.yaml").read_text(encoding="utf-8"))
    traces = said["service"]["pipelines"]["traces"]
    assert said["receivers"]["otlp"]["protocols"]["http"]["endpoint"].endswith(":4318")
    assert {name for part in ("receivers", "processors", "exporters") for name in traces[part]} == {
        *said["receivers"],
        *said["processors"],
        *said["exporters"],
    }
    assert traces["processors"][0] == "memory_limiter"
