"""The steady load in small: the real system, a few seconds at a few requests a second; and what its verdict says of slices."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from tests.load.running import SERVICES, running
from tests.load.steady import CLIENTS, Target, elsewhere, steady, verdict

pytestmark = pytest.mark.timeout(400)


def slice_of(memory: float = 100.0, p50: float = 50.0, **more: int) -> dict[str, Any]:
    return {"errors": 0, "rejected": 0, "p50_ms": p50, "memory_mb": dict.fromkeys(SERVICES, memory)} | more


@pytest.mark.parametrize(
    ("slices", "passed"),
    [
        ([slice_of()] * 6, True),
        ([slice_of(memory=60.0), *[slice_of()] * 5], True),  # what the first minute takes is no leak
        ([slice_of(memory=100.0 + 4 * at) for at in range(6)], False),
        ([slice_of(p50=50.0 + 10 * at) for at in range(6)], False),
        ([*[slice_of()] * 5, slice_of(errors=1)], False),
        ([*[slice_of()] * 5, slice_of(rejected=1)], False),
        ([*[slice_of()] * 5, slice_of(degraded=1)], False),
    ],
)
def test_what_fails_lacks_a_pricer_or_grows_does_not_pass(slices: list[dict[str, Any]], passed: bool) -> None:
    assert verdict(slices)["passed"] == passed


def test_the_system_prices_what_is_due_and_tells_of_each_service(tmp_path: Path) -> None:
    asked = argparse.Namespace(minutes=0.0, slice=4.0, share=0.0, rate=2.0, clients=CLIENTS)
    with running(tmp_path, ENSEMBLE_CACHE_TTL="0") as system:
        found = steady(Target(system.urls["ensemble"], system.memory), asked, tmp_path)
        alone = steady(elsewhere(system.urls["random-forest"]), asked, tmp_path)
    for each in (found, alone):
        assert (each["failed"], len(each["slices"])) == (0, 3)
        assert all(part["n"] > 0 and min(part["memory_mb"].values()) > 20 for part in each["slices"])
    assert set(alone["grown_mb"]) == {"service"}
