"""deploy/kubernetes against the schemas of three versions, and against what code, documents and docker-compose.yml say."""

import json
import re
from importlib import import_module
from typing import Any

import anyio
import pytest
import yaml
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from common.http.allowed_hosts import names_of
from common.http.listening import refusal_to_listen
from common.models.doors import PATH as MODELS
from common.settings import HttpSettings, ServiceSettings
from tests.contract.compose_file import secret_settings
from tests.integration.deploy.manifests import (
    KUBERNETES,
    NAME,
    OVERLAYS,
    ROOT,
    Manifest,
    all_containers,
    container,
    of_kind,
    pod,
    rendered,
    secrets_of,
    selected,
    settings_of,
    workloads,
)

VERSIONS = ("1.33", "1.35", "1.37")
FOLDERS = [*(f"overlays/{name}" for name in OVERLAYS), "examples/production"]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/pyproject.toml"))
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "kubernetes.md").read_text(encoding="utf-8")
OF_OPERATORS = {"ExternalSecret", "PodMonitor"}  # kinds that Kubernetes itself has no schema of
OF_MODELS = {"ensemble", "specialist", "random-forest"}  # who fetches versions of them; frontier-rag has its way out anyway
NOT_OURS = {"HOME"}  # of the operating system
EXAMPLES = {
    "DASHBOARD_PASSWORD": f"scrypt:15:8:1:{'c' * 22}:{'A' * 43}",
    "REDIS_URL": "redis://user:password@redis.databases:6379/0",
    "SCANNER_DATABASE_URL": "postgresql://scanner:password@postgres.databases/pricer",
    "NOTIFIER_DATABASE_URL": "postgresql://notifier:password@postgres.databases/pricer",
}


def section(heading: str) -> str:
    """Of docs/settings.md."""
    return SETTINGS.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def service_of(name: str) -> str:
    return name.removesuffix("-gpu")


def ours(manifests: tuple[Manifest, ...]) -> dict[str, Manifest]:
    """Workloads that run a service of ours; chroma is another program."""
    return {name: each for name, each in workloads(manifests).items() if name != "chroma"}


def environment(workload: Manifest, manifests: tuple[Manifest, ...]) -> dict[str, str]:
    """What its process is told, with examples for secrets that must be there."""
    given = {name: EXAMPLES.get(key, "some-secret") for name, _, key, is_needed in secrets_of(workload) if is_needed}
    return settings_of(workload, manifests) | given


def validator() -> Any:
    return pytest.importorskip("kubernetes_validate", reason="needs kubernetes-validate: uv sync --inexact --group deploy")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_is_valid(version: str) -> None:
    """Of all folders: most of their manifests are the same, and are looked at once."""
    distinct = {json.dumps(each): each for folder in FOLDERS for each in rendered(folder) if each["kind"] not in OF_OPERATORS}
    assert len(distinct) > 60
    for each in distinct.values():
        validator().validate(each, version, strict=True)


