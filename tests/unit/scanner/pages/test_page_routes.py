"""The door to a page, over HTTP."""

from pathlib import Path

from fastapi.testclient import TestClient

from scanner.app import Fakes, create_app
from scanner.pages.page_data import PageError, PageFacts
from tests.unit.scanner.fakes import FakeJudge, FakePages, FakeSource, FakeStream
from tests.unit.scanner.test_app import settings
from tests.waiting import until_ready

URL = "https://shop.example/drill"
PAGES = {URL: PageFacts(title="Acme Drill", price=60.0, currency="USD"), f"{URL}?late": PageError("HTTP 503", may_pass=True)}


def test_a_page_is_read_or_refused_with_the_field_and_the_reason(tmp_path: Path) -> None:
    fakes = Fakes(FakeSource({}), FakeJudge(), FakeStream(), pages=FakePages(PAGES))
    with TestClient(create_app(fakes, settings(tmp_path))) as client:
        until_ready(client)
        found = client.post("/pages/read", json={"url": f" {URL} "})
        refused = [
            client.post("/pages/read", json={"url": url}) for url in ("", "http://127.0.0.1:8000/", "https://shop.example/no")
        ]
        late = client.post("/pages/read", json={"url": f"{URL}?late"})
    assert (found.status_code, found.json()["dollars"], found.json()["title"]) == (200, 60.0, "Acme Drill")
    assert [(each.status_code, each.json()["errors"][0]["field"]) for each in refused] == [(422, "url")] * 3
    assert "SCANNER_ALLOW_HOSTS" in refused[1].json()["detail"]
    assert (late.status_code, late.headers["Retry-After"]) == (503, "2")
