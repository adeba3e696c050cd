"""Only public addresses are connected to, and exactly those that were checked."""

import asyncio

import httpx2
import pytest

from scanner.address_guard import GuardedTransport, is_public, parse_host, resolve, why_never
from scanner.parsing.feed_entry import FeedError


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
        *("fec0::1", "192.88.99.1", "192.0.0.8", "64:ff9b:1::7f00:1", "::7f00:1", "100::1", "2001:20::1", "3fff::1", "5f00::1"),
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


def send_where(reachable: str, addresses: list[str]) -> list[tuple[str, float | None]]:
    """The addresses that are tried, with their seconds to connect; all but one never answer."""
    tried: list[tuple[str, float | None]] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        tried.append((request.url.host, request.extensions["timeout"]["connect"]))
        if request.url.host != reachable:
            raise httpx2.ConnectTimeout("nothing") if len(tried) % 2 else httpx2.ConnectError("no route")
        return httpx2.Response(200)

    async def run() -> None:
        guard = GuardedTransport(frozenset(), httpx2.MockTransport(handle), Resolver(addresses))
        async with httpx2.AsyncClient(transport=guard, timeout=10.0) as http:
            await http.get("https://deals.example/rss")

    asyncio.run(run())
    return tried


def test_where_an_address_does_not_answer_the_next_one_is_tried() -> None:
    six, other, four = "2606:4700:4700::1111", "2606:4700:4700::1001", "93.184.216.34"
    assert send_where(four, [six, other, four]) == [(six, 2.0), (other, 2.0), (four, 10.0)]
    assert send_where(six, [six, four]) == [(six, 2.0)]


def test_where_no_address_answers_the_last_one_says_why() -> None:
    with pytest.raises(httpx2.ConnectError):
        send_where("none", ["2606:4700:4700::1111", "93.184.216.34"])


def test_no_address_is_tried_where_one_is_private() -> None:
    with pytest.raises(FeedError, match=r"fe80::1"):
        send_where("93.184.216.34", ["93.184.216.34", "fe80::1"])


def test_a_host_without_address_is_refused() -> None:
    with pytest.raises(FeedError, match="no address"):
        send(Resolver([]))


@pytest.mark.parametrize("allowed", ["nas.local", "nas.local:8080"])
def test_an_allowed_private_host_passes(allowed: str) -> None:
    request = send(Resolver(["192.168.1.5"]), "http://nas.local:8080/rss", frozenset({allowed}))
    assert str(request.url) == "http://192.168.1.5:8080/rss"


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("[::1]:9000", "http://[::1]:9000/"),
        ("[::1]", "http://[::1]:9000/"),
        ("::1", "http://[0:0:0:0:0:0:0:1]/"),
        ("NAS.local", "http://nas.local/"),
        ("nas.local", "http://NAS.Local./"),
        ("nas.local.:80", "http://nas.local/"),
        ("xn--bcher-kva.example", "http://b\u00fccher.example/"),
        ("B\u00dcCHER.example:8080", "http://xn--bcher-kva.example:8080/"),
    ],
)
def test_a_host_is_allowed_in_whatever_spelling(allowed: str, url: str) -> None:
    assert send(Resolver(["127.0.0.1"]), url, frozenset({allowed})).url.host == "127.0.0.1"


@pytest.mark.parametrize("allowed", ["[::1]:9000", "::1:9000", "nas.local", "nas.local:81"])
def test_what_only_looks_like_an_allowed_host_is_not(allowed: str) -> None:
    for url in ("http://[::1]:9001/", "http://nas.local.example/", "http://nas.local:80/x?nas.local:81"):
        if not (allowed == "nas.local" and "local:80" in url):
            with pytest.raises(FeedError):
                send(Resolver(["127.0.0.1"]), url, frozenset({allowed}))


@pytest.mark.parametrize(
    "text", ["", "a b", "*.local", "http://nas.local", "nas.local/x", "me@nas.local", ":80", "nas:x", "nas:99999", "[::1"]
)
def test_what_is_no_host_cannot_be_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="is not like"):
        parse_host(text)


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


@pytest.mark.parametrize(
    ("url", "allowed", "is_refused"),
    [
        ("http://169.254.169.254/feed", "", True),
        ("http://127.0.0.1:9000/rss", "", True),
        ("http://127.0.0.1:9000/rss", "127.0.0.1:9000", False),
        ("http://127.0.0.1:9001/rss", "127.0.0.1:9000", True),
        ("http://[::1]/rss", "", True),
        ("http://8.8.8.8/rss", "", False),
        ("https://nas.local/rss", "", False),  # a name: the fetch tells
        ("demo", "", False),
    ],
)
def test_an_address_that_is_private_itself_is_known_at_sight(url: str, allowed: str, is_refused: bool) -> None:
    assert (why_never(url, frozenset(filter(None, [allowed]))) is not None) is is_refused
