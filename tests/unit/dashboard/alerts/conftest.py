"""The world and the person of the tests of pages about alerts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.dashboard.alerts_world import AlertsWorld, Person, alerts_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AlertsWorld]:
    with alerts_world(tmp_path) as made:
        yield made


@pytest.fixture
def person(world: AlertsWorld) -> Person:
    return Person(world)
