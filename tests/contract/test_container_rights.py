"""What a container of docker-compose.yml may do, reach, use and know: as little as it needs."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from frontier_rag.chat.endpoints import PROVIDERS
from tests.contract.compose_file import BUILT, COMPOSE, NO_SECRET, OF_SERVICE, ROOT, environment, given, held, secret_settings

CHAT_KEYS = {variable for _, variable in PROVIDERS.values() if variable}
OF_EVERY_SERVICE = {"api_keys", "peer_api_key", "metrics_key", "otel_exporter_otlp_headers"}
WITHOUT_WHEELS = {"jstyleson"}  # Python alone
MAKES_A_PASSWORD = {name for name, each in COMPOSE["services"].items() if "restart" not in each}


def test_secrets_go_only_where_they_are_used() -> None:
    assert [name for name, each in COMPOSE["services"].items() if "env_file" in each] == []
    own = {name: held(name) - OF_EVERY_SERVICE for name in COMPOSE["services"]}
    assert {name: found for name, found in own.items() if found} == {
        "specialist": {"specialist_openai_api_key"},
        "specialist-gpu": {"specialist_openai_api_key", "hf_token"},
        "frontier-rag": {variable.lower() for variable in CHAT_KEYS},
        "ensemble": {"ensemble_cache_redis_url", "peer_cert"},
        "scanner": {"openai_api_key", "database_url"},
        "notifier": {"database_url", "notify_urls", "notifier_mqtt_url"},
        "dashboard": {"dashboard_password", "peer_cert"},
        "redis-credentials": {"redis_password"},
        "postgres-password": {"postgres_password"},
        "grafana-credentials": {"grafana_password"},
    }
    assert {name for name in COMPOSE["services"] if held(name) & OF_EVERY_SERVICE} == {*OF_SERVICE, "prometheus"}
    assert held("prometheus") == {"metrics_key"}


@pytest.mark.parametrize("container", OF_SERVICE)
def test_every_secret_of_a_service_can_come_as_a_file(container: str) -> None:
    known = environment(container) & (secret_settings(OF_SERVICE[container]) | CHAT_KEYS)
    assert known
    for name in known - {"API_KEYS"}:  # whose file has a form of its own, and is a setting
        path = given(container)[f"{name}_FILE"]
        assert name == "REDIS_URL" or name.lower() in held(container)
        assert path in (f"${{{name}_FILE:+/run/secrets/{name.lower()}}}", "/run/redis/url") or name == "DATABASE_URL", path


def test_a_password_file_that_cannot_be_read_is_told_and_no_other_password_is_made(tmp_path: Path) -> None:
    kept, given = tmp_path / "credentials", tmp_path / "password"
    kept.mkdir()
    text = (ROOT / "deploy" / "compose" / "credentials.sh").read_text(encoding="utf-8")
    script = text.replace("/run/secrets/password", str(given)).replace("/credentials", str(kept))

    def made() -> tuple[int, str, str]:
        command = ["sh", "-c", script, "credentials.sh", "redis://", "redis:6379/0"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        url = (kept / "url").read_text(encoding="utf-8") if (kept / "url").exists() else ""
        return done.returncode, url, done.stderr

    given.mkdir()  # a file that not even root can read
    code, url, said = made()
    assert (code != 0, url, str(given) in said) == (True, "", True)
    given.rmdir()
    given.write_text("a b", encoding="utf-8")
    assert made() == (0, "redis://:%61%20%62@redis:6379/0", "")
    given.write_text("", encoding="utf-8")  # none was named
    assert made() == (0, "redis://:%61%20%62@redis:6379/0", "")


def test_a_process_for_each_gpu_has_as_many_threads_here_as_on_a_gpu_node() -> None:
    node = yaml.safe_load((ROOT / "deploy" / "gpu-node" / "docker-compose.yml").read_text(encoding="utf-8"))
    assert COMPOSE["services"]["specialist-gpu"]["pids_limit"] == node["services"]["specialist"]["pids_limit"]


def test_whoever_asks_a_specialist_elsewhere_can_be_told_by_which_certificate_it_is_known() -> None:
    asking = {name for name in OF_SERVICE if "${SPECIALIST_URL" in str(given(name).get("SPECIALIST_URL"))}
    assert asking == {"ensemble", "dashboard"} == {name for name in OF_SERVICE if "peer_cert" in held(name)}
    assert {given(name)["SSL_CERT_FILE"] for name in asking} == {"${PEER_CERT_FILE:+/run/secrets/peer_cert}"}


def test_a_secret_that_is_not_named_is_an_empty_file() -> None:
    assert NO_SECRET.read_bytes() == b""
    relative = NO_SECRET.relative_to(ROOT)
    files = {name: each["file"] for name, each in COMPOSE["secrets"].items()}
    assert files == {name: f"${{{name.upper()}_FILE:-./{relative}}}" for name in files}


def test_what_a_server_and_its_users_share_is_mounted_into_nothing_else() -> None:
    volumes = {
        name: {
            container
            for container, each in COMPOSE["services"].items()
            if any(volume.split(":")[0] == name for volume in each.get("volumes", ()))
        }
        for name in COMPOSE["volumes"]
    }
    assert volumes["redis-credentials"] == {"redis-credentials", "redis", "scanner", "notifier"}
    assert volumes["postgres-credentials"] == {"postgres-credentials", "postgres-password", "postgres", "scanner", "notifier"}
    assert volumes["grafana-credentials"] == {"grafana-credentials", "grafana"}
    shared = {name for name, containers in volumes.items() if len(containers) > 1}
    assert shared == {"redis-credentials", "postgres-credentials", "grafana-credentials"}


def test_stores_are_reached_by_their_users_alone() -> None:
    members = {
        network: {name for name, each in COMPOSE["services"].items() if network in each.get("networks", ())}
        for network in COMPOSE["networks"]
    }
    assert members == {
        "stream": {"redis", "scanner", "notifier"},
        "products": {"chroma", "frontier-rag"},
        "database": {"postgres", "scanner", "notifier"},
    }
    assert all(network["internal"] for network in COMPOSE["networks"].values())
    assert {name for name in COMPOSE["services"] if "REDIS_URL" in environment(name)} == members["stream"] - {"redis"}
    assert {name for name in COMPOSE["services"] if "DATABASE_URL" in environment(name)} == members["database"] - {"postgres"}
    assert {name for name in COMPOSE["services"] if "CHROMA_URL" in environment(name)} == members["products"] - {"chroma"}
    assert {name for name, each in COMPOSE["services"].items() if "networks" in each} == set().union(*members.values())
    assert {COMPOSE["services"][name]["network_mode"] for name in MAKES_A_PASSWORD} == {"none"}


@pytest.mark.parametrize("container", COMPOSE["services"])
def test_a_container_has_no_more_rights_than_it_needs(container: str) -> None:
    rights: dict[str, Any] = COMPOSE["services"][container]
    assert rights["cap_drop"] == ["ALL"]
    assert rights["security_opt"] == ["no-new-privileges:true"]
    assert rights["read_only"] is (container != "specialist-gpu")
    assert {"mem_limit", "pids_limit", "cpu_quota", "logging"} <= rights.keys()
    assert all(re.search(r":size=\d+[mg]\b", each) for each in rights.get("tmpfs", ())), "memory without a bound"
    assert all(port.startswith("127.0.0.1:") for port in rights.get("ports", ()))
    assert ("tmpfs" in rights) is (container not in MAKES_A_PASSWORD)


@pytest.mark.parametrize("container", [name for name in COMPOSE["services"] if name not in BUILT and name not in MAKES_A_PASSWORD])
def test_what_is_not_ours_can_be_asked_whether_it_is_ready_and_can_be_pinned(container: str) -> None:
    foreign = COMPOSE["services"][container]
    assert ("healthcheck" in foreign) is (
        container not in ("otel-collector", "jaeger")
    )  # whose images have no program that could ask
    assert re.fullmatch(r"\$\{[A-Z_]+_IMAGE:-[a-z0-9/-]+:[\w.-]+\}", foreign["image"])
    assert not foreign["image"].endswith(":latest}")


def test_nothing_starts_before_what_it_cannot_do_without() -> None:
    waits = {name: each.get("depends_on", {}) for name, each in COMPOSE["services"].items()}
    conditions = {name: {on: how["condition"] for on, how in each.items()} for name, each in waits.items() if each}
    ended = "service_completed_successfully"
    assert conditions["ensemble"] == dict.fromkeys(("specialist", "frontier-rag", "random-forest"), "service_healthy")
    assert conditions["scanner"] == {
        **dict.fromkeys(("ensemble", "redis", "postgres"), "service_healthy"),
        "postgres-credentials": ended,
    }
    assert conditions["notifier"] == {"redis": "service_healthy", "postgres": "service_healthy", "postgres-credentials": ended}
    assert conditions["redis"] == {"redis-credentials": ended}
    assert conditions["postgres"] == {"postgres-password": ended}
    assert [name for name, each in waits.items() if any(how.get("required") is False for how in each.values())] == [
        "scanner",
        "notifier",
    ]


def test_the_images_are_made_by_a_pinned_uv_for_both_processors() -> None:
    text = (ROOT / "services" / "uv.txt").read_text(encoding="utf-8")
    assert re.search(r"^uv==\d+\.\d+\.\d+ ", text, re.MULTILINE)
    assert text.count("--hash=sha256:") > 10  # one for each platform's wheel
    recipe = (ROOT / "services" / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes" in recipe
    assert recipe.count("uv sync --frozen") == 2


def wheels_for_arm() -> dict[str, bool]:
    """Every locked package that services may need, and whether it has a wheel for Linux on arm64, or for any machine."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    packages = {each["name"]: each for each in lock["package"]}
    wanted, found = list(dict.fromkeys(OF_SERVICE.values())), {}
    while wanted:
        package = packages[wanted.pop()]
        if package["name"] in found:
            continue
        names = [Path(wheel["url"]).name for wheel in package.get("wheels", ())]
        is_ours = "registry" not in package["source"]
        found[package["name"]] = is_ours or any(re.search(r"-(any|[\w.]*(manylinux|linux)\w*_aarch64)", name) for name in names)
        extras = package.get("optional-dependencies", {}) if is_ours else {}
        needed = [*package.get("dependencies", ()), *extras.get("postgres", ()), *extras.get("redis", ())]
        wanted += [each["name"] for each in needed if "win32" not in each.get("marker", "") or "!=" in each.get("marker", "")]
    return found


def test_every_package_of_the_images_has_a_wheel_for_arm64() -> None:
    """So that one Dockerfile makes images for both; nothing is compiled, and nothing of it needs a compiler."""
    found = wheels_for_arm()
    assert len(found) > 60
    assert [name for name, has_one in found.items() if not has_one and name not in WITHOUT_WHEELS] == []
