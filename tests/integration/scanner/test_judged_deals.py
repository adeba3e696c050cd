"""Feed, scanner and ensemble over HTTP, with a small judge and pricers that know usual prices: exactly the right pushes."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from tests.integration.scanner.conftest import scan, wait_for
from tests.integration.scanner.peers import HostileServer, reply
from tests.unit.scanner.fakes import FakeStream, item, rss

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

INFLATED = item("Acme QX100 Blender for $89", number=1, price="89.00", text="It has a list price of $399. A sturdy blender.")
COMPARED = item("Acme DR900 Drill for $60", number=2, price="60.00", text="That's $55 less than you'd pay elsewhere.")
ORDINARY = item("Acme HD700 Headphones for $100", number=3, price="100.00", text="They fold.")
FIRST = item("Acme VX500 Vacuum for $199", number=4, price="199.00", text="It is quiet.").replace("21 Nov", "02 Nov")
REPEAT = item("Acme VX-500 Vacuum Cleaner for $115", number=5, price="115.00", text="It is quiet.")


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
    wait_for(lambda: server.started)
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
    settings = Settings.model_validate({**place, "interval": 0, "ensemble_url": ensemble})
    with TestClient(create_app(Fakes(stream=stream), settings)) as client:
        wait_for(lambda: client.get("/readyz").status_code == 200)
        yield client


def judged(client: TestClient) -> dict[str, int]:
    """Scan, and wait until all is judged: the ensemble may still be loading."""
    first = scan(client)
    wait_for(lambda: all(deal["state"] != "unpriced" for deal in client.get("/deals").json()["items"]))
    return {"new": first["new"]}


def test_exactly_the_right_deals_are_pushed(tmp_path: Path, server: HostileServer, ensemble: str) -> None:
    stream = FakeStream()
    with scanning(tmp_path, server, ensemble, stream) as client:
        server.answers["deals"] = reply(rss(INFLATED, COMPARED, ORDINARY, FIRST))
        assert judged(client) == {"new": 4}
        wait_for(lambda: len(stream.rows) == 1)
        server.answers["deals"] = reply(rss(REPEAT, COMPARED, ORDINARY))
        assert judged(client) == {"new": 1}
        wait_for(lambda: len(stream.rows) == 2)
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
