"""PostgreSQL of docker-compose.yml has the password of the day at each start, whichever its volume was made with. A real server."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pricer.local.ports import free_port
from tests.integration.deploy.manifests import ROOT
from tests.integration.postgres import find_postgres

psycopg = pytest.importorskip("psycopg", reason="needs the extra postgres")
SCRIPT = ROOT / "deploy" / "compose" / "postgres.sh"
ENTRYPOINT = '#!/bin/sh\nexec postgres -D "$PGDATA" -h 127.0.0.1 -p "$PORT" -k "" -F\n'  # of the image, once there is a database


class Volumes:
    """What a container of PostgreSQL is given: data, made with a first password, and credentials."""

    def __init__(self, folder: Path, programs: Path, first: str) -> None:
        self.folder, self.port = folder, free_port()
        self.account = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
        (folder / "credentials").mkdir()
        self.say(first)
        (folder / "docker-entrypoint.sh").write_text(ENTRYPOINT)
        (folder / "docker-entrypoint.sh").chmod(0o755)
        (folder / "postgres.sh").write_text(SCRIPT.read_text().replace("/credentials", str(folder / "credentials")))
        if self.account:
            for path in (folder, *folder.rglob("*")):  # which its umask may have kept from others
                shutil.chown(path, self.account)
        self.env = os.environ | {
            "PATH": f"{folder}:{programs}:{os.environ['PATH']}",
            "PGDATA": str(folder / "data"),
            "POSTGRES_USER": "pricer",
            "PORT": str(self.port),
        }
        made = ["initdb", "--username", "pricer", "--pwfile", str(folder / "credentials" / "password")]
        made += ["--auth", "scram-sha-256", "--no-sync", "--encoding", "UTF8"]
        subprocess.run(made, env=self.env, user=self.account, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    def say(self, password: str) -> None:
        (self.folder / "credentials" / "password").write_text(password)

    @contextmanager
    def started(self, end: signal.Signals = signal.SIGINT) -> Iterator[None]:
        log = self.folder.with_name(f"{self.folder.name}.log")
        with log.open("a") as file:
            process = subprocess.Popen(
                ["sh", self.folder / "postgres.sh"], env=self.env, user=self.account, cwd=self.folder, stdout=file, stderr=file
            )
        ready = ["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        try:
            until = time.monotonic() + 60
            while subprocess.run(ready, env=self.env, check=False).returncode:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until
                time.sleep(0.1)
            yield
        finally:
            process.send_signal(end)
            process.wait(30)
            self.told = log.read_text()
            log.unlink()

    def admits(self, password: str) -> bool:
        try:
            psycopg.connect(host="127.0.0.1", port=self.port, user="pricer", password=password, dbname="postgres").close()
        except psycopg.OperationalError as exc:
            if "password authentication failed" not in str(exc):
                raise
            return False
        return True


@pytest.fixture
def volumes() -> Iterator[Volumes]:
    program = find_postgres()
    if program is None:
        pytest.skip("needs PostgreSQL")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    yield Volumes(folder, Path(program).resolve().parent, "the first")
    shutil.rmtree(folder)


def test_the_password_of_the_day_opens_a_database_that_was_made_with_another(volumes: Volumes) -> None:
    with volumes.started(signal.SIGKILL):
        assert volumes.admits("the first")
    odd = r"it's \a \"new\" $one; --"
    volumes.say(odd)
    with volumes.started():
        assert (volumes.admits(odd), volumes.admits("the first")) == (True, False)
    assert odd not in volumes.told


def test_a_user_who_is_not_there_is_told_without_the_password(volumes: Volumes) -> None:
    volumes.env["POSTGRES_USER"] = "nobody"
    volumes.say("the other")
    with volumes.started():
        assert volumes.admits("the first")
    assert "the other" not in volumes.told
    assert 'role "nobody" does not exist' in volumes.told
