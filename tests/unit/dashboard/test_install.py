"""The dashboard as an app: manifest, service worker, share target, pushes to this browser."""

import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dashboard.app import Fakes, create_app
from dashboard.html.pages import STATIC
from dashboard.install.service import shared
from tests.unit.dashboard.fakes import World


def client_of(world: World) -> TestClient:
    return TestClient(create_app(Fakes(world.clients())), base_url="http://127.0.0.1", follow_redirects=False)


def test_the_manifest_names_files_that_are_there_and_pages_that_answer() -> None:
    client = client_of(World())
    answer = client.get("/static/manifest.webmanifest")
    manifest = json.loads(answer.text)
    for icon in manifest["icons"]:
        assert (STATIC / icon["src"].removeprefix("/static/")).is_file()
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    assert client.get(manifest["start_url"]).status_code == 200
    assert client.get(manifest["share_target"]["action"]).status_code == 303


def test_the_service_worker_is_whole_and_named_by_what_it_keeps() -> None:
    answer = client_of(World()).get("/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    files = re.findall(r'"(/static/[^"]+)"', answer.text)
    assert len(files) > 4
    assert all((STATIC / name.removeprefix("/static/")).is_file() for name in files)
    assert re.search(r'"shell-[0-9a-f]{12}"', answer.text)
    assert "VERSION" not in answer.text
    assert "...FILES" not in answer.text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("", "", "https://shop.example/p/1?a=b"), "/price?url=https%3A%2F%2Fshop.example%2Fp%2F1%3Fa%3Db"),
        (("A lamp", "Look at this: https://shop.example/p/1.", ""), "/price?url=https%3A%2F%2Fshop.example%2Fp%2F1"),
        (("Lamp https://shop.example/p", "", ""), "/price?url=https%3A%2F%2Fshop.example%2Fp"),
        (("A lamp", "Brass, 60 W", ""), "/price?title=A+lamp&description=Brass%2C+60+W"),
        (("", "javascript:alert(1)", ""), "/price?description=javascript%3Aalert%281%29"),
        (("", "", "https://"), "/price"),
        (("", "", ""), "/price"),
    ],
)
def test_what_another_app_shares_leads_to_its_price(given: tuple[str, str, str], expected: str) -> None:
    assert shared(*given) == expected


def test_a_share_is_a_redirect_within_the_dashboard() -> None:
    answer = client_of(World()).get("/share", params={"text": "see https://evil.example/x", "title": "\r\nLocation: x"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/price?url=https%3A%2F%2Fevil.example%2Fx")


def test_a_browser_becomes_a_channel_at_the_notifier() -> None:
    world = World()
    body = {"endpoint": "https://push.example/1", "keys": {"p256dh": "a", "auth": "b"}, "label": "Phone"}
    client = client_of(world)
    assert client.get("/push/key").status_code == 200
    assert client.post("/push/subscriptions", json=body).status_code == 200
    assert world.asked("POST") == [("notifier", "/push/subscriptions", body)]
    assert client.post("/push/subscriptions", json=body, headers={"Origin": "https://evil.example"}).status_code == 403
    for odd in (b'{"endpoint": NaN}', b'{"endpoint": "\\ud800"}'):
        assert client.post("/push/subscriptions", content=odd, headers={"Content-Type": "application/json"}).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("GET", "/push/key", None, 503, "notifier cannot be reached"),
        ("POST", "/push/subscriptions", {"endpoint": "https://push.example/1"}, 503, "notifier cannot be reached"),
        ("POST", "/push/subscriptions", [], 422, "Unprocessable"),
    ],
)
def test_the_script_that_asks_for_pushes_is_told_why_not_as_it_can_read(
    method: str, path: str, body: Any, status: int, said: str
) -> None:
    client = client_of(World(down={"notifier"}))
    answer = client.request(method, path, json=body, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said in answer.json()["detail"]


def test_every_page_names_the_manifest_and_the_offline_page_stands_alone() -> None:
    world = World(down={"scanner", "notifier", "ensemble"})
    page = client_of(world).get("/offline").text
    assert "There is no connection" in page
    assert 'rel="manifest"' in page
    assert world.calls == []
