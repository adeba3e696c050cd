"""`docker compose --profile postgres up`: scanner and notifier keep all in PostgreSQL, which is killed, and nothing is lost."""

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import journey
import pytest
from containers import Project, docker, has_engine

from pricer.local.ports import free_ports
from tests.e2e.upgrade.make_volumes import write_peer
from tests.faults.ledger import Tally
from tests.unit.notifier.samples import opportunity
from tests.waiting import until

HERE = Path(__file__).resolve().parent
IMAGE = "pricing-test-postgres"

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(os.environ.get("CONTAINERS") != "all", reason="needs CONTAINERS=all (make test-containers)"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    if not has_engine():
        pytest.skip("needs a Docker engine with Compose")
    given = os.environ.get("POSTGRES_IMAGE")
    if not given:
        subprocess.run(["docker", "build", "--quiet", "--tag", IMAGE, str(HERE / "postgres")], check=True, timeout=600)
    folder = tmp_path_factory.mktemp("world") / "peer"
    write_peer(folder)
    ports = dict(zip(("SCANNER_PORT", "NOTIFIER_PORT", "PEER_PORT"), map(str, free_ports(3)), strict=True))
    environment = {**ports, "PEER_FOLDER": str(folder), "POSTGRES_IMAGE": given or IMAGE, "COMPOSE_PROFILES": "postgres"}
    made = Project("pricing-postgres", ("docker-compose.yml", "tests/e2e/upgrade/today.yml"), environment)
    try:
        made.up("--build", "peer", "postgres", "notifier")
        made.up("--build", "--no-deps", "scanner")
        yield made
    finally:
        made.down()


@pytest.fixture(scope="module")
def system(project: Project) -> journey.System:
    at = [f"http://127.0.0.1:{project.environment[name]}" for name in ("SCANNER_PORT", "NOTIFIER_PORT", "PEER_PORT")]
    return journey.System("", at[0], at[1], "", at[2], "http://peer:9000")


_COUNT = """
import os
from pathlib import Path
import psycopg
from common.private_files import secret
with psycopg.connect(secret("DATABASE_URL", os.environ)) as connection:
    print(connection.execute("SELECT count(*) FROM notifications").fetchone()[0], [*Path("/data").glob("*.sqlite3")])
"""

_PUBLISH = """
import os, sys, time
import psycopg
from common.private_files import secret
with psycopg.connect(secret("DATABASE_URL", os.environ)) as connection:
    for line in sys.stdin:
        identifier, _, body = line.partition(" ")
        row = (identifier, body.strip(), time.time())
        connection.execute("INSERT INTO outbox (opportunity_id, body, created) VALUES (%s, %s, %s)", row)
"""


def test_nothing_is_kept_in_sqlite_and_no_password_shows(project: Project, system: journey.System) -> None:
    system.post(f"{system.scanner}/feeds", {"url": f"{system.feeds}/feeds/pushed.xml"})
    assert len(system.get(f"{system.scanner}/feeds")["items"]) >= 1
    for service in ("scanner", "notifier"):
        counted = project.inside(service, _COUNT)
        assert counted.stdout.split() == ["0", "[]"], counted.stderr
    password = docker("exec", project.container("postgres"), "cat", "/credentials/password")
    told = docker("inspect", *(project.container(name) for name in ("postgres", "scanner", "notifier")))
    assert len(password) == 48
    assert password not in told
    assert "fe_sendauth: no password" in docker_error(project, "psql -h 127.0.0.1 -U pricer -w pricer -c 'SELECT 1'")


def docker_error(project: Project, command: str) -> str:
    done = ["docker", "exec", project.container("postgres"), "sh", "-c", command]
    return subprocess.run(done, capture_output=True, text=True, check=False, timeout=60).stderr


def test_postgresql_is_killed_while_alerts_go_through_and_none_is_lost(project: Project, system: journey.System) -> None:
    published: list[str] = []
    for round_ in range(3):
        alerts = [opportunity(f"o-{number}", title=f"Deal {number}") for number in range(6 * round_, 6 * round_ + 6)]
        published += [each.deal.title for each in alerts]
        lines = "".join(f"{each.id} {each.model_dump_json()}\n" for each in alerts)
        docker("exec", "--interactive", project.container("scanner"), "python", "-c", _PUBLISH, stdin=lines)
        before = project.restarts("postgres")
        project.crash("postgres")
        project.wait_until_healthy("postgres", before + 1)
    until(lambda: {*told(system)} == {*published}, 120, what="every alert has arrived")
    tally = Tally.of("PostgreSQL killed three times", published, told(system))
    assert (tally.lost, tally.extra) == (0, 0)
    assert Counter(told(system)) == Counter(published)


def told(system: journey.System) -> list[str]:
    return [title for each in system.received() for title in [each["title"].rpartition(": ")[2]] if title.startswith("Deal ")]
