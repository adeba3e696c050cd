"""Feed, scanner and ensemble over HTTP, with a small judge and pricers that know usual prices: exactly the right pushes."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from common.artifact import write_meta
from common.deals import Opportunity
from common.pricing import Estimate, PricedItem, PriceRequest, PriceResponse, Similar
from ensemble import app as ensemble_app
from ensemble.judge.density import TwoPiece
from ensemble.judge.model import COMMAND, FILE, FORMAT_VERSION, EstimateModel, JudgeModel, Linear, PriorModel, ReferenceModel
from scanner.app import Fakes, create_app
from scanner.settings import Settings
from tests.integration.scanner.conftest import scan
from tests.integration.scanner.peers import HostileServer, reply
from tests.unit.scanner.fakes import FakeStream, item_of_today, rss
from tests.waiting import until, until_ready

USUAL = {"QX100": 95.0, "DR900": 112.0, "HD700": 100.0, "VX500": 205.0}  # dollars
CLAIM = ReferenceModel(0.5, 0.0, TwoPiece(0.3, 0.3, 4.0), power=0.3)
JUDGE = JudgeModel(
    PriorModel(Linear(0.15, {}), Linear(0.0, {}), TwoPiece(0.15, 0.3, 4.0)),
    EstimateModel(0.0, -1.5, 0.5, {"exact": -0.5}, TwoPiece(1.0, 1.0, 4.0), 0.8),
    {
        **dict.fromkeys(("next_best", "history", "all_time_low"), ReferenceModel(1.0, 0.0, TwoPiece(0.03, 0.03, 4.0))),
        "seen": ReferenceModel(1.0, 0.0, TwoPiece(0.08, 0.08, 4.0)),
        **dict.fromkeys(("list", "was", "regular", "new_price"), CLAIM),
    },
)

NOW = datetime.now(UTC)
INFLATED = item_of_today(
    "Acme QX100 Blender for $89", number=1, price="89.00", text="It has a list price of $399. A sturdy blender."
)
COMPARED = item_of_today("Acme DR900 Drill for $60", number=2, price="60.00", text="That's $55 less than you'd pay elsewhere.")
ORDINARY = item_of_today("Acme HD700 Headphones for $100", number=3, price="100.00", text="They fold.")
FIRST = item_of_today(
    "Acme VX500 Vacuum for $199", number=4, price="199.00", text="It is quiet.", published=NOW - timedelta(days=19)
)
REPEAT = item_of_today("Acme VX-500 Vacuum Cleaner for $115", number=5, price="115.00", text="It is quiet.")


class Shop:
    """Three pricers that found the product by its name, and agree."""

    async def price(self, requests: Sequence[PriceRequest]) -> list[PricedItem]:
        return [self._answer(request.text.replace("-", "")) for request in requests]

    def _answer(self, text: str) -> PriceResponse:
        price = next((usual for name, usual in USUAL.items() if name in text), 50.0)  # the example that tells that it is ready
        facts = {"price": price, "low": price / 1.15, "high": price * 1.15, "model": "shop@1"}
        said = [Estimate.model_validate({"pricer": name, "ms": 1.0, **facts}) for name in ("a", "b", "c")]
        found = Similar(title="The same", price=price, similarity=0.95, match="exact")
        return PriceResponse.model_validate({**facts, "estimates": said, "similar": [found]})


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address at which an application answers."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: server.started)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    listener.close()


@pytest.fixture
def ensemble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An ensemble with the small judge."""
    folder = tmp_path / "judge"
    folder.mkdir()
    JUDGE.save(folder / FILE)
    write_meta(folder, format_version=FORMAT_VERSION, command=COMMAND, files=[FILE])
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path))
    with served(ensemble_app.create_app(ensemble_app.Fakes(pricer=Shop()))) as url:
        yield url


@contextmanager
def scanning(folder: Path, server: HostileServer, ensemble: str, stream: FakeStream) -> Iterator[TestClient]:
    """A scanner that reads `server`'s feed and asks the ensemble over HTTP."""
    place = {"database_url": f"sqlite:///{folder / 'scanner.sqlite3'}", "feeds": server.url("deals"), "allow_hosts": server.host}
    settings = Settings.model_validate({**place, "interval": 0, "baseline": "recent", "ensemble_url": ensemble})
    with TestClient(create_app(Fakes(stream=stream), settings)) as client:
        until_ready(client)
        yield client


