"""The files of deploy/gpu-node: settings that the specialist takes, a unit that is right and safe, a Caddyfile that caddy takes."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.http.api_keys import KnownKeys
from common.http.listening import UNUSABLE_SETTINGS
from common.settings import HttpSettings
from specialist.settings import Settings
from tests.integration.deploy.manifests import ROOT

FOLDER = ROOT / "deploy" / "gpu-node"
UNIT = FOLDER / "pricing-specialist.service"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "docker-compose.yml").read_text(encoding="utf-8"))
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
SAFE = 25  # of 100, as systemd-analyze counts exposure; 100 is a service without any limit


def settings_in(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Z][A-Z0-9_]+)=(.*)$", text, re.MULTILINE))


def of_unit() -> dict[str, str]:
    (line,) = re.findall(r"^Environment=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(each.split("=", 1) for each in line.split())


def installed(etc: Path, *arguments: str) -> str:
    """Its settings, written below a folder as install.sh writes them below /etc; what it said."""
    told = os.environ | {"ETC": str(etc), "ONLY_SETTINGS": "1"}
    done = subprocess.run(
        ["bash", str(FOLDER / "install.sh"), *arguments], env=told, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


@pytest.mark.parametrize(
    "told",
    [
        settings_in((FOLDER / "specialist.env").read_text(encoding="utf-8")),
        of_unit(),
        COMPOSE["services"]["specialist"]["environment"],
    ],
    ids=["specialist.env", "unit", "compose"],
)
def test_every_setting_is_one_that_the_specialist_has(told: dict[str, str]) -> None:
    assert len(told) > 3
    assert set(told) - set(re.findall(r"`([A-Z][A-Z0-9_]{3,})`", SETTINGS)) - {"HOME"} == set()


def test_what_is_installed_is_what_the_specialist_takes_and_asks_for_the_key_that_was_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = installed(tmp_path, "gpu-node.example.com")
    (key,) = re.findall(r"PEER_API_KEY=(\S+)", said)
    text = (tmp_path / "pricing-specialist" / "specialist.env").read_text(encoding="utf-8")
    assert key not in text
    assert "REQUIRE_KEY" not in text, "which would go before the unit's"
    for name, value in (settings_in(text) | of_unit()).items():
        monkeypatch.setenv(name, value)
    http, settings = HttpSettings(), Settings()
    assert KnownKeys(http.accepted).find(key)
    assert not KnownKeys(http.accepted).find(hashlib.sha256(key.encode()).hexdigest())
    assert http.host_names == {"gpu-node.example.com"}
    assert (settings.backend, settings.devices, settings.port, http.host) == ("cuda", "all", 8001, "127.0.0.1")
    assert (tmp_path / "pricing-specialist" / "specialist.env").stat().st_mode & 0o077 == 0


def test_installing_again_keeps_the_key(tmp_path: Path) -> None:
    assert "PEER_API_KEY=" in installed(tmp_path, "--internal", "gpu-node.lan")
    before = (tmp_path / "pricing-specialist" / "specialist.env").read_text(encoding="utf-8")
    assert "PEER_API_KEY=" not in installed(tmp_path, "--internal", "gpu-node.lan")
    assert (tmp_path / "pricing-specialist" / "specialist.env").read_text(encoding="utf-8") == before
    caddy = (tmp_path / "systemd/system/caddy.service.d/gpu-node.conf").read_text(encoding="utf-8")
    assert "GPU_NODE_NAME=gpu-node.lan GPU_NODE_TLS=internal" in caddy


def test_where_the_disk_was_full_the_next_run_makes_the_key(tmp_path: Path) -> None:
    told = os.environ | {"ETC": str(tmp_path), "ONLY_SETTINGS": "1"}
    command = f"ulimit -f 0; exec bash {FOLDER / 'install.sh'} gpu-node.example.com"
    assert subprocess.run(["bash", "-c", command], env=told, capture_output=True, timeout=60, check=False).returncode
    assert "PEER_API_KEY=" in installed(tmp_path, "gpu-node.example.com")
    assert "API_KEYS=ensemble:sha256:" in (tmp_path / "pricing-specialist" / "specialist.env").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "API_KEYS=\n", "API_KEYS= \nALLOWED_HOSTS=gpu-node.lan\n"])
def test_a_node_that_would_let_everybody_in_is_not_installed(text: str, tmp_path: Path) -> None:
    (tmp_path / "pricing-specialist").mkdir()
    (tmp_path / "pricing-specialist" / "specialist.env").write_text(text, encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        installed(tmp_path, "gpu-node.example.com")
    assert "names no key, so that everybody would be let in" in refused.value.stderr
    assert not (tmp_path / "systemd" / "system" / "pricing-specialist.service").exists()


@pytest.mark.parametrize("keys", ["", "API_KEYS=", "API_KEYS= ", "API_KEYS=,"])
def test_an_installed_node_whose_keys_were_taken_away_does_not_start(keys: str, tmp_path: Path) -> None:
    """Caddy would let everybody in. It is not started again and again either."""
    installed(tmp_path, "gpu-node.example.com")
    text = (tmp_path / "pricing-specialist" / "specialist.env").read_text(encoding="utf-8")
    edited = settings_in(re.sub(r"^API_KEYS=.*$", keys, text, flags=re.MULTILINE))
    told = os.environ | of_unit() | edited | {"VAR_DIR": str(tmp_path / "var"), "SPECIALIST_BACKEND": "onnx"}
    command = [sys.executable, "-m", "specialist"]
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "API_KEYS" in done.stderr) == (UNUSABLE_SETTINGS, True), done.stderr[-500:]
    assert f"RestartPreventExitStatus={UNUSABLE_SETTINGS}" in UNIT.read_text(encoding="utf-8")


def test_weights_are_fetched_at_fixed_revisions_to_where_the_settings_look(tmp_path: Path) -> None:
    hub = tmp_path / "hf"
    hub.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    hub.chmod(0o755)
    subprocess.run(
        ["bash", str(FOLDER / "weights.sh"), "/weights"], env=os.environ | {"HUB_COMMAND": str(hub)}, timeout=60, check=True
    )
    asked = (tmp_path / "asked").read_text().splitlines()
    found = [re.search(r"download (\S+) --revision ([0-9a-f]{40}) .*--local-dir (\S+)", line) for line in asked]
    assert [each and each[1] for each in found] == ["meta-llama/Llama-3.1-8B", "ed-donner/pricer-2024-09-13_13.04.39"]
    told = settings_in((FOLDER / "specialist.env").read_text(encoding="utf-8"))
    folders = [Path(told["SPECIALIST_BASE_MODEL"]).name, Path(told["SPECIALIST_ADAPTER"]).name]
    assert [each and Path(each[3]).name for each in found] == folders
    defaults = COMPOSE["services"]["specialist"]["environment"]
    assert [Path(defaults[name].rstrip("}")).name for name in ("SPECIALIST_BASE_MODEL", "SPECIALIST_ADAPTER")] == folders


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there."""
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("needs systemd-analyze: apt-get install systemd")
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/pricing-agent/.venv/bin/python", "/bin/true"))
    return copy


