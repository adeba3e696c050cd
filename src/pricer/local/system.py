"""The table of services: which module, port and environment each has when all run as local processes."""

import os

from common.pricers import PRICERS
from common.service_address import ServiceAddress

_OTHERS = (
    ServiceAddress("ensemble", 8000),
    ServiceAddress("scanner", 8004),
    ServiceAddress("notifier", 8005),
    ServiceAddress("dashboard", 8080, is_for_people=True),
)


def services() -> list[ServiceAddress]:
    """All services, the pricers first: the front door wants them."""
    return [*PRICERS, *_OTHERS]


def environment(redis_url: str) -> dict[str, str]:
    """What every process gets: our own environment, each other's addresses, and Redis.

    Python's safe path: whatever lies in the folder that somebody stands in is never imported in the place of our modules.
    """
    addresses = {f"{service.prefix}_URL": service.url for service in services() if not service.is_for_people}
    given = {name: value for name, value in os.environ.items() if name != "REDIS_URL_FILE"}  # which was read already
    return {**given, **addresses, "REDIS_URL": redis_url, "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1"}
