"""Signing in: who gets in, for how long, how often one may try, and what the browser is told to keep."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from common.errors import OverloadedError, UnauthorizedError
from dashboard.access.routes import own_path
from dashboard.access.sign_in import SignIn, network_of, secret_of
from dashboard.app import Fakes, create_app
from dashboard.settings import Settings
from tests.unit.dashboard.fakes import World
from tests.waiting import eventually

PASSWORD = "a long password, mine"
HASH = "scrypt:15:8:3:JICRM-88E9x8B0X88IRYAA:SP5gBIpQSrQSh49X7mI8KzqgknXSpi3zvM9ZBoFJITU"
OURS = {"Origin": "http://testserver", "Accept": "text/html"}


def client_of(world: World | None = None, **settings: str | float) -> TestClient:
    app = create_app(Fakes((world or World()).clients()), Settings.model_validate({"password": HASH, **settings}))
    return TestClient(app, follow_redirects=False, headers={"Accept": "text/html"})


def sign_in(client: TestClient, password: str = PASSWORD, **given: str) -> Response:
    answer: Response = client.post("/sign-in", data={"password": password, **given}, headers=OURS)
    return answer


def test_without_a_password_or_a_key_nobody_is_asked() -> None:
    client = TestClient(create_app(Fakes(World().clients())), follow_redirects=False)
    answer = client.get("/")
    assert answer.status_code == 200
    assert "Sign out" not in answer.text
    assert client.get("/sign-in").status_code == 404


def test_metrics_are_shown_to_no_stranger_where_a_password_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert TestClient(create_app(Fakes(World().clients()))).get("/metrics").status_code == 200
    token = {"Authorization": "Bearer scraper"}
    closed = client_of()
    assert [closed.get("/metrics", headers=each).status_code for each in ({}, token)] == [401, 401]
    assert closed.get("/healthz").status_code == 200
    monkeypatch.setenv("METRICS_KEY", "scraper")
    opened = client_of()
    assert [opened.get("/metrics", headers=each).status_code for each in ({}, token)] == [401, 200]
    assert opened.get("/", headers=token).status_code == 303


@pytest.mark.parametrize("path", ["/", "/deals?cursor=a%26b", "/feeds", "/map", "/nothing"])
def test_who_is_not_signed_in_is_asked_and_led_back(path: str) -> None:
    client = client_of()
    asked = client.get(path)
    assert (asked.status_code, asked.headers["location"].partition("?")[0]) == (303, "/sign-in")
    page = client.get(asked.headers["location"])
    assert page.status_code == 200
    (to,) = re.findall(r'name="to" value="([^"]*)"', page.text)
    answer = sign_in(client, to=to.replace("&amp;", "&"))
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert client.get(path).status_code in (200, 404)


@pytest.mark.parametrize("path", ["/scan", "/test", "/feeds", "/price", "/opportunities/1/dismiss", "/sign-out"])
def test_who_is_not_signed_in_presses_nothing(path: str) -> None:
    world = World()
    client = client_of(world)
    assert client.post(path, headers=OURS).headers["location"] == "/sign-in?to=%2F"
    refused = client.post(path, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
    assert world.calls == []


def test_only_what_the_page_that_asks_needs_is_open() -> None:
    client = client_of()
    assert [client.get(path).status_code for path in ("/static/style.css", "/static/icon.svg", "/healthz", "/readyz")] == [200] * 4
    assert client.get("/map/flat.json", headers={"Accept": "*/*"}).status_code == 401
    assert client.get("/static/../", headers={"Accept": "*/*"}).status_code == 401


def test_a_feed_reader_needs_a_key_in_its_address_which_opens_nothing_else() -> None:
    client = client_of()
    assert client.get("/opportunities.rss?key=good").status_code == 200
    assert client.get("/opportunities.rss?key=bad").status_code == 401
    assert client.get("/opportunities.rss?q=a").status_code == 303
    assert client.get("/opportunities?key=good").status_code == 303
    assert client.get("/?key=good").status_code == 303
    assert client.post("/opportunities.rss?key=good", headers=OURS).status_code == 303


def test_a_wrong_password_is_refused_and_a_right_one_opens() -> None:
    client = client_of()
    for wrong in (
        "",
        "a long password, mine ",
        PASSWORD.upper(),
        HASH,
        "x" * 2000,
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ):
        assert sign_in(client, wrong).status_code in (401, 429)
        assert client.get("/").status_code == 303
    assert sign_in(client_of()).status_code == 303


def test_the_session_is_kept_from_scripts_and_other_sites() -> None:
    cookie = sign_in(client_of()).headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    assert name == "pricer-session"
    assert len(rest.partition(";")[0]) >= 43
    for rule in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=604800"):
        assert rule in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize("is_behind_a_proxy", [True, False])
def test_over_https_it_is_kept_from_http_too(is_behind_a_proxy: bool) -> None:
    base = "http://testserver" if is_behind_a_proxy else "https://testserver"
    client = TestClient(client_of().app, base_url=base, follow_redirects=False)
    headers = {"Origin": "https://testserver", "Sec-Fetch-Site": "same-origin"}
    cookie = client.post("/sign-in", data={"password": PASSWORD}, headers=headers).headers["set-cookie"]
    assert cookie.startswith("__Host-pricer-session=")
    assert "; Secure" in cookie
    session = cookie.partition(";")[0]
    assert client.get("/", headers={"Cookie": session}).status_code == 200


def test_every_sign_in_has_a_session_of_its_own_and_ends_the_one_before() -> None:
    client = client_of()
    sign_in(client)
    first = client.cookies["pricer-session"]
    sign_in(client)
    assert client.cookies["pricer-session"] != first
    assert client.get("/").status_code == 200
    assert TestClient(client.app, follow_redirects=False, cookies={"pricer-session": first}).get("/").status_code == 401


@pytest.mark.parametrize("made_up", ["", "x", "0" * 43, HASH, PASSWORD.replace(" ", "+")])
def test_a_session_cannot_be_made_up(made_up: str) -> None:
    assert TestClient(client_of().app, cookies={"pricer-session": made_up}).get("/").status_code == 401


def test_a_sign_out_ends_the_session_also_for_who_has_copied_it() -> None:
    client = client_of()
    sign_in(client)
    assert "Sign out" in client.get("/").text
    copied = client.cookies["pricer-session"]
    answer = client.post("/sign-out", headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert client.get("/").status_code == 303
    assert TestClient(client.app, cookies={"pricer-session": copied}).get("/").status_code == 401


@pytest.mark.parametrize("path", ["/live", "/activity/stream"])
def test_a_sign_out_ends_what_is_still_being_told_to_that_session(path: str) -> None:
    client = client_of()
    sign_in(client)
    copied = client.cookies["pricer-session"]
    heard: list[dict[str, Any]] = []

    async def play() -> None:
        left = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            heard.append(message)

        headers = [(b"host", b"testserver"), (b"cookie", f"pricer-session={copied}".encode())]
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers, "app": client.app}
        scope |= {"http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 1), "server": ("testserver", 80)}
        told = asyncio.ensure_future(client.app(scope, receive, send))  # type: ignore[arg-type]
        await eventually(lambda: any(b"welcome" in each.get("body", b"") for each in heard))
        assert not told.done()
        await asyncio.to_thread(client.post, "/sign-out", headers=OURS)
        try:
            await asyncio.wait_for(asyncio.shield(told), 20)
        finally:
            left.set()
            await told

    asyncio.run(play())
    assert heard[0]["status"] == 200
    assert heard[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


def test_a_form_of_another_site_signs_nobody_in_or_out() -> None:
    client = client_of()
    evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/sign-in", data={"password": PASSWORD}, headers=evil).status_code == 403
    sign_in(client)
    assert client.post("/sign-out", headers=evil).status_code == 403
    assert client.get("/").status_code == 200


def test_guesses_are_bounded_and_told_when_to_come_back() -> None:
    client = client_of(password=HASH)
    answers = [sign_in(client, f"guess {number}") for number in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
    assert 1 <= int(answers[5].headers["retry-after"]) <= 30
    assert "Too many tries" in answers[5].text
    assert sign_in(client).status_code == 429


def test_where_keys_are_set_and_no_password_a_key_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", "first,second-key")
    client = client_of(password="")
    assert "API key" in client.get("/sign-in").text
    assert client.get("/", headers={"X-API-Key": "first"}).status_code == 303
    assert sign_in(client, "third").status_code == 401
    assert sign_in(client, "second-key").status_code == 303
    assert client.get("/").status_code == 200


def test_where_a_password_is_set_callers_keys_do_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS", "first")
    client = client_of()
    assert "Password" in client.get("/sign-in").text
    assert sign_in(client, "first").status_code == 401


def test_where_the_file_of_keys_holds_none_nobody_gets_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("# none\n")
    monkeypatch.setenv("API_KEYS_FILE", str(keys))
    client = client_of(password="")
    assert sign_in(client, "").status_code == 401
    assert client.get("/").status_code == 303


@pytest.mark.parametrize(
    "to",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "", "evil", "/a\\b", "javascript:x", "/ä"],
)
def test_the_way_back_leads_nowhere_else(to: str) -> None:
    assert own_path(to) == "/"
    assert sign_in(client_of(), to=to).headers["location"] == "/"


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Word:
    """A secret without its price."""

    word: str = "open"

    def matches(self, password: str) -> bool:
        return password == self.word


def enter(way: SignIn, password: str = "open", address: str = "10.0.0.1") -> str:
    return asyncio.run(way.enter(password, address))


def test_a_session_ends_after_its_time() -> None:
    clock = Clock()
    way = SignIn(Word(), 3600.0, clock)
    session = enter(way)
    clock.now += 3599
    assert way.knows(session)
    clock.now += 2
    assert not way.knows(session)


def test_a_changed_password_knows_no_session_of_before() -> None:
    session = enter(SignIn(Word(), 3600.0))
    assert not SignIn(Word("another"), 3600.0).knows(session)


def test_one_who_guesses_keeps_nobody_else_out_and_may_go_on_slowly() -> None:
    clock = Clock()
    way = SignIn(Word(), 3600.0, clock)
    for _ in range(5):
        with pytest.raises(UnauthorizedError):
            enter(way, "guess", "2001:db8::1")
    with pytest.raises(OverloadedError):
        enter(way, "open", "2001:db8::ffff:2")
    assert way.knows(enter(way, address="2001:db8:1::1"))
    clock.now += 30
    assert way.knows(enter(way, address="2001:db8::1"))


def test_who_knows_the_word_is_not_counted() -> None:
    way = SignIn(Word(), 3600.0, Clock())
    assert all(way.knows(enter(way)) for _ in range(20))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_an_address_stands_for_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_nothing_set_asks_nobody() -> None:
    assert secret_of("", None) is None