def test_systemd_finds_the_unit_right_and_safe(unit: Path) -> None:
    right = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (right.returncode, right.stderr) == (0, "")
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={SAFE}", "--no-pager", str(unit)]
    safe = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert safe.returncode == 0, safe.stdout[-300:]


def test_the_unit_lets_requests_end_and_does_not_repeat_what_cannot_start() -> None:
    text = UNIT.read_text(encoding="utf-8")
    assert "KillMode=mixed" in text, "else the GPUs' processes would end before the requests"
    (stop,) = re.findall(r"^TimeoutStopSec=(\d+)", text, re.MULTILINE)
    assert int(stop) >= Settings().stop_seconds
    assert "RestartPreventExitStatus=78" in text


@pytest.mark.parametrize("tls", ["public", "internal"])
def test_caddy_takes_the_caddyfile(tls: str, tmp_path: Path) -> None:
    caddy = shutil.which("caddy")
    if not caddy:
        pytest.skip("needs caddy: apt-get install caddy")
    told = os.environ | {
        "GPU_NODE_NAME": "gpu-node.example.com",
        "GPU_NODE_TLS": tls,
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
    }
    command = [caddy, "validate", "--adapter", "caddyfile", "--config", str(FOLDER / "Caddyfile")]
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-1000:]


def test_containers_have_no_more_rights_than_they_need() -> None:
    for name, each in COMPOSE["services"].items():
        assert each["cap_drop"] == ["ALL"]
        assert each["read_only"] is True
        assert each["security_opt"] == ["no-new-privileges:true"]
        assert ("ports" in each) is (name == "caddy")


def test_the_page_has_five_commands_and_names_files_that_are_there() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    block = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)[0]
    assert len(block.strip().splitlines()) == 5
    for script in re.findall(r"deploy/gpu-node/(\w+\.sh)", page):
        path = FOLDER / script
        assert os.access(path, os.X_OK)
        subprocess.run(["bash", "-n", str(path)], check=True, timeout=20)
