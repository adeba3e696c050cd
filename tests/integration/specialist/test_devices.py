"""The service over two real processes of the delivered model behind one port: batches shared, one killed, all ended."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import psutil
import pytest

from pricer.local.ports import free_port
from tests.waiting import until

REQUEST = {"description": "Cordless drill driver kit, 20 V brushless motor, two 2 Ah batteries, charger and carrying bag"}


class Service:
    """`python -m specialist` over two devices on a free port."""

    def __init__(self) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        told = {"SPECIALIST_DEVICES": "0,1", "SPECIALIST_PORT": str(port), "SPECIALIST_KERNEL": "int8"}
        self.process = subprocess.Popen([sys.executable, "-m", "specialist"], env=os.environ | told)

    def workers(self) -> list[psutil.Process]:
        """The devices' processes, by their age; beside them runs multiprocessing's own."""
        children = psutil.Process(self.process.pid).children()
        return sorted((each for each in children if "spawn_main" in " ".join(each.cmdline())), key=psutil.Process.create_time)

    def up(self) -> list[str]:
        lines = httpx2.get(f"{self.address}/metrics").text.splitlines()
        return [line for line in lines if line.startswith("device_up{") and line.endswith(" 1.0")]

    def is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.address}/readyz", timeout=5).status_code == 200
        except httpx2.TransportError:
            return False


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    try:
        until(service.is_ready)
        yield service
    finally:
        service.process.kill()
        service.process.wait(20)


def test_one_of_two_devices_may_die_under_load_and_no_request_fails(service: Service) -> None:
    assert len(service.up()) == 2
    prices, is_over = list[object](), threading.Event()

    def ask() -> None:
        with httpx2.Client(base_url=service.address, timeout=30) as client:
            while not is_over.is_set():
                answer = client.post("/price", json=REQUEST)
                prices.append(answer.json()["price"] if answer.status_code == 200 else answer.text)

    with ThreadPoolExecutor(4) as callers:
        for _ in range(4):
            callers.submit(ask)
        until(lambda: len(prices) > 20)
        killed = service.workers()[0]
        killed.kill()
        until(lambda: len(service.up()) == 1)
        so_far = len(prices)
        until(lambda: len(prices) > so_far + 20)
        assert service.is_ready()
        until(lambda: len(service.up()) == 2)
        is_over.set()
    assert set(prices) == {prices[0]}, "every answer is the price, whichever device gave it"
    assert isinstance(prices[0], float)
    text = httpx2.get(f"{service.address}/metrics").text
    assert all(f'device_batches_total{{device="{name}"}}' in text for name in "01")
    ends_with_its_workers(service, signal.SIGTERM)


def test_no_process_is_left_behind_by_one_that_is_killed(service: Service) -> None:
    ends_with_its_workers(service, signal.SIGKILL)


def ends_with_its_workers(service: Service, number: signal.Signals) -> None:
    workers = service.workers()
    assert len(workers) == 2
    service.process.send_signal(number)
    service.process.wait(20)
    until(lambda: not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in workers))
