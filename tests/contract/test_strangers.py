"""What a page of somebody else can do with a service that its visitor runs: nothing, at any of them, by any of their routes."""

import importlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx2 import Response
from starlette.testclient import TestClient

from tests.contract.test_layout import MODULES

SERVICES = sorted(MODULES)
EVIL = "evil.example"
FROM_A_PAGE = {
    "cross-site": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    "same-site": {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"},
    "foreign origin": {"Origin": f"https://{EVIL}"},
    "no origin": {"Origin": "null"},
    "in a frame": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
}
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
}


@cache
def app_of(service: str) -> FastAPI:
    """Not started: who is let in is asked about the thing behind the door no more than a closed one."""
    app: FastAPI = importlib.import_module(f"{MODULES[service]}.app").create_app()
    return app


def client_of(service: str) -> TestClient:
    return TestClient(app_of(service), follow_redirects=False, raise_server_exceptions=False)


def routes_of(service: str) -> list[tuple[str, str]]:
    """Method and path of every route of a service, with something in the place of ids."""
    return operations_of(app_of(service))


def operations_of(app: FastAPI) -> list[tuple[str, str]]:
    """The same of an app."""
    endless = app.state.event_streams
    found = [route for route in flat(app.routes) if isinstance(route, APIRoute) and route.path not in endless]
    assert len(found) > 8
    return [(method, re.sub(r"\{[^}]*\}", "1", route.path)) for route in found for method in sorted(route.methods)]


def flat(routes: Iterable[Any]) -> Iterator[Any]:
    """Also those of the routers within."""
    for route in routes:
        yield from flat(route.original_router.routes) if hasattr(route, "original_router") else [route]


def ask_all(service: str, **headers: str) -> list[tuple[str, str, Response]]:
    client = client_of(service)
    return [(method, path, client.request(method, path, headers=headers)) for method, path in routes_of(service)]


@pytest.mark.parametrize("headers", FROM_A_PAGE.values(), ids=FROM_A_PAGE)
@pytest.mark.parametrize("service", SERVICES)
def test_a_page_of_another_site_neither_presses_nor_reads_anything(service: str, headers: dict[str, str]) -> None:
    for method, path, answer in ask_all(service, **headers):
        assert (method, path, answer.status_code) == (method, path, 403)
        assert re.search("another site", answer.text)


@pytest.mark.parametrize(
    "host", [EVIL, f"{EVIL}:8000", "localhost.evil.example", f"127.0.0.1.{EVIL}", "127.0.0.1@evil.example", ""]
)
@pytest.mark.parametrize("service", SERVICES)
def test_a_name_that_is_not_ours_gets_no_answer(service: str, host: str) -> None:
    origin = {"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    for method, path, answer in ask_all(service, Host=host, **origin):
        assert (method, path, answer.status_code) == (method, path, 421)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_answers_under_the_names_by_which_people_and_peers_call_it(service: str) -> None:
    for host in (
        "localhost",
        "localhost:8000",
        "127.0.0.1:8004",
        "[::1]:8080",
        f"{service}:8000",
        "192.168.1.20:8080",
        "LOCALHOST.",
    ):
        answer = client_of(service).get("/healthz", headers={"Host": host, "Origin": f"http://{host.lower()}"})
        assert (host, answer.status_code) == (host, 200)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_answers_under_the_name_in_its_address(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{MODULES[service].upper()}_URL", f"http://{service}.shop.svc.cluster.local:8000")
    monkeypatch.setenv("ALLOWED_HOSTS", "Prices.Example.com, other.example.com.")
    client = TestClient(importlib.import_module(f"{MODULES[service]}.app").create_app())
    for host in (f"{service}.shop.svc.cluster.local:8000", "prices.example.com", "other.example.com:443"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200
    for host in ("shop.svc.cluster.local", "a.prices.example.com", "example.com"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("service", SERVICES)
def test_a_preflight_of_another_site_is_refused_and_permits_nothing(service: str) -> None:
    asked = {"Origin": f"https://{EVIL}", "Sec-Fetch-Site": "cross-site", "Access-Control-Request-Method": "POST"}
    answer = client_of(service).options("/scan", headers=asked)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("service", SERVICES)
def test_a_link_of_another_site_may_be_followed_and_a_form_may_not(service: str) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client_of(service).get("/healthz", headers=followed).status_code == 200
    assert client_of(service).post("/healthz", headers=followed).status_code == 403


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_says_what_the_browser_must_not_do(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("nobody has foreseen this")

    app = importlib.import_module(f"{MODULES[service]}.app").create_app()
    app.add_api_route("/fails", fail, methods=["GET"])
    client = TestClient(app, raise_server_exceptions=False)
    answers = [client.get(path) for path in ("/healthz", "/readyz", "/metrics", "/nothing", "/fails", "/docs")]
    answers += [
        client.delete("/healthz"),
        client.get("/healthz", headers={"Host": EVIL}),
        client.post("/x", content=b"x" * 300_000),
    ]
    statuses = {answer.status_code for answer in answers}
    assert {200, 404, 405, 413, 421, 500} <= statuses
    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert "camera=()" in answer.headers["permissions-policy"]
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert policy.startswith(("default-src 'none'", "default-src 'self'"))
        assert "http" not in policy


@pytest.mark.parametrize("service", SERVICES)
def test_no_page_loads_anything_from_another_origin(service: str) -> None:
    client = client_of(service)
    pages = [path for method, path in routes_of(service) if method == "GET"]
    html = {path: answer for path in pages if "text/html" in (answer := client.get(path)).headers.get("content-type", "")}
    assert html
    for path, answer in html.items():
        loaded = re.findall(r"<(?:link|script|img|iframe|source)[^>]*\b(?:href|src)=[\"']([^\"']*)", answer.text)
        assert loaded or "<html" not in answer.text, path  # a piece of a page is shown within one
        for target in loaded:
            assert not re.match(r"[a-zA-Z]+:|//", target), (path, target)
            assert client.get(target if target.startswith("/") else f"/{target}").status_code == 200


@pytest.mark.parametrize("service", sorted(set(SERVICES) - {"dashboard"}))
def test_every_route_documents_both_refusals(service: str) -> None:
    paths = client_of(service).get("/openapi.json").json()["paths"]
    ours = [
        (method, path, each) for path, methods in paths.items() if not path.startswith("/v2") for method, each in methods.items()
    ]
    lacking = [(method, path) for method, path, each in ours if not {"403", "421"} <= each["responses"].keys()]
    assert len(ours) >= 3
    assert lacking == []


def test_the_dashboard_describes_no_api() -> None:
    assert [client_of("dashboard").get(path).status_code for path in ("/docs", "/openapi.json", "/redoc")] == [404] * 3
