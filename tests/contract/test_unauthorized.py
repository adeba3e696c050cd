"""Without a key every operation of every service answers 401, says how to get in, and opens no window of the browser's own."""

import importlib
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from common.http.middleware import PROBES
from common.pricing_api.inference_protocol import HEALTH
from tests.contract.test_layout import MODULES
from tests.contract.test_strangers import operations_of

SERVICES = sorted(MODULES)
APIS = sorted(set(SERVICES) - {"dashboard"})
OPEN = (PROBES - {"/metrics"}) | HEALTH
BEARER, COOKIE = 'Bearer realm="pricing-agent"', 'Cookie realm="pricing-agent", form-action="/sign-in"'
UNKNOWN = {"Authorization": "Bearer of nobody"}


@pytest.fixture
def app(service: str, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """Of a service with a key, not started: who is let in is asked before that."""
    monkeypatch.setenv("API_KEYS", "one")
    app: FastAPI = importlib.import_module(f"{MODULES[service]}.app").create_app()
    return app


def client_of(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)


def guarded_operations(app: FastAPI) -> list[tuple[str, str]]:
    found = [(method, path) for method, path in operations_of(app) if path not in OPEN and path != "/sign-in"]
    assert len(found) > 5
    return found


@pytest.mark.parametrize("service", APIS)
def test_every_operation_says_that_a_bearer_token_opens_it(app: FastAPI) -> None:
    client = client_of(app)
    for method, path in [*guarded_operations(app), ("GET", "/nothing"), ("PUT", "/v2/nothing")]:
        for shown, challenge in (
            ({}, BEARER),
            ({"X-API-Key": "two"}, BEARER),
            ({"Authorization": "Basic b25l"}, BEARER),
            (UNKNOWN, f'{BEARER}, error="invalid_token"'),
        ):
            answer = client.request(method, path, headers=shown)
            assert (method, path, answer.status_code) == (method, path, 401)
            assert answer.headers.get_list("www-authenticate") == [challenge]


@pytest.mark.parametrize("service", APIS)
@pytest.mark.parametrize(
    "shown", [{"Authorization": "Bearer one"}, {"Authorization": "bearer one"}, {"X-API-Key": "one"} | UNKNOWN]
)
def test_what_the_challenge_names_opens_every_operation(app: FastAPI, shown: dict[str, str]) -> None:
    client = client_of(app)
    for method, path in guarded_operations(app):
        assert (method, path, client.request(method, path, headers=shown).status_code) != (method, path, 401)


@pytest.mark.parametrize("service", APIS)
def test_the_document_names_the_challenge_with_every_401_and_both_ways_in(app: FastAPI) -> None:
    document = client_of(app).get("/openapi.json").json()
    guarded = [
        (method, path, each) for path, methods in document["paths"].items() for method, each in methods.items() if path not in OPEN
    ]
    assert len(guarded) >= 4
    for method, path, operation in guarded:
        both, others = operation["security"][:2], operation["security"][2:]
        assert (method, path, both) == (method, path, [{"api-key": []}, {"bearer": []}])
        assert others in ([], [{"address": []}])  # of a feed, which is its own key
        assert headers_of(document, operation["responses"]["401"])["WWW-Authenticate"]["required"]
    assert all(
        "401" not in each["responses"] for path in OPEN & document["paths"].keys() for each in document["paths"][path].values()
    )


def headers_of(document: dict[str, Any], answer: dict[str, str]) -> dict[str, Any]:
    components = document["components"]
    named = components["responses"][answer["$ref"].rpartition("/")[2]]["headers"]
    return {name: components["headers"][each["$ref"].rpartition("/")[2]] for name, each in named.items()}


@pytest.mark.parametrize("service", ["dashboard"])
@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
def test_the_dashboard_sends_pages_to_its_own_form_and_asks_scripts_to_sign_in_there(app: FastAPI, accept: str) -> None:
    client = client_of(app)
    for method, path in guarded_operations(app):
        answer = client.request(method, path, headers={"Accept": accept})
        if path == "/metrics":
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, BEARER)
        elif accept == "text/html":
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")
        else:
            assert (method, path, answer.status_code, answer.headers["www-authenticate"]) == (method, path, 401, COOKIE)
    refused = client.post("/sign-in", data={"password": "two"})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, COOKIE)
