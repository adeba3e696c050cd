"""Only public addresses are connected to, and exactly those that were checked."""

import asyncio

import httpx2
import pytest

from scanner.address_guard import GuardedTransport, is_public, resolve
from scanner.deal_data import FeedError


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "240.0.0.1",
        ),
        *("255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
        *("64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "255.255.255.255", "not an address"),
    ],
)
def test_addresses_that_are_not_of_the_open_internet_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700:4700::1111", "::ffff:93.184.216.34"])
def test_addresses_of_the_open_internet_pass(address: str) -> None:
    assert is_public(address)


class Resolver:
    """Answers each look-up with the next address."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def __call__(self, host: str, port: int) -> list[str]:
        return self.answers.pop(0)


def send(resolver: Resolver, url: str = "https://deals.example/rss", allowed: frozenset[str] = frozenset()) -> httpx2.Request:
    sent: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return httpx2.Response(200)

    async def run() -> None:
        async with httpx2.AsyncClient(transport=GuardedTransport(allowed, httpx2.MockTransport(handle), resolver)) as http:
            await http.get(url)

    asyncio.run(run())
    return sent[0]


def test_the_connection_goes_to_the_checked_address_under_the_hosts_name() -> None:
    request = send(Resolver(["93.184.216.34"], ["127.0.0.1"]))
    assert request.url.host == "93.184.216.34"
    assert request.headers["host"] == "deals.example"
    assert request.extensions["sni_hostname"] == "deals.example"


def test_one_private_address_among_several_is_enough_to_refuse() -> None:
    with pytest.raises(FeedError, match="not a public address"):
        send(Resolver(["93.184.216.34", "10.0.0.1"]))


def test_a_host_without_address_is_refused() -> None:
    with pytest.raises(FeedError, match="no address"):
        send(Resolver([]))


@pytest.mark.parametrize("allowed", ["nas.local", "nas.local:8080"])
def test_an_allowed_private_host_passes(allowed: str) -> None:
    request = send(Resolver(["192.168.1.5"]), "http://nas.local:8080/rss", frozenset({allowed}))
    assert str(request.url) == "http://192.168.1.5:8080/rss"


def test_another_port_of_an_allowed_host_does_not() -> None:
    with pytest.raises(FeedError):
        send(Resolver(["192.168.1.5"]), "http://nas.local:22/rss", frozenset({"nas.local:8080"}))


def test_an_unknown_name_is_a_feeds_error() -> None:
    with pytest.raises(FeedError, match="cannot be resolved"):
        asyncio.run(resolve("does-not-exist.invalid", 80))


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "localhost"])
def test_other_spellings_of_loopback_are_seen_through(host: str) -> None:
    async def run() -> list[str]:
        try:
            return await resolve(host, 80)
        except FeedError:
            return []

    assert not any(is_public(address) for address in asyncio.run(run()))
