"""A door with a name of its own beside those of things with ids has its own methods, and none of those of the things."""

import importlib

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Match

SERVICES = ("scanner", "notifier")


def app_of(name: str) -> FastAPI:
    app: FastAPI = importlib.import_module(f"{name}.app").create_app()
    return app


def own_names(app: FastAPI) -> list[tuple[str, set[str]]]:
    """Paths without a parameter, and their documented methods."""
    return [(path, {method.upper() for method in told}) for path, told in app.openapi()["paths"].items() if "{" not in path]


@pytest.mark.parametrize("name", SERVICES)
def test_a_method_that_a_door_does_not_have_leads_to_no_other_door(name: str) -> None:
    app = app_of(name)
    client = TestClient(app, raise_server_exceptions=False)  # not started: the refusal comes before anything is open
    for path, methods in own_names(app):
        answer = client.request("OPTIONS", path)
        assert answer.status_code == 405, path
        assert {each.strip() for each in answer.headers["allow"].split(",")} - {"HEAD"} == methods, path
        for method in {"GET", "PUT", "PATCH", "DELETE", "POST"} - methods:
            scope = {"type": "http", "path": path, "method": method, "headers": [], "root_path": ""}
            assert not any(route.matches(scope)[0] is Match.FULL for route in app.routes), (method, path)


def test_what_is_sent_as_a_file_says_so_in_the_document() -> None:
    paths = app_of("scanner").openapi()["paths"]
    for path in ("/feeds/export", "/feeds.opml", "/rules/export"):
        assert "Content-Disposition" in paths[path]["get"]["responses"]["200"]["headers"], path


def test_a_scan_of_a_feed_that_is_not_there_is_foreseen() -> None:
    assert "404" in app_of("scanner").openapi()["paths"]["/scan"]["post"]["responses"]
