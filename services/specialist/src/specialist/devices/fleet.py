"""A LocalPricer over several devices: each batch goes to the one with least to do, and to another where that one is lost."""

import threading
import time
from collections.abc import Sequence
from functools import partial
from multiprocessing.connection import Connection

from common.errors import UnavailableError
from common.pricing import PriceRequest, PriceResponse
from specialist.devices.device import Device, DeviceLostError, Pauses, Start
from specialist.devices.worker import Load, Worker, WorkerProcess
from specialist.metrics import DeviceMetrics

TRIES = 2  # devices that one batch may take with it


class Fleet:
    """Must be asked from threads, as many at once as all lanes together. `open` it first."""

    def __init__(
        self, names: Sequence[str], start: Start, metrics: DeviceMetrics | None = None, pauses: Pauses | None = None
    ) -> None:
        self.changed, self.metrics, self.pauses = threading.Condition(), metrics or DeviceMetrics(), pauses or Pauses()
        self.devices = [Device(name, start, self.changed, self.pauses) for name in names]
        for device in self.devices:
            self.metrics.up.labels(device.name).set_function(partial(_is_up, device))
        self._is_closed = False

    def open(self) -> None:
        """Start all workers and wait until each is up or has failed; raises the first one's error where none is up."""
        for device in self.devices:
            device.open()
        with self.changed:
            self.changed.wait_for(lambda: self._is_closed or all(each.is_up or each.problem for each in self.devices))
        if not any(device.is_up for device in self.devices):
            problem = self.devices[0].problem or UnavailableError("no device is up")
            self.close()
            raise problem

    def close(self) -> None:
        """End all workers."""
        with self.changed:
            self._is_closed = True
            self.changed.notify_all()
        for device in self.devices:
            device.close()

    def price(self, requests: Sequence[PriceRequest]) -> Sequence[PriceResponse]:
        """One result for each request. UnavailableError where no device is up, or this batch was lost with several."""
        for _ in range(TRIES):
            device, lane = self._take()
            try:
                return device.ask(lane, requests)
            except DeviceLostError:
                self.metrics.lost.labels(device.name).inc()
            finally:
                with self.changed:
                    device.give_back(lane)
        raise UnavailableError(f"the computation ended {TRIES} devices' processes")

    def missing(self) -> dict[str, str]:
        """Empty while any device is up."""
        with self.changed:
            if any(device.is_up for device in self.devices):
                return {}
            return {f"device {each.name}": str(each.problem or "starts") for each in self.devices}

    def _take(self) -> tuple[Device, Connection]:
        until = time.monotonic() + self.pauses.answer
        with self.changed:
            while True:
                up = [device for device in self.devices if device.is_up]
                if not up:
                    raise UnavailableError(str(self.devices[0].problem or "no device is up"))
                if ready := [device for device in up if device.free]:
                    device = min(ready, key=lambda each: each.busy)
                    device.busy += 1
                    self.metrics.batches.labels(device.name).inc()
                    return device, device.free.pop()
                if not self.changed.wait(max(until - time.monotonic(), 0)):
                    raise UnavailableError("all devices are busy")


def _is_up(device: Device) -> float:
    return float(device.is_up)


def process_fleet(names: Sequence[str], load: Load, lanes: int, metrics: DeviceMetrics | None = None) -> Fleet:
    """A fleet of processes that `load` the model, each with so many batches under way. To be opened."""

    def start(device: str) -> Worker:
        return WorkerProcess(device, load, lanes)

    return Fleet(names, start, metrics)
