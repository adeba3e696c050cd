"""GET /price-levels over a scanner that has read and judged deals of several weeks."""

from datetime import timedelta
from pathlib import Path

from fastapi.testclient import TestClient

from scanner.app import Fakes, create_app
from tests.unit.scanner.fakes import NOW, FakeJudge, FakeSource, FakeStream, item, rss
from tests.unit.scanner.test_app import scan, settings
from tests.waiting import until_ready

A = "https://a.example/rss"


def test_levels_are_told_of_what_was_judged(tmp_path: Path) -> None:
    items = []
    for week, dollars in ((3, 60), (1, 66)):
        for number in range(12):
            published = (NOW - timedelta(weeks=week)).strftime("%a, %d %b %Y %H:%M:%S GMT")
            extra = f"<pubDate>{published}</pubDate><category>Tools</category>"
            items.append(item(f"Acme drill model {week}{number} for ${dollars}", number=100 * week + number, extra=extra))
    fakes = Fakes(FakeSource({A: rss(*items)}), FakeJudge(), FakeStream(), now=lambda: NOW)
    with TestClient(create_app(fakes, settings(tmp_path, feeds=A))) as client:
        until_ready(client)
        assert client.get("/price-levels", params={"weeks": 13}).json() == {"weeks": 13, "items": []}
        scan(client)
        levels = client.get("/price-levels").json()
        assert [each["category"] for each in levels["items"]] == ["All categories", "Tools"]
        assert [week["n"] for week in levels["items"][1]["weeks"]] == [12, 12]
        assert levels["items"][1]["weeks"][1]["index"] == 110.0
        assert client.get("/price-levels", params={"weeks": 1}).status_code == 422
