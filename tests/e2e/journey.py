"""The main job, seen from outside: a deal appears in a feed, and a phone is told once. Knows the services by their URLs alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

import httpx2

from tests.waiting import until

T = TypeVar("T")


@dataclass(frozen=True)
class System:
    """Where the running services answer; `peer` is the outside world (peer.py), `feeds` the address that services use for it."""

    ensemble: str
    scanner: str
    notifier: str
    dashboard: str
    peer: str
    feeds: str

    def get(self, url: str, **params: str) -> Any:
        answer = httpx2.get(url, params=params, timeout=30, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, url: str, body: object = None) -> Any:
        answer = httpx2.post(url, json=body, timeout=60, trust_env=False)
        assert answer.is_success, answer.text
        return answer.json()

    def received(self) -> list[dict[str, str]]:
        """What came in at the webhook."""
        found: list[dict[str, str]] = self.get(f"{self.peer}/received")
        return found

    def scan(self) -> dict[str, Any]:
        """Scan all feeds and wait for the end."""
        identifier = self.post(f"{self.scanner}/scan")["scan"]
        return until(
            lambda: found if (found := self.get(f"{self.scanner}/scans/{identifier}"))["state"] != "running" else None,
            120,
            what="the scan has ended",
        )


def check_alerts(system: System, feeds: list[str], currencies: Mapping[str, str] = MappingProxyType({})) -> None:
    """Scan `feeds`, and find each alert on the phone once, with the deal's price, the estimate and the link."""
    for name in feeds:
        system.post(f"{system.scanner}/feeds", {"url": f"{system.feeds}/feeds/{name}", "currency": currencies.get(name, "USD")})
    before = len(system.received())
    scan = system.scan()
    assert scan["state"] == "done"
    assert scan["alerts"] > 0
    messages = until(
        lambda: got if len(got := system.received()[before:]) >= scan["alerts"] else None, 120, what="every alert arrived"
    )
    assert len(messages) == scan["alerts"]
    opportunities = {item["deal"]["url"]: item for item in system.get(f"{system.scanner}/opportunities", limit="100")["items"]}
    for message in messages:
        text = f"{message['title']}\n{message['message']}"
        opportunity = next((item for url, item in opportunities.items() if url and url in text), None)
        assert opportunity, f"no opportunity has a link that stands in: {text}"
        assert opportunity["discount"] > 0
        for amount in (opportunity["deal"]["price"], opportunity["estimate"]):
            assert f"${amount:,.2f}" in text or f"${amount:,.0f}" in text


def check_second_scan_is_silent(system: System) -> None:
    """The same feeds again: nothing new, nobody told. A test push behind it shows that the way was open."""
    before = len(system.received())
    scan = system.scan()
    assert (scan["state"], scan["alerts"]) == ("done", 0)
    system.post(f"{system.notifier}/test")
    messages = until(lambda: got if len(got := system.received()[before:]) >= 1 else None, 120, what="the test push arrived")
    assert len(messages) == 1
    titles = [item["deal"]["title"] for item in system.get(f"{system.scanner}/opportunities", limit="100")["items"]]
    assert not any(title in messages[0]["message"] for title in titles)


def check_dashboard(system: System) -> None:
    """The best opportunity stands on the page with its link."""
    page = httpx2.get(system.dashboard, timeout=30, trust_env=False)
    assert page.status_code == 200
    best = system.get(f"{system.scanner}/opportunities", limit="1")["items"][0]
    assert best["deal"]["url"].replace("&", "&amp;") in page.text
    assert f"${best['deal']['price']:,.2f}" in page.text
    assert f"${best['estimate']:,.2f}" in page.text


def check_feed(system: System) -> None:
    """The dashboard gives a feed reader an address of its own that has the best opportunity, and to nobody without its key."""
    origin = {"Origin": system.dashboard}
    asked = {"data": {"label": "Reader"}, "headers": origin, "follow_redirects": True, "timeout": 30, "trust_env": False}
    page = httpx2.post(f"{system.dashboard}/subscribe", **asked)
    (address,) = re.findall(r"RSS: (\S+?key=[\w-]+)", page.text)
    assert address.startswith(system.dashboard)
    feed = httpx2.get(address, timeout=30, trust_env=False)
    assert feed.headers["content-type"].startswith("application/rss+xml")
    best = system.get(f"{system.scanner}/opportunities", limit="1")["items"][0]
    assert best["id"] in feed.text
    assert httpx2.get(address, headers={"If-None-Match": feed.headers["etag"]}, timeout=30, trust_env=False).status_code == 304
    assert httpx2.get(f"{address}x", timeout=30, trust_env=False).status_code == 401


def check_price(system: System) -> None:
    """The front door answers with all three pricers."""
    answer = system.post(
        f"{system.ensemble}/price", {"description": "Bluetooth headphones, over-ear, noise cancelling, 30 h battery"}
    )
    assert answer["low"] < answer["price"] < answer["high"]
    assert {estimate["pricer"] for estimate in answer["estimates"]} == {"specialist", "frontier-rag", "random-forest"}
    assert answer["degraded"] == []
