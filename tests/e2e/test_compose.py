"""`docker compose up`: the same journey against containers, with real Redis and Chroma; each is killed, and nothing is lost."""

import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import httpx2
import journey
import pytest
from containers import Project, docker, has_engine, readable_to_all

from pricer.local.ports import free_ports
from tests.faults.ledger import Tally
from tests.unit.notifier.samples import opportunity
from tests.waiting import until

SERVICES = ("specialist", "random-forest", "frontier-rag", "ensemble", "scanner", "notifier", "dashboard")
STORES = ("chroma", "redis")
EACH = 6  # alerts that are on their way when a container is killed

pytestmark = pytest.mark.timeout(1800)

NAMES = ("ENSEMBLE_PORT", "DASHBOARD_PORT", "SCANNER_PORT", "NOTIFIER_PORT", "PEER_PORT")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    if not has_engine():
        pytest.skip("needs a Docker engine with Compose")
    folder = tmp_path_factory.mktemp("peer")
    (folder / "feeds").mkdir()
    (folder / "feeds" / "sample.xml").write_bytes((files("scanner") / "demo" / "feed.xml").read_bytes())
    shutil.copy(Path(__file__).with_name("peer.py"), folder)
    secrets = tmp_path_factory.mktemp("secrets")
    (secrets / "notify_urls").write_text("json://peer:9000/hook\n", encoding="utf-8")
    readable_to_all(folder)
    readable_to_all(secrets)
    ports = dict(zip(NAMES, map(str, free_ports(len(NAMES))), strict=True))
    places = {"PEER_FOLDER": str(folder), "NOTIFY_URLS_FILE": str(secrets / "notify_urls")}
    made = Project("pricing-test", ("docker-compose.yml", "tests/e2e/compose.test.yml"), ports | places)
    try:
        made.up("--build")
        yield made
    finally:
        made.down()


@pytest.fixture(scope="module")
def system(project: Project) -> journey.System:
    at = {name: f"http://127.0.0.1:{port}" for name in NAMES for port in (project.environment[name],)}
    doors = (at["ENSEMBLE_PORT"], at["SCANNER_PORT"], at["NOTIFIER_PORT"], at["DASHBOARD_PORT"])
    return journey.System(*doors, peer=at["PEER_PORT"], feeds="http://peer:9000")


def test_the_front_door_asks_all_three_pricers(system: journey.System) -> None:
    journey.check_price(system)


def test_a_deal_in_a_feed_reaches_the_phone_once(system: journey.System) -> None:
    journey.check_alerts(system, ["sample.xml"])
    journey.check_second_scan_is_silent(system)


def test_the_dashboard_shows_the_best_opportunity(system: journey.System) -> None:
    journey.check_dashboard(system)


def test_a_feed_reader_follows_the_list_where_the_dashboard_is(system: journey.System) -> None:
    journey.check_feed(system)


def test_no_container_runs_as_root(project: Project) -> None:
    assert project.services() == sorted((*SERVICES, *STORES, "peer"))
    owners = {}
    for service in (*SERVICES, *STORES):
        top = docker("top", project.container(service), "-eo", "pid,user,args")
        owners[service] = {line.split()[1] for line in top.splitlines()[1:]}
    assert {name: users for name, users in owners.items() if "root" in users} == {}


def test_no_secret_stands_in_what_the_engine_tells_of_a_container(project: Project) -> None:
    password = docker("exec", project.container("redis"), "cat", "/credentials/password")
    url = docker("exec", project.container("notifier"), "cat", "/run/redis/url")
    assert len(password) == 48
    names = docker("ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={project.name}").split()
    told = docker("inspect", *names)
    assert len(names) > len(SERVICES) + len(STORES)
    assert [secret for secret in (password, url, "peer:9000/hook") if secret in told] == []
    assert password not in docker("top", project.container("redis"), "-eo", "pid,args")


def test_redis_answers_nobody_without_its_password(project: Project) -> None:
    assert "NOAUTH" in docker("exec", project.container("redis"), "redis-cli", "ping")


def test_a_container_writes_nowhere_but_to_its_volume_and_to_memory(project: Project) -> None:
    code = "from pathlib import Path; [Path(f, 'x').write_text('x') for f in ('/data', '/tmp')]; Path('/app/x').write_text('x')"
    for service in SERVICES:
        assert "Read-only file system: '/app/x'" in project.inside(service, code).stderr


