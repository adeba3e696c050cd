"""Runs spread over devices."""

from functools import partial

import pytest

from training.specialist.devices import run_jobs


def job(number: int, device: str) -> tuple[int, str]:
    if number < 0:
        raise ValueError("this run fails")
    return number, device


def test_results_come_in_the_order_of_the_jobs_each_with_one_of_the_devices() -> None:
    found = run_jobs([partial(job, number) for number in range(6)], ["first", "second"])
    assert [number for number, _ in found] == list(range(6))
    assert {device for _, device in found} <= {"first", "second"}


def test_one_device_needs_no_process_of_its_own() -> None:
    assert run_jobs([partial(job, 1), lambda device: (2, device)], ["cpu"]) == [(1, "cpu"), (2, "cpu")]


@pytest.mark.parametrize("devices", [["cpu"], ["first", "second"]])
def test_a_failing_run_is_not_swallowed(devices: list[str]) -> None:
    with pytest.raises(ValueError, match="this run fails"):
        run_jobs([partial(job, 1), partial(job, -1)], devices)
