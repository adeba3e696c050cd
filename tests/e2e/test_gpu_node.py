"""A GPU node as deploy/gpu-node makes it, the small model on two CPU processes: key, TLS by caddy, and the ensemble elsewhere."""

import os
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import psutil
import pytest

from pricer.local.ports import free_ports
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "gpu-node"
REQUEST = {"description": "Cordless drill driver kit, 20 V brushless motor, two 2 Ah batteries, charger and carrying bag"}
CPU = {"SPECIALIST_BACKEND": "onnx", "SPECIALIST_DEVICES": "0,1", "SPECIALIST_KERNEL": "int8"}


class Node:
    """The node's files installed below a folder, its two processes running, on ports that are free."""

    def __init__(self, folder: Path, processes: ExitStack) -> None:
        port, https, http, self.ensemble_port = free_ports(4)
        said = self._install(folder, f"localhost:{https}")
        (self.key,) = re.findall(r"PEER_API_KEY=(\S+)", said)
        self.url = f"https://localhost:{https}"
        told = dict(re.findall(r"^([A-Z_0-9]+)=(.+)$", (folder / "pricing-specialist/specialist.env").read_text(), re.MULTILINE))
        told |= CPU | {"SPECIALIST_PORT": str(port), "SPECIALIST_CACHE_DIR": str(folder), "SPECIALIST_ADAPTER": ""}
        self.specialist = processes.enter_context(run([sys.executable, "-m", "specialist"], told))
        caddy = {"GPU_NODE_NAME": f"localhost:{https}", "GPU_NODE_TLS": "internal", "GPU_NODE_HTTP_PORT": str(http)}
        caddy |= {"GPU_NODE_UPSTREAM": f"127.0.0.1:{port}", "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
        config = str(folder / "caddy" / "Caddyfile")
        processes.enter_context(run(["caddy", "run", "--adapter", "caddyfile", "--config", config], caddy))
        self.authority = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"

    @staticmethod
    def _install(folder: Path, name: str) -> str:
        told = os.environ | {"ETC": str(folder), "ONLY_SETTINGS": "1"}
        command = ["bash", str(FOLDER / "install.sh"), "--internal", name]
        return subprocess.run(command, env=told, capture_output=True, text=True, timeout=60, check=True).stdout

    def client(self, key: str = "") -> httpx2.Client:
        trusted = ssl.create_default_context(cafile=str(self.authority))
        return httpx2.Client(base_url=self.url, verify=trusted, headers={"X-API-Key": key} if key else {}, timeout=30)

    def is_ready(self) -> bool:
        if not self.authority.exists():
            return False
        with self.client() as client:
            return answers(client, "/readyz")


class run:  # noqa: N801 (it is used as a function)
    """A process for as long as the block."""

    def __init__(self, command: list[str], told: dict[str, str]) -> None:
        self.process = subprocess.Popen(command, env=os.environ | told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self) -> "subprocess.Popen[bytes]":
        return self.process

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)


def answers(client: httpx2.Client, path: str) -> bool:
    try:
        return client.get(path).status_code == 200
    except httpx2.TransportError:
        return False


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    if not shutil.which("caddy"):
        pytest.skip("needs caddy: apt-get install caddy")
    with ExitStack() as processes:
        node = Node(tmp_path_factory.mktemp("node"), processes)
        until(node.is_ready, 90)
        yield node


def test_only_who_has_the_key_is_answered_and_only_over_tls_that_is_trusted(node: Node) -> None:
    with node.client() as stranger:
        assert stranger.post("/price", json=REQUEST).status_code == 401
    with node.client("ppa_" + "0" * 64) as stranger:
        assert stranger.post("/price", json=REQUEST).status_code == 401
    with node.client(node.key) as ensemble:
        assert ensemble.post("/price", json=REQUEST).json()["price"] > 0
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{node.url}/readyz")


def test_the_ensemble_elsewhere_asks_it_and_one_of_its_devices_may_die(node: Node) -> None:
    told = {"ENSEMBLE_PORT": str(node.ensemble_port), "ENSEMBLE_PATIENCE": "2", "ENSEMBLE_CACHE_TTL": "0"}
    told |= {"SPECIALIST_URL": node.url, "PEER_API_KEY": node.key, "SSL_CERT_FILE": str(node.authority)}
    told |= {"FRONTIER_RAG_URL": "http://127.0.0.1:9", "RANDOM_FOREST_URL": "http://127.0.0.1:9"}
    address = f"http://127.0.0.1:{node.ensemble_port}"
    with run([sys.executable, "-m", "ensemble"], told), httpx2.Client(base_url=address, headers={"X-API-Key": node.key}) as client:
        until(lambda: answers(client, "/healthz"), 90)
        until(lambda: client.post("/price", json=REQUEST, timeout=30).status_code == 200, 90)
        assert [each["pricer"] for each in client.post("/price", json=REQUEST, timeout=30).json()["estimates"]] == ["specialist"]
        workers = [each for each in psutil.Process(node.specialist.pid).children() if "spawn_main" in " ".join(each.cmdline())]
        assert len(workers) == 2
        workers[0].kill()
        answered = [client.post("/price", json=REQUEST, timeout=30) for _ in range(10)]
        assert [each.status_code for each in answered] == [200] * 10
        assert {each.json()["estimates"][0]["pricer"] for each in answered} == {"specialist"}
