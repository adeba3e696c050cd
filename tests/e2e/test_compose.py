"""`docker compose up`: the same journey against containers, with real Redis and the Chroma server."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import journey
import pytest
from ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ("docker", "compose", "--project-name", "pricing-test", "-f", "docker-compose.yml", "-f", "tests/e2e/compose.test.yml")

pytestmark = pytest.mark.timeout(1800)


def compose(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMPOSE, *arguments], cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=1500
    )


def has_engine() -> bool:
    if shutil.which("docker") is None:
        return False
    return all(
        subprocess.run(["docker", *what], capture_output=True, check=False, timeout=60).returncode == 0
        for what in (["version"], ["compose", "version"])
    )


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[journey.System]:
    if not has_engine():
        pytest.skip("needs a Docker engine with Compose")
    folder = tmp_path_factory.mktemp("peer")
    (folder / "feeds").mkdir()
    (folder / "feeds" / "sample.xml").write_bytes((files("scanner") / "demo" / "feed.xml").read_bytes())
    shutil.copy(Path(__file__).with_name("peer.py"), folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    names = ("ENSEMBLE_PORT", "DASHBOARD_PORT", "SCANNER_PORT", "NOTIFIER_PORT", "PEER_PORT")
    ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
    env = {**ports, "PEER_FOLDER": str(folder)}
    at = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    try:
        up = compose(env, "up", "--build", "--detach", "--wait", "--quiet-pull")
        assert up.returncode == 0, f"{up.stderr[-3000:]}\n{compose(env, 'logs', '--tail', '20').stdout[-6000:]}"
        yield journey.System(
            at["ENSEMBLE_PORT"],
            at["SCANNER_PORT"],
            at["NOTIFIER_PORT"],
            at["DASHBOARD_PORT"],
            peer=at["PEER_PORT"],
            feeds="http://peer:9000",
        )
    finally:
        compose(env, "down", "--volumes", "--timeout", "5")


def test_the_front_door_asks_all_three_pricers(system: journey.System) -> None:
    journey.check_price(system)


def test_a_deal_in_a_feed_reaches_the_phone_once(system: journey.System) -> None:
    journey.check_alerts(system, ["sample.xml"])
    journey.check_second_scan_is_silent(system)


def test_the_dashboard_shows_the_best_opportunity(system: journey.System) -> None:
    journey.check_dashboard(system)


def test_a_feed_reader_follows_the_list_where_the_dashboard_is(system: journey.System) -> None:
    journey.check_feed(system)


def test_no_container_runs_as_root(system: journey.System) -> None:
    listing = subprocess.run(
        ["docker", "ps", "--quiet", "--filter", "label=com.docker.compose.project=pricing-test"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    owners = {}
    for container in listing:
        name = subprocess.run(
            ["docker", "inspect", "--format", '{{index .Config.Labels "com.docker.compose.service"}}', container],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        if name != "peer":
            top = subprocess.run(
                ["docker", "top", container, "-eo", "pid,user,args"], capture_output=True, text=True, check=True
            ).stdout
            owners[name] = {line.split()[1] for line in top.splitlines()[1:]}
    assert len(owners) == 9
    assert {name: users for name, users in owners.items() if "root" in users} == {}


def inside(service: str, code: str) -> subprocess.CompletedProcess[str]:
    """What this Python does in a service's container."""
    command = ["docker", "exec", f"pricing-test-{service}-1", "python", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize(
    ("service", "peer", "is_reached"),
    [
        ("scanner", "redis:6379", True),
        ("notifier", "redis:6379", True),
        ("specialist", "redis:6379", False),
        ("frontier-rag", "redis:6379", False),
        ("ensemble", "redis:6379", False),
        ("dashboard", "redis:6379", False),
        ("frontier-rag", "chroma:8000", True),
        ("scanner", "chroma:8000", False),
        ("random-forest", "chroma:8000", False),
    ],
)
def test_redis_and_chroma_are_reached_by_their_users_alone(service: str, peer: str, is_reached: bool) -> None:
    host, port = peer.split(":")
    done = inside(service, f"import socket; socket.create_connection(({host!r}, {port}), 5).close()")
    assert (done.returncode == 0) is is_reached, done.stderr


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize("service", ["scanner", "notifier"])
def test_postgresql_can_be_used_and_what_is_kept_is_private(service: str) -> None:
    url = "postgresql://somebody@127.0.0.1/pricer"
    done = inside(service, f"from common.database import open_engine; print(open_engine({url!r}).dialect.driver)")
    assert done.stdout.strip() == "psycopg", done.stderr
    rights = "from pathlib import Path; print(*{oct(path.stat().st_mode & 0o777) for path in Path('/data').glob('*.sqlite3*')})"
    assert inside(service, rights).stdout.strip() == "0o600"
