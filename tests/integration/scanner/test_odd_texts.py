"""What a caller sends that PostgreSQL cannot store is refused, and no error of ours; SQLite stores it."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.unit.scanner.test_app import running, scan

REQUESTS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "/products?q=a%00b", None),
    ("GET", "/products/a%00b", None),
    ("GET", "/scans/a%00b", None),
    ("GET", "/scans/a%00b/trace", None),
    ("GET", "/opportunities/a%00b", None),
    ("POST", "/opportunities/a%00b/dismiss", None),
    ("POST", "/opportunities/a%00b/feedback", {"verdict": "right"}),
    ("POST", "/deals/1/feedback", {"verdict": "right", "note": "a\0b"}),
    ("PATCH", "/feeds/1", {"title": "a\0b"}),
    ("POST", "/feeds", {"url": "https://b.example/", "title": "a\0b"}),
    ("POST", "/feeds", {"url": "https://b.example/a\0b"}),
    ("POST", "/views", {"name": "a\0b", "query": "words=drill"}),
    ("DELETE", "/views/a%00b", None),
]


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Any:
    with running(tmp_path, database_url=database_url) as opened:
        scan(opened)
        yield opened


def test_no_request_with_a_nul_is_an_error_of_ours(client: TestClient) -> None:
    answers = {(method, path): client.request(method, path, json=body) for method, path, body in REQUESTS}
    assert {where: answer.status_code for where, answer in answers.items() if answer.status_code >= 500} == {}
    assert client.post("/deals/1/feedback", json={"verdict": "right", "note": "ab"}).status_code < 300
