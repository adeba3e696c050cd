"""Batches go to the device with least to do, past those that are lost or hang, and lost ones come back."""

import errno
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pytest
from prometheus_client import CollectorRegistry

from common.errors import ArtifactError, InvalidInputError, UnavailableError
from common.pricing import PriceRequest, PriceResponse
from common.retry import Backoff
from specialist.devices.device import Pauses
from specialist.devices.fleet import Fleet
from specialist.devices.worker import READY, serve
from specialist.metrics import DeviceMetrics
from tests.waiting import until

REQUESTS = [PriceRequest(description="a lamp"), PriceRequest(description="a chair")]


class NamedPricer:
    """Says in each answer who gave it; waits before it answers while `holds` is set."""

    def __init__(self, name: str) -> None:
        self.name, self.holds, self.asked = name, threading.Event(), 0
        self.error: Exception | None = None

    def price(self, requests: Sequence[PriceRequest]) -> Sequence[PriceResponse]:
        self.asked += 1
        while self.holds.is_set():
            time.sleep(0.005)
        if self.error:
            raise self.error
        return [PriceResponse(price=1, low=1, high=1, model=self.name) for _ in requests]


class ThreadWorker:
    """A worker whose process are threads; its end closes the lanes, as a process's does."""

    def __init__(self, pricer: NamedPricer, error: Exception | None = None, lanes: int = 2) -> None:
        pairs = [Pipe() for _ in range(lanes)]
        self.lanes: Sequence[Connection] = [ours for ours, _ in pairs]
        self._theirs, self._ended = [theirs for _, theirs in pairs], threading.Event()
        self._theirs[0].send(error or READY)
        if not error:
            for lane in self._theirs:
                threading.Thread(target=serve, args=(pricer, lane), daemon=True).start()

    def kill(self) -> None:
        if not self._ended.is_set():
            self._ended.set()
            for lane in self._theirs:
                lane.close()

    def wait(self) -> str:
        self._ended.wait(20)
        return "killed"


class Workers:
    """Starts workers and remembers them; `errors` are what a device's next ones fail with, `refusals` what its starts raise."""

    def __init__(self) -> None:
        self.pricers: dict[str, NamedPricer] = {}
        self.started: dict[str, list[ThreadWorker]] = {}
        self.errors: dict[str, list[Exception]] = {}
        self.refusals: dict[str, list[Exception]] = {}

    def start(self, name: str) -> ThreadWorker:
        if refusals := self.refusals.get(name):
            raise refusals.pop()
        pricer = self.pricers.setdefault(name, NamedPricer(name))
        failures = self.errors.get(name)
        worker = ThreadWorker(pricer, failures.pop() if failures else None)
        self.started.setdefault(name, []).append(worker)
        return worker


@contextmanager
def fleet_of(workers: Workers, names: Sequence[str] = ("0", "1"), answer: float = 20.0) -> Iterator[Fleet]:
    registry = CollectorRegistry()
    fleet = Fleet(names, workers.start, DeviceMetrics(registry), Pauses(answer, Backoff(0.05, 0.1)))
    fleet.open()
    try:
        yield fleet
    finally:
        fleet.close()


def asked_by(fleet: Fleet) -> set[str]:
    return {each.model for each in fleet.price(REQUESTS)}


def in_background(fleet: Fleet, found: list[object]) -> threading.Thread:
    def ask() -> None:
        try:
            found.append([each.model for each in fleet.price(REQUESTS)])
        except UnavailableError as exc:
            found.append(exc)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    return thread


def test_a_batch_goes_where_least_is_under_way() -> None:
    workers, found = Workers(), list[object]()
    with fleet_of(workers) as fleet:
        first, second = workers.pricers["0"], workers.pricers["1"]
        first.holds.set()
        held = in_background(fleet, found)
        until(lambda: first.asked == 1)
        assert [asked_by(fleet) for _ in range(10)] == [{"1"}] * 10
        assert second.asked == 10
        first.holds.clear()
        held.join(20)
        assert found == [["0", "0"]]