def test_the_validation_finds_what_is_wrong() -> None:
    (wrong,) = [
        dict(each) for each in rendered("overlays/cpu") if each["kind"] == "Deployment" and each["metadata"]["name"] == "ensemble"
    ]
    wrong["spec"] = wrong["spec"] | {"replica": 2}
    with pytest.raises(validator().ValidationError):
        validator().validate(wrong, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_container_of_compose_runs(folder: str) -> None:
    assert set(ours(rendered(folder))) == set(SERVICES)
    assert set(workloads(rendered(folder))) == set(COMPOSE["services"]) - {"redis", "specialist-gpu"} - _others()


def _others() -> set[str]:
    """Containers of compose that a cluster has operators or services for."""
    return {name for name, each in COMPOSE["services"].items() if "build" not in each}


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_pod_has_more_rights_than_it_needs(folder: str) -> None:
    for name, workload in workloads(rendered(folder)).items():
        spec, only = pod(workload), container(workload)
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["enableServiceLinks"] is False, f"{name}: SCANNER_PORT would be the cluster's"
        assert spec["securityContext"]["runAsNonRoot"], name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for each in all_containers(workload):
            assert each["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert each["image"] == only["image"]
        assert spec["serviceAccountName"] == name
        assert only["resources"]["requests"].keys() >= {"cpu", "memory"}, name
        assert "memory" in only["resources"]["limits"], name
    assert not of_kind(rendered(folder), "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
    assert all(each["automountServiceAccountToken"] is False for each in of_kind(rendered(folder), "ServiceAccount").values())


def test_pods_run_as_the_user_of_the_images() -> None:
    recipe = (ROOT / "services" / "Dockerfile").read_text(encoding="utf-8")
    (user,) = set(re.findall(r"(?:useradd --uid |pricer:x:)(\d+)", recipe))
    for workload in workloads(rendered("overlays/cpu")).values():
        assert pod(workload)["securityContext"]["runAsUser"] == pod(workload)["securityContext"]["fsGroup"] == int(user)


@pytest.mark.parametrize("folder", FOLDERS)
def test_images_are_those_that_are_built(folder: str) -> None:
    for name, workload in ours(rendered(folder)).items():
        image, _, tag = container(workload)["image"].rpartition(":")
        assert tag not in {"", "latest"}
        is_gpu = "nvidia.com/gpu" in container(workload)["resources"]["limits"]
        assert image.rpartition("/")[2] == f"{name}-gpu" if is_gpu else name


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_service_listens_where_it_is_asked_and_probed(folder: str) -> None:
    (exposed,) = re.findall(r"^EXPOSE (\d+)", (ROOT / "services" / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    for name, workload in workloads(rendered(folder)).items():
        only = container(workload)
        assert only["ports"] == [{"name": "http", "containerPort": int(exposed)}]
        (port,) = of_kind(rendered(folder), "Service")[name]["spec"]["ports"]
        assert (port["port"], port["targetPort"]) == (int(exposed), "http")
        probes = {kind: only[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
        assert {probe["port"] for probe in probes.values()} == {"http"}
        if name == "chroma":
            (path,) = {probe["path"] for probe in probes.values()}
            assert path in " ".join(COMPOSE["services"]["chroma"]["healthcheck"]["test"])
            assert only["command"] == COMPOSE["services"]["chroma"]["command"]
        else:
            assert {kind: probe["path"] for kind, probe in probes.items()} == {
                "startup": "/healthz",
                "liveness": "/healthz",
                "readiness": "/readyz",
            }
            assert settings_of(workload, rendered(folder))[f"{name.upper().replace('-', '_')}_PORT"] == exposed


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_setting_is_one_of_the_service_that_is_given_it(folder: str) -> None:
    for name, workload in ours(rendered(folder)).items():
        headings = ("Every service", "Where services find each other", name)
        known = {found for heading in headings for found in re.findall(r"`([A-Z][A-Z0-9_]{3,})`", section(heading))}
        told = {*settings_of(workload, rendered(folder)), *(variable for variable, *_ in secrets_of(workload))}
        assert told - known - NOT_OURS == set(), name
        assert "OPEN_TO_NETWORK" not in told


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_be_started_with_what_it_is_told(service: str, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every value is one that it takes; strangers are kept away by a key; it has time to stop; it answers to the ingress's name."""
    workload = ours(rendered(folder))[service]
    told = environment(workload, rendered(folder))
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    http = HttpSettings()
    settings: ServiceSettings = import_module(f"{service.replace('-', '_')}.settings").Settings()
    assert refusal_to_listen("0.0.0.0", http) == ""
    assert settings.drain_seconds > 0
    assert pod(workload)["terminationGracePeriodSeconds"] >= settings.stop_seconds
    if service in of_kind(rendered(folder), "Ingress"):
        assert ingress_hosts(rendered(folder))[service] <= names_of(service, http)


def ingress_hosts(manifests: tuple[Manifest, ...]) -> dict[str, set[str]]:
    """The names under which each service is reached from outside; with TLS, each."""
    hosts: dict[str, set[str]] = {}
    for each in of_kind(manifests, "Ingress").values():
        names = {rule["host"] for rule in each["spec"]["rules"]}
        assert names == {name for tls in each["spec"]["tls"] for name in tls["hosts"]}
        assert all(tls["secretName"] for tls in each["spec"]["tls"])
        for rule in each["spec"]["rules"]:
            hosts.setdefault(rule["http"]["paths"][0]["backend"]["service"]["name"], set()).add(rule["host"])
    return hosts


@pytest.mark.parametrize("folder", FOLDERS)
def test_only_dashboard_and_ensemble_have_doors_to_the_outside_and_these_hide_what_is_inside(folder: str) -> None:
    assert set(ingress_hosts(rendered(folder))) == {"dashboard", "ensemble"}
    inside = {("/readyz", "Exact"), ("/metrics", "Exact")}
    for name, each in of_kind(rendered(folder), "Ingress").items():
        paths = each["spec"]["rules"][0]["http"]["paths"]
        hidden = {(path["path"], path["pathType"]) for path in paths if path["backend"]["service"]["name"] == "nowhere"}
        assert hidden == inside | ({(MODELS, "Prefix")} if name == "ensemble" else set()), "the dashboard's /models is a page"
    assert "selector" not in of_kind(rendered(folder), "Service")["nowhere"]["spec"]


@pytest.mark.parametrize("name", ["ensemble", "dashboard"])
def test_a_visitor_is_whom_the_ingress_controller_names_and_nobody_names_himself_another(name: str) -> None:
    manifests = rendered("overlays/cpu")
    trusted = settings_of(workloads(manifests)[name], manifests)["FORWARDED_ALLOW_IPS"]
    seen: list[Any] = []

    async def app(scope: Any, _: Any, __: Any) -> None:
        seen.append(scope["client"][0])

    for peer, header in (("10.244.1.7", b"6.6.6.6, 203.0.113.9"), ("10.244.1.7", b"203.0.113.9"), ("203.0.113.9", b"6.6.6.6")):
        scope: Any = {"type": "http", "scheme": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", header)]}
        anyio.run(ProxyHeadersMiddleware(app, trusted_hosts=trusted), scope, None, None)
    assert seen == ["203.0.113.9"] * 3


def calls() -> set[tuple[str, str]]:
    """Who asks whom, as docker-compose.yml gives them each other's addresses."""
    found = set[tuple[str, str]]()
    for caller, each in COMPOSE["services"].items():
        for value in (each.get("environment") or {}).values():
            found |= {
                (caller, callee)
                for callee in re.findall(r"http://([a-z-]+):8000", str(value))
                if service_of(callee) != service_of(caller)
            }
    return {(caller, callee) for caller, callee in found if callee in COMPOSE["services"] and caller != "specialist-gpu"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_network_policies_let_through_the_calls_that_there_are_and_no_others(folder: str) -> None:
    policies = of_kind(rendered(folder), "NetworkPolicy")
    assert policies["nobody"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    into, out = set[tuple[str, str]](), set[tuple[str, str]]()
    for name, policy in policies.items():
        own = policy["spec"]["podSelector"].get("matchLabels", {}).get(NAME)
        assert own in {name, None}
        for rule in policy["spec"].get("ingress") or ():
            assert rule["ports"] == [{"port": 8000}]
            into |= {(caller, str(own)) for peer in rule["from"] for caller in selected(peer)}
        for rule in policy["spec"].get("egress") or ():
            within = [peer for peer in rule.get("to", ()) if "namespaceSelector" not in peer]
            out |= {(str(own), callee) for peer in within for callee in selected(peer)}
    assert into == out == calls()
    assert set(workloads(rendered(folder))) <= set(policies)


def test_in_the_example_everybody_is_told_where_redis_and_postgresql_are() -> None:
    where = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "databases"}}}]
    policies = of_kind(rendered("examples/production"), "NetworkPolicy")
    rules = [(name, rule) for name, policy in policies.items() for rule in policy["spec"].get("egress") or ()]
    assert [(name, rule) for name, rule in rules if "to" not in rule] == [], "anybody's"
    found = {(name, port["port"]) for name, rule in rules if rule["to"] == where for port in rule["ports"]}
    users = {"ensemble": (6379, 6380), "scanner": (6379, 6380, 5432), "notifier": (6379, 6380, 5432)}
    assert found == {(name, port) for name, ports in users.items() for port in ports}


def test_in_the_example_every_pod_may_send_its_traces_to_the_collector_that_it_is_told_of() -> None:
    manifests = rendered("examples/production")
    told = {
        settings_of(each, manifests)["OTEL_EXPORTER_OTLP_ENDPOINT"]
        for name, each in workloads(manifests).items()
        if name != "chroma"
    }
    assert told == {"http://otel-collector.monitoring:4318"}
    policy = of_kind(manifests, "NetworkPolicy")["traces"]["spec"]
    assert policy["podSelector"] == {}
    assert policy["policyTypes"] == ["Egress"]
    assert policy["egress"] == [
        {
            "to": [
                {
                    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}},
                    "podSelector": {"matchLabels": {NAME: "otel-collector"}},
                }
            ],
            "ports": [{"port": 4318}],
        }
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_to_the_internet_go_only_those_who_have_business_there_and_never_to_private_addresses(folder: str) -> None:
    abroad = set[str]()
    for policy in of_kind(rendered(folder), "NetworkPolicy").values():
        blocks = [
            peer["ipBlock"] for rule in policy["spec"].get("egress") or () for peer in rule.get("to", ()) if "ipBlock" in peer
        ]
        for block in blocks:
            if block["cidr"] == "0.0.0.0/0":
                abroad |= selected(policy["spec"])
                assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(block["except"])
    hub = {"specialist"} if "hf download" in str(rendered(folder)) else set()
    registry = OF_MODELS if folder == "overlays/hub" else set()
    assert abroad == {"scanner", "notifier", "frontier-rag"} | hub | registry


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_secret_of_a_service_has_a_place_in_one_of_the_cluster_and_goes_to_no_other_service(folder: str) -> None:
    """What is written into a ConfigMap instead everybody reads who may read those."""
    is_gpu, is_postgres = "gpu" in folder, "postgres" in folder or folder.startswith("examples")
    for name, workload in ours(rendered(folder)).items():
        wanted = secret_settings(name) - {"OTEL_EXPORTER_OTLP_TRACES_HEADERS"}  # the other one is enough
        wanted -= set() if is_postgres else {"DATABASE_URL"}
        wanted -= set() if name == "ensemble" else {"API_KEYS"}  # callers from outside are its alone
        wanted -= {"REDIS_URL"} if name not in {"ensemble", "scanner", "notifier"} else set()  # no quotas, so nothing to share
        wanted -= {"SPECIALIST_OPENAI_API_KEY"} if is_gpu else set()
        chat = {"DEEPSEEK_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY", "OPENROUTER_API_KEY"} if name == "frontier-rag" else set()
        beside = {"OPENAI_BASE_URL", "OPENAI_MODEL"} if name in {"frontier-rag", "scanner"} else set()
        hub = {"HF_TOKEN"} if name in {*OF_MODELS, "frontier-rag"} else set()
        assert {variable for variable, *_ in secrets_of(workload)} == wanted | chat | beside | hub, name


@pytest.mark.parametrize("folder", FOLDERS)
def test_secrets_come_from_outside_and_are_those_that_the_page_tells(folder: str) -> None:
    assert not of_kind(rendered(folder), "Secret")
    used = {(secret, key) for each in workloads(rendered(folder)).values() for _, secret, key, _ in secrets_of(each)}
    told = dict(re.findall(r"^\| `(pricing-[a-z]+)` \| ([^|]+) \|", PAGE, re.MULTILINE))
    assert {(secret, key) for secret, keys in told.items() for key in re.findall(r"`([A-Z_]+)`", keys)} >= used
    assert {secret for secret, _ in used} <= set(told)


def test_the_page_tells_no_secret_that_nobody_uses() -> None:
    used = {
        (secret, key)
        for folder in FOLDERS
        for each in workloads(rendered(folder)).values()
        for _, secret, key, _ in secrets_of(each)
    }
    told = dict(re.findall(r"^\| `(pricing-[a-z]+)` \| ([^|]+) \|", PAGE, re.MULTILINE))
    assert {(secret, key) for secret, keys in told.items() for key in re.findall(r"`([A-Z_]+)`", keys)} == used


def test_the_example_of_an_installation_has_a_vaults_entry_for_each_secret() -> None:
    manifests = rendered("examples/production")
    used = {secret for each in workloads(manifests).values() for _, secret, _, _ in secrets_of(each)}
    assert {each["spec"]["target"]["name"] for each in of_kind(manifests, "ExternalSecret").values()} == used


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_pod_is_scraped_whose_program_counts_and_with_the_key_for_it(folder: str) -> None:
    monitors = of_kind(rendered(folder), "PodMonitor")
    assert bool(monitors) is folder.startswith("examples")
    for each in monitors.values():
        (excluded,) = each["spec"]["selector"]["matchExpressions"]
        assert set(workloads(rendered(folder))) - set(excluded["values"]) == set(SERVICES)
        (endpoint,) = each["spec"]["podMetricsEndpoints"]
        shown = endpoint["authorization"]["credentials"]
        keys = {(secret, key) for workload in ours(rendered(folder)).values() for _, secret, key, _ in secrets_of(workload)}
        assert (shown["name"], shown["key"]) in keys
        assert endpoint["port"] == "http"


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_scales_and_what_may_be_evicted_names_what_is_there(folder: str) -> None:
    manifests = rendered(folder)
    scaled = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"] for each in of_kind(manifests, "HorizontalPodAutoscaler").values()
    }
    assert set(scaled) == {"ensemble", "random-forest", "specialist"} & set(of_kind(manifests, "Deployment"))
    assert all(2 <= each["minReplicas"] < each["maxReplicas"] for each in scaled.values())
    for name, workload in workloads(manifests).items():
        assert ("replicas" in workload["spec"]) is (name not in scaled), f"{name}: applying would undo its autoscaler"
        budget = of_kind(manifests, "PodDisruptionBudget")[name]["spec"]
        labels = workload["spec"]["template"]["metadata"]["labels"]
        assert budget["selector"]["matchLabels"].items() <= labels.items()
        assert budget["maxUnavailable"] == 1
        assert workload["spec"]["selector"]["matchLabels"].items() <= labels.items()
        assert of_kind(manifests, "Service")[name]["spec"]["selector"].items() <= labels.items()


@pytest.mark.parametrize(("to", "left"), [("gpu", "cpu"), ("cpu", "gpu")])
def test_no_price_comes_from_a_specialist_of_the_overlay_before(to: str, left: str) -> None:
    """Applying deletes nothing, and the two are of different kinds: what was there goes on until somebody deletes it."""
    wanted = of_kind(rendered(f"overlays/{to}"), "Service")["specialist"]["spec"]["selector"].items()
    labels = {
        each: workloads(rendered(f"overlays/{each}"))["specialist"]["spec"]["template"]["metadata"]["labels"] for each in (to, left)
    }
    assert wanted <= labels[to].items()
    assert not wanted <= labels[left].items()


def test_the_page_deletes_what_another_overlay_leaves_or_cannot_change() -> None:
    way = PAGE.split("\n## From one overlay to another\n")[1].split("\n## ")[0]
    for before, after in (("cpu", "gpu"), ("gpu", "cpu"), ("cpu", "postgres"), ("postgres", "cpu"), ("hub", "cpu")):
        (line,) = re.findall(rf"^\| `{before}` to `{after}` \|.*", way, re.MULTILINE)
        assert set(re.findall(r"`([a-z]+/[a-z-]+)`", line)) == in_the_way(before, after)


def in_the_way(before: str, after: str) -> set[str]:
    """What is gone in the other overlay, or is a StatefulSet with other volumes, which no cluster changes."""
    old, new = (
        {(each["kind"], each["metadata"]["name"]): each for each in rendered(f"overlays/{name}")} for name in (before, after)
    )
    claims = {key: each["spec"].get("volumeClaimTemplates") for key, each in old.items() if key[0] == "StatefulSet"}
    gone = {key for key in old if key not in new and key[0] != "ConfigMap"}
    changed = {key for key, each in claims.items() if key in new and new[key]["spec"].get("volumeClaimTemplates") != each}
    words = {"HorizontalPodAutoscaler": "hpa"}
    return {f"{words.get(kind, kind.lower())}/{name}" for kind, name in gone | changed}


def test_a_file_of_one_process_is_kept_by_one_process() -> None:
    """SQLite files and Chroma's folder have one process each; with PostgreSQL no file is left that must be kept."""
    for folder in ("overlays/cpu", "overlays/gpu"):
        for name in ("scanner", "notifier", "chroma"):
            workload = workloads(rendered(folder))[name]
            assert (workload["kind"], workload["spec"]["replicas"]) == ("StatefulSet", 1)
            assert workload["spec"]["volumeClaimTemplates"]
    for name in ("scanner", "notifier"):
        workload = workloads(rendered("overlays/postgres"))[name]
        assert "volumeClaimTemplates" not in workload["spec"]
        assert "DATABASE_URL" in {variable for variable, *_ in secrets_of(workload)}


def test_weights_on_a_cluster_are_those_of_a_gpu_node_and_only_who_fetches_them_has_the_token() -> None:
    workload = workloads(rendered("overlays/gpu"))["specialist"]
    fetching, serving = all_containers(workload)
    script = (ROOT / "deploy" / "gpu-node" / "weights.sh").read_text(encoding="utf-8")
    fetched = re.findall(r"download (\S+) --revision ([0-9a-f]{40})", " ".join(fetching["command"]))
    assert fetched == re.findall(r"download (\S+) --revision ([0-9a-f]{40})", script)
    told = settings_of(workload, rendered("overlays/gpu"))
    folders = re.findall(r"--local-dir (\S+)", " ".join(fetching["command"]))
    assert folders == [told["SPECIALIST_BASE_MODEL"], told["SPECIALIST_ADAPTER"]]
    assert "HF_TOKEN" not in str(serving)


def test_every_file_is_used() -> None:
    """What no kustomization names is forgotten, or was meant to be applied and is not."""
    named = {
        (folder / name).resolve()
        for path in KUBERNETES.rglob("kustomization.yaml")
        for folder in [path.parent]
        for name in re.findall(r"[\w./-]+\.(?:yaml|env)", path.read_text(encoding="utf-8"))
    }
    files = {path.resolve() for path in KUBERNETES.rglob("*") if path.is_file() and path.name != "kustomization.yaml"}
    assert files - named == set()
