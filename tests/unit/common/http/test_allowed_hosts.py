"""Which Host headers a service takes for its own."""

import socket

import pytest

from common.environment.unusable import UnusableSettingsError
from common.http.allowed_hosts import is_allowed, names_of
from common.settings import HttpSettings

NAMES = frozenset({"localhost", "scanner", "prices.example.com"})


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost:8004",
        "localhost.",
        "scanner:8000",
        "prices.example.com",
        "prices.example.com.:443",
        "127.0.0.1",
        "127.0.0.1:8080",
        "10.1.2.3:8000",
        "0.0.0.0:8000",
        "[::1]",
        "[::1]:8080",
        "[fd00::17]:80",
        "[::ffff:192.168.1.2]:8000",
    ],
)
def test_addresses_and_our_names_are_ours(host: str) -> None:
    assert is_allowed(host, NAMES)


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        ":8000",
        ".",
        "...:8000",
        "evil.example",
        "evil.example:8004",
        "localhost.evil.example",
        "evil.localhost",
        "xlocalhost",
        "127.0.0.1.evil.example",
        "127.0.0.1.nip.io:8000",
        "1.2.3",
        "0x7f000001",
        "2130706433",
        "[::1]evil.example",
        "[evil.example]",
        "[::1",
        "::1",
        "localhost@evil.example",
        "evil.example@localhost",
        "localhost:8000:9000",
        "localhost:port",
        "localhost, evil.example",
        "localhost/evil",
        "prices.example.com.evil.example",
        "a.prices.example.com",
        "example.com",
        "scanner\n",
        "ｌocalhost",
    ],
)
def test_nothing_else_is(host: str) -> None:
    assert not is_allowed(host, NAMES)


def test_a_service_knows_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANDOM_FOREST_URL", "http://Forest.internal:9000/below")
    monkeypatch.delenv("ALLOWED_HOSTS")
    monkeypatch.setenv("SCANNER_URL", "nowhere")
    with pytest.raises(UnusableSettingsError, match="SCANNER_URL: this is no address"):
        names_of("scanner", HttpSettings())
    names = names_of("random-forest", HttpSettings(allowed_hosts="Prices.Example.com., other"))
    assert {"localhost", "random-forest", "forest.internal", "prices.example.com", "other"} <= names
    assert socket.gethostname().lower() in names
    assert "testserver" not in names


@pytest.mark.parametrize(
    "wrong", ["*", "*.example.com", "https://example.com", "example.com:443", "a b", "a..b", "[::1]", "ok.example,/x"]
)
def test_what_is_no_name_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(UnusableSettingsError, match="is no name of a host"):
        HttpSettings(allowed_hosts=wrong)