def test_a_batch_whose_device_is_lost_is_priced_by_another() -> None:
    workers, found = Workers(), list[object]()
    with fleet_of(workers) as fleet:
        workers.pricers["0"].holds.set()
        held = in_background(fleet, found)
        until(lambda: workers.pricers["0"].asked == 1)
        workers.started["0"][0].kill()
        held.join(20)
        assert found == [["1", "1"]]
        workers.pricers["0"].holds.clear()
        until(lambda: len(workers.started["0"]) == 2 and fleet.devices[0].is_up)
        assert {model for _ in range(6) for model in asked_by(fleet)} <= {"0", "1"}
        assert fleet.missing() == {}


def test_a_device_that_hangs_is_ended_and_its_batch_goes_elsewhere() -> None:
    workers = Workers()
    with fleet_of(workers, answer=0.2) as fleet:
        workers.pricers["0"].holds.set()
        assert asked_by(fleet) == {"1"}
        workers.pricers["0"].holds.clear()
        until(lambda: len(workers.started["0"]) == 2 and fleet.devices[0].is_up)


def test_a_batch_that_ends_every_device_it_meets_is_given_up() -> None:
    workers = Workers()
    with fleet_of(workers, ("0", "1", "2"), answer=0.2) as fleet:
        for pricer in workers.pricers.values():
            pricer.holds.set()
        with pytest.raises(UnavailableError, match="ended 2 devices"):
            fleet.price(REQUESTS)
        assert sum(device.is_up for device in fleet.devices) >= 1


def test_without_any_device_it_says_why_and_comes_back() -> None:
    workers = Workers()
    with fleet_of(workers, ("0",)) as fleet:
        workers.errors["0"] = [UnavailableError("no memory")] * 3
        workers.started["0"][0].kill()
        until(lambda: fleet.missing() == {"device 0": "no memory"})
        with pytest.raises(UnavailableError, match="no memory"):
            fleet.price(REQUESTS)
        until(lambda: not fleet.missing())
        assert asked_by(fleet) == {"0"}


def test_a_process_that_cannot_be_started_is_told_and_started_once_it_can() -> None:
    workers = Workers()
    workers.refusals["1"] = [OSError(errno.EAGAIN, "no process")] * 2
    with fleet_of(workers) as fleet:
        assert asked_by(fleet) == {"0"}
        until(lambda: fleet.devices[1].is_up)
        workers.refusals["0"] = [OSError(errno.EMFILE, "no descriptor")] * 1000
        workers.started["0"][0].kill()
        until(lambda: "no descriptor" in str(fleet.devices[0].problem))
        workers.refusals["0"].clear()
        until(lambda: fleet.devices[0].is_up)
    workers.refusals["0"] = [OSError(errno.ENOMEM, "no memory")] * 1000
    with pytest.raises(UnavailableError, match="no memory"), fleet_of(workers, ("0",)):
        pass


def test_it_starts_with_the_devices_that_can_and_says_why_where_none_can() -> None:
    workers = Workers()
    workers.errors["1"] = [ArtifactError("too old")] * 1000
    with fleet_of(workers) as fleet:
        assert asked_by(fleet) == {"0"}
    workers.errors["0"] = [ArtifactError("no adapter")] * 1000
    with pytest.raises(ArtifactError, match="no adapter"), fleet_of(workers):
        pass


def test_an_error_of_the_model_is_the_callers_and_costs_no_device() -> None:
    workers = Workers()
    with fleet_of(workers, ("0",)) as fleet:
        for error, told in ((InvalidInputError("no text"), InvalidInputError), (ZeroDivisionError(), RuntimeError)):
            workers.pricers["0"].error = error
            with pytest.raises(told):
                fleet.price(REQUESTS)
        workers.pricers["0"].error = None
        assert asked_by(fleet) == {"0"}
        assert len(workers.started["0"]) == 1


def test_callers_wait_for_a_free_lane() -> None:
    workers, found = Workers(), list[object]()
    with fleet_of(workers, ("0",)) as fleet:
        pricer = workers.pricers["0"]
        pricer.holds.set()
        callers = [in_background(fleet, found) for _ in range(5)]
        until(lambda: pricer.asked == 2)
        pricer.holds.clear()
        for caller in callers:
            caller.join(20)
        assert found == [["0", "0"]] * 5
