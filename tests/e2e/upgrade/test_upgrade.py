"""The volumes that an earlier version's containers left are taken up by today's: nothing is lost, and each alert is told once."""

import json
import lzma
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import journey
import pytest
from containers import PYTHON, Project, docker, has_engine, readable_to_all

from pricer.local.ports import free_ports
from tests.e2e.upgrade.make_volumes import FEEDS, VOLUMES, write_peer
from tests.waiting import until

HERE = Path(__file__).resolve().parent
MADE = json.loads((HERE / "volumes.json").read_text(encoding="utf-8"))
GOODS = [name for goods in FEEDS.values() for name in goods]

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[journey.System]:
    if not has_engine():
        pytest.skip("needs a Docker engine with Compose")
    folder = tmp_path_factory.mktemp("earlier") / "peer"
    write_peer(folder)
    readable_to_all(folder)
    ports = dict(zip(("SCANNER_PORT", "NOTIFIER_PORT", "PEER_PORT"), map(str, free_ports(3)), strict=True))
    project = Project("pricing-upgrade", ("docker-compose.yml", str(HERE / "today.yml")), {**ports, "PEER_FOLDER": str(folder)})
    scanner, notifier, peer = (f"http://127.0.0.1:{port}" for port in ports.values())
    try:
        created = project.compose("up", "--no-start", "--no-deps", "--build", "scanner", "notifier", "redis")
        assert created.returncode == 0, created.stderr[-3000:]
        fill(project)
        project.up("peer", "notifier")
        project.up("--no-deps", "scanner")  # without the pricers, which it need not ask
        yield journey.System("", scanner, notifier, "", peer, "http://peer:9000")
    finally:
        project.down()


def fill(project: Project) -> None:
    """Put what the earlier version left into the volumes, with its owners and rights."""
    mounts = [argument for name in VOLUMES for argument in ("--volume", f"{project.name}_{name}:/volumes/{name}")]
    command = ["docker", "run", "--rm", "--interactive", *mounts, PYTHON, "tar", "-C", "/volumes", "-x", "--same-owner"]
    archive = lzma.decompress((HERE / "volumes.tar.xz").read_bytes())
    subprocess.run(command, input=archive, check=True, timeout=120)
    assert "scanner.sqlite3" in docker("run", "--rm", *mounts, PYTHON, "find", "/volumes")


def told(system: journey.System) -> list[str]:
    """Goods that came in at the phone, each as often as it came."""
    texts = [f"{each['title']}\n{each['message']}" for each in system.received()]
    return [name for text in texts for name in GOODS if name in text]


def test_what_waited_is_told_once_and_what_was_told_is_not_told_again(system: journey.System) -> None:
    """It waited in the notifier, in Redis, and in the outbox."""
    before = sorted(name for name in GOODS if any(name in title for title in MADE["received"]))
    waiting = sorted(set(GOODS) - set(before))
    assert (len(before), len(waiting)) == (3, 6)
    until(lambda: set(told(system)) >= set(waiting), 120, what="what waited has arrived")
    time.sleep(5.0)  # for a repeat to come
    assert sorted(told(system)) == waiting


def test_nothing_that_was_known_is_lost(system: journey.System) -> None:
    notifications = system.get(f"{system.notifier}/notifications", limit="100")["items"]
    assert sorted(each["state"] for each in notifications) == ["sent"] * len(GOODS)
    deals = [each["title"] for each in system.get(f"{system.scanner}/deals", limit="100")["items"]]
    assert sorted(name for name in GOODS for title in deals if name in title) == sorted(GOODS)
    listed = system.get(f"{system.scanner}/opportunities", limit="100")["items"]
    assert sorted(name for name in GOODS for each in listed if name in each["deal"]["title"]) == sorted(GOODS)
    feeds = {each["url"] for each in system.get(f"{system.scanner}/feeds")["items"]}
    assert feeds >= {f"http://peer:9000/feeds/{name}.xml" for name in FEEDS}


def test_the_same_feeds_bring_nothing_new(system: journey.System) -> None:
    before = len(system.received())
    scan = system.scan()
    assert (scan["state"], scan["alerts"]) == ("done", 0)
    system.post(f"{system.notifier}/test")
    messages = until(lambda: system.received()[before:], 120, what="the test push arrived")
    assert [name for each in messages for name in GOODS if name in each["message"]] == []
