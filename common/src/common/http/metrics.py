"""Prometheus metrics of one application. Labels are route templates, never raw paths, so that a port scan cannot grow them."""

import math
import shutil
from functools import cached_property
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from common.settings import var_dir

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """A registry of its own for each application, so that two applications can live in one process."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.requests = Counter("http_requests", "Answered requests", ["method", "route", "status"], registry=self.registry)
        self.seconds = Histogram(
            "http_request_seconds", "Time to answer", ["method", "route"], buckets=_SECONDS, registry=self.registry
        )
        self.in_flight = Gauge("http_requests_in_flight", "Requests being served", registry=self.registry)
        self.ready = Gauge("service_ready", "1 where /readyz says so", registry=self.registry)
        self._add_disk(var_dir())

    def _add_disk(self, folder: Path) -> None:
        """How full the disk is on which databases lie; of a folder that is not there, where it would be made."""
        place = next(each for each in (folder, *folder.absolute().parents) if each.exists())
        free = Gauge("disk_free_bytes", "Free bytes where VAR_DIR lies", registry=self.registry)
        free.set_function(lambda: _usage(place)[2])
        size = Gauge("disk_size_bytes", "All bytes where VAR_DIR lies", registry=self.registry)
        size.set_function(lambda: _usage(place)[0])

    @cached_property
    def keys(self) -> "KeyMetrics":
        """Made when asked for: only services that demand keys show them."""
        return KeyMetrics(self.registry)

    def exposition(self) -> bytes:
        """The text that a Prometheus server scrapes."""
        return generate_latest(self.registry)


def _usage(place: Path) -> tuple[float, float, float]:
    """All, used and free bytes; nan where the folder was taken away."""
    try:
        return shutil.disk_usage(place)
    except OSError:
        return math.nan, math.nan, math.nan


class KeyMetrics:
    """What each key does, by the name of its entry: never the key, nor a part of it or of its hash."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "api_key_requests",
            "Requests by key (none: without a valid one) and outcome: admitted, limited or refused",
            ["key", "outcome"],
            registry=registry,
        )
        self.items = Counter(
            "api_key_items",
            "Prices asked for, by key; a request that asks for none counts as one, unless it is a GET",
            ["key"],
            registry=registry,
        )