@pytest.mark.parametrize(
    ("service", "peer", "is_reached"),
    [
        ("scanner", "redis:6379", True),
        ("notifier", "redis:6379", True),
        ("specialist", "redis:6379", False),
        ("frontier-rag", "redis:6379", False),
        ("ensemble", "redis:6379", False),
        ("dashboard", "redis:6379", False),
        ("chroma", "redis:6379", False),
        ("frontier-rag", "chroma:8000", True),
        ("scanner", "chroma:8000", False),
        ("random-forest", "chroma:8000", False),
    ],
)
def test_redis_and_chroma_are_reached_by_their_users_alone(project: Project, service: str, peer: str, is_reached: bool) -> None:
    host, port = peer.split(":")
    done = project.inside(service, f"import socket; socket.create_connection(({host!r}, {port}), 5).close()")
    assert (done.returncode == 0) is is_reached, done.stderr


@pytest.mark.parametrize("service", ["scanner", "notifier"])
def test_postgresql_can_be_used_and_what_is_kept_is_private(project: Project, service: str) -> None:
    url = "postgresql://somebody@127.0.0.1/pricer"
    done = project.inside(service, f"from common.database import open_engine; print(open_engine({url!r}).dialect.driver)")
    assert done.stdout.strip() == "psycopg", done.stderr
    rights = "from pathlib import Path; print(*{oct(path.stat().st_mode & 0o777) for path in Path('/data').glob('*.sqlite3*')})"
    assert project.inside(service, rights).stdout.strip() == "0o600"


# Into the scanner's outbox, as a scan does, in one transaction: what was committed counts as published.
_PUBLISH = """
import sqlite3, sys, time
with sqlite3.connect("/data/scanner.sqlite3", timeout=30) as connection:
    for line in sys.stdin:
        identifier, _, body = line.partition(" ")
        row = (identifier, body.strip(), time.time())
        connection.execute("INSERT INTO outbox (opportunity_id, body, created) VALUES (?, ?, ?)", row)
"""


def publish(project: Project, start: int) -> list[str]:
    """Commit some alerts; their titles."""
    alerts = [opportunity(f"o-{number}", title=f"Deal {number}") for number in range(start, start + EACH)]
    lines = "".join(f"{each.id} {each.model_dump_json()}\n" for each in alerts)
    docker("exec", "--interactive", project.container("scanner"), "python", "-c", _PUBLISH, stdin=lines)
    return [each.deal.title for each in alerts]


def told(system: journey.System) -> list[str]:
    """Which alerts came in at the webhook, in order, each as often as it came."""
    pushes = [f"{each['title']}\n{each['message']}" for each in system.received()]
    return [title for push in pushes for title in dict.fromkeys(re.findall(r"Deal \d+", push))]


def test_each_container_is_killed_in_turn_and_no_alert_is_lost(project: Project, system: journey.System) -> None:
    """Each is started again by the engine. Only a notifier that dies in mid-push may repeat one: docs/delivery.md."""
    published: list[str] = []
    for service in (*SERVICES, *STORES):
        published += publish(project, len(published))
        time.sleep(1.0)  # some are in the outbox, some in the stream, some on their way
        before = project.restarts(service)
        project.crash(service)
        if service != "ensemble":
            price(system)  # the front door answers all the same, with fewer pricers
        project.wait_until_healthy(service, before + 1)
    until(lambda: set(told(system)) == set(published), 120, what="every alert has arrived")
    time.sleep(3.0)  # for a repeat to come
    tally = Tally.of("each container killed in turn", published, told(system), kills=1)
    assert (tally.published, tally.lost) == (EACH * len((*SERVICES, *STORES)), 0)
    assert tally.extra <= tally.kills
    assert [title for title, count in Counter(told(system)).items() if count > 2] == []
    until(lambda: price(system)["degraded"] == [], 120, what="all three pricers are back")
    journey.check_second_scan_is_silent(system)
    journey.check_dashboard(system)


def price(system: journey.System) -> dict[str, object]:
    """Of something that was not asked for before."""
    asked = {"description": f"Stand mixer of {time.monotonic_ns()} watts, 5 l bowl"}
    answer = httpx2.post(f"{system.ensemble}/price", json=asked, timeout=30, trust_env=False)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found
