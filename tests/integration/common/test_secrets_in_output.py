"""Real services that are given secrets, and whose surroundings fail: none of the secrets is in what they print or answer."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import pytest

SECRETS = (
    "rds7Kq2vXw",
    "dbs4Hn8pLz",
    "hok9Tm3cVb",
    "AAbot5Jd1sQy",
    "key6Gf0wRe",
    "per2Zx8nMu",
    "sk-mod3Yt7hPo",
    "met1Bd5vJs",
)  # no words of a log
REDIS, DATABASE, HOOK, BOT, KEY, PEER, MODEL, METRICS = SECRETS
NOBODY = "127.0.0.1:1"
GIVEN = {
    "API_KEYS": KEY,
    "PEER_API_KEY": PEER,
    "METRICS_KEY": METRICS,
    "OPENAI_API_KEY": MODEL,
    "NOTIFY_URLS": f"json://user:{HOOK}@{NOBODY}/in tgram://987654321:{BOT}/1 nosuch://{HOOK}@h json://[{HOOK}",
    "REDIS_URL": f"redis://:{REDIS}@{NOBODY}/0",
    "ENSEMBLE_CACHE_REDIS_URL": f"redis://:{REDIS}@{NOBODY}/0",
    "LOG_LEVEL": "DEBUG",
}
CASES = {  # service, what else it is given, and what it lacks then
    "a database that is away": ("scanner", {"DATABASE_URL": f"postgresql://owner:{DATABASE}@{NOBODY}/pricer"}, "database"),
    "Redis that is away": ("notifier", {}, "Redis"),
    "pricers that are away": ("ensemble", {"ENSEMBLE_PATIENCE": "0"}, "ensemble is still loading"),
}


@contextmanager
def running(service: str, folder: Path, **settings: str) -> Iterator[str]:
    """Where a service answers, as `make run` starts it but for its port; its output goes to a file."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    env = os.environ | GIVEN | {"VAR_DIR": str(folder), f"{service.upper()}_PORT": str(port), "PYTHONUNBUFFERED": "1"} | settings
    with (folder / "output").open("w") as output:
        process = subprocess.Popen([sys.executable, "-m", service], env=env, stdout=output, stderr=output)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def wait_until_it_lacks(url: str, part: str) -> str:
    until = time.monotonic() + 90
    while True:
        try:
            answer = httpx2.get(f"{url}/readyz", trust_env=False, timeout=10)
            if re.search(part, answer.text):
                return str(answer.text)
        except httpx2.HTTPError:
            pass
        assert time.monotonic() < until, "it never said what it lacks"
        time.sleep(0.2)


@pytest.mark.parametrize("case", CASES)
def test_a_service_that_fails_tells_none_of_its_secrets(case: str, tmp_path: Path) -> None:
    service, settings, part = CASES[case]
    with running(service, tmp_path, **settings) as url:
        said = wait_until_it_lacks(url, part)
        token = {"Authorization": f"Bearer {METRICS}"}
        answer = httpx2.get(f"{url}/metrics", headers=token, trust_env=False, timeout=10)
        assert answer.status_code == 200
        said += answer.text
    output = (tmp_path / "output").read_text()
    assert output
    assert [secret for secret in SECRETS if secret in said + output] == []
