"""A real PostgreSQL server for tests, where its programs and the driver are installed."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from common.database import asynchronous
from pricer.local.ports import free_port

_DEBIAN = Path("/usr/lib/postgresql")  # has a folder for each version, and links none of the server's programs into the PATH


def find_postgres() -> str | None:
    """The server's program: that of the PATH, else the newest that Debian's packages brought."""
    packaged = sorted(_DEBIAN.glob("*/bin/postgres"), key=lambda path: float(path.parents[1].name))
    return shutil.which("postgres") or (str(packaged[-1]) if packaged else None)


class PostgresProcess:
    """A server of its own, in a folder and on a port of its own. Skips the test where there is none to start."""

    def __init__(self) -> None:
        program = find_postgres()
        if program is None or find_spec("psycopg") is None:
            pytest.skip("needs PostgreSQL: its programs and the extra postgres (psycopg)")
        self._programs = Path(program).resolve().parent
        self._account = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        if self._account:
            shutil.chown(self._folder, self._account)
        port = free_port()
        self.url = f"postgresql://tester@127.0.0.1:{port}/postgres"
        data = str(self._folder / "data")
        self._run("initdb", "--pgdata", data, "--username", "tester", "--auth", "trust", "--no-sync", "--encoding", "UTF8")
        argv = [str(self._programs / "postgres"), "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", "", "-F"]
        self._process = subprocess.Popen(
            argv, user=self._account, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait(port)

    async def empty(self) -> None:
        """Drop all tables."""
        engine = create_async_engine(asynchronous(make_url(self.url)))
        async with engine.begin() as connection:
            await connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            await connection.exec_driver_sql("CREATE SCHEMA public")
        await engine.dispose()

    def close(self) -> None:
        self._process.send_signal(signal.SIGINT)  # at once: on SIGTERM it waits for whoever is still connected
        self._process.wait(30)
        shutil.rmtree(self._folder)

    def _run(self, program: str, *options: str) -> None:
        argv = [str(self._programs / program), *options]
        subprocess.run(argv, user=self._account, cwd=self._folder, check=True, stdout=subprocess.DEVNULL)

    def _wait(self, port: int, seconds: float = 60) -> None:
        ready = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        until = time.monotonic() + seconds
        while subprocess.run(ready, check=False).returncode:
            assert time.monotonic() < until, f"PostgreSQL did not start within {seconds:g} s"
            time.sleep(0.1)
