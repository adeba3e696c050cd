"""The world in which the behaviours that people want are played."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.alerts.phone import Phone
from tests.integration.alerts.world import World, phone
from tests.integration.notifier.peers import RedisProcess


@pytest.fixture(scope="session")
def alerts_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    """One for all worlds of this process, which each finds empty."""
    server = RedisProcess(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.close()


@pytest.fixture
def still(tmp_path: Path, alerts_redis: RedisProcess) -> Iterator[World]:
    """A world that is not started yet."""
    alerts_redis.client.flushall()
    with phone() as mine:
        made = World(tmp_path, alerts_redis.url, mine)
        yield made
        made.stop()


@pytest.fixture
def world(still: World) -> World:
    """One that runs, with the rule of the beginning."""
    return still.start()


@pytest.fixture
def second() -> Iterator[Phone]:
    """Another phone."""
    with phone() as made:
        yield made