def judged(client: TestClient) -> dict[str, int]:
    """Scan, and wait until all is judged: the ensemble may still be loading."""
    first = scan(client)
    until(lambda: all(deal["state"] != "unpriced" for deal in client.get("/deals").json()["items"]))
    return {"new": first["new"]}


def test_exactly_the_right_deals_are_pushed(tmp_path: Path, server: HostileServer, ensemble: str) -> None:
    stream = FakeStream()
    with scanning(tmp_path, server, ensemble, stream) as client:
        server.answers["deals"] = reply(rss(INFLATED, COMPARED, ORDINARY, FIRST))
        assert judged(client) == {"new": 4}
        until(lambda: len(stream.rows) == 1)
        server.answers["deals"] = reply(rss(REPEAT, COMPARED, ORDINARY))
        assert judged(client) == {"new": 1}
        until(lambda: len(stream.rows) == 2)
        judgements = {deal["title"]: deal for deal in client.get("/deals").json()["items"]}
    drill, vacuum = (Opportunity.model_validate_json(row.body) for row in stream.rows)
    assert (drill.deal.title, vacuum.deal.title) == ("Acme DR900 Drill for $60", "Acme VX-500 Vacuum Cleaner for $115")
    assert drill.estimate == pytest.approx(115.0, rel=0.02)
    assert drill.discount == pytest.approx(55.0, rel=0.06)
    assert drill.grounds[0].kind == "next_best"
    assert vacuum.estimate == pytest.approx(200.0, rel=0.06)
    assert "Offered once in the last 19 days, at $199 in the middle." in [each.words for each in vacuum.grounds]
    assert judgements["Acme QX100 Blender for $89"]["estimate"] < 110  # whatever its list price says
    assert judgements["Acme HD700 Headphones for $100"]["estimate"] == pytest.approx(100.0, rel=0.05)
    assert {deal["state"] for deal in judgements.values()} == {"priced"}


def compared(price: int, title: str = "Acme DR900 Drill") -> str:
    """The drill at another price, under the link and guid that it had."""
    return COMPARED.replace("Acme DR900 Drill", title).replace("$60", f"${price}").replace(">60.00<", f">{price}.00<")


def told(stream: FakeStream) -> list[float]:
    """The prices of what is told by itself, and not of the revisions of what no notifier has stored."""
    found = [Opportunity.model_validate_json(row.body) for row in stream.rows]
    return [each.deal.price for each in found if not each.revision]


def test_of_a_price_that_changes_under_one_link_each_new_low_is_pushed_and_nothing_else(
    tmp_path: Path, server: HostileServer, ensemble: str
) -> None:
    stream = FakeStream()
    steps = [  # what the feed says, whether that is new, how many are pushed by then
        (compared(60), 1, 1),
        (compared(60, "Acme DR900 Quiet Drill"), 0, 1),
        (compared(58), 1, 1),
        (compared(45), 1, 2),
        (compared(75), 1, 2),
        (compared(44), 1, 2),
        (compared(40), 1, 3),
    ]
    with scanning(tmp_path, server, ensemble, stream) as client:
        for body, new, pushed in steps:
            server.answers["deals"] = reply(rss(body))
            assert judged(client) == {"new": new}
            until(lambda pushed=pushed: len(told(stream)) >= pushed)
        deals = client.get("/deals").json()["items"]
        listed = client.get("/opportunities").json()["items"]
    assert told(stream) == [60.0, 45.0, 40.0]
    assert [deal["price"] for deal in deals] == [40.0, 44.0, 75.0, 45.0, 58.0, 60.0]
    assert [deal["reason"] for deal in deals] == [
        None,
        "its price is 40.00 USD now",
        "its price is 44.00 USD now",
        "its price is 75.00 USD now",
        "its price is 45.00 USD now",
        "its price is 58.00 USD now",
    ]
    assert [each["deal"]["price"] for each in listed] == [40.0]


def test_the_price_memory_tells_the_judge_what_the_same_item_cost(tmp_path: Path, server: HostileServer, ensemble: str) -> None:
    with scanning(tmp_path, server, ensemble, FakeStream()) as client:
        for body in (compared(110), compared(60)):
            server.answers["deals"] = reply(rss(body))
            judged(client)
        (opportunity,) = client.get("/opportunities").json()["items"]
    assert [each["price"] for each in opportunity["evidence"] if each["kind"] == "seen"] == pytest.approx([110.0], rel=0.02)
