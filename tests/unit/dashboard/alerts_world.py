"""A real scanner and a real notifier behind the dashboard, over small databases; telephones, feeds and the judge are played."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from fastapi.testclient import TestClient

from common.client import ServiceClient
from common.errors import InvalidInputError
from dashboard.app import Fakes, create_app
from notifier.channels.channel import ChannelRecord
from notifier.channels.crew import Gone
from notifier.channels.target_maker import KnownService
from tests.unit.dashboard.fakes import NAMES
from tests.unit.notifier.channels.test_channel_routes import FakeMaker, MadeTarget
from tests.unit.notifier.channels.test_channel_routes import World as Notifier
from tests.unit.scanner.rules.month import Life, living

SAME_ORIGIN = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
SERVICES = (
    KnownService("Webhook", ("webhook+https", "webhook+http"), ("webhook+https://{host}/{path}",)),
    KnownService("Bark", ("bark", "barks"), ("{schema}://{host}/{targets}",)),
    KnownService("ntfy", ("ntfy", "ntfys"), ("{schema}://{topic}", "{schema}://{host}/{targets}")),
    KnownService("Pushover", ("pover",), ("{schema}://{user_key}@{token}",)),
    KnownService("Telegram", ("tgram",), ("{schema}://{bot_token}/{targets}",)),
)


@dataclass
class PhoneMaker(FakeMaker):
    """Makes telephones of a few services, which remember what reached them."""

    async def make(self, record: ChannelRecord, gone: Gone | None = None) -> MadeTarget:
        if await self.service(record.address) == "nobody":
            raise InvalidInputError(f"no service has the scheme {record.address.partition('://')[0]}://", "address")
        return MadeTarget(record.key, record.name, record.address, gone, self)

    async def service(self, address: str) -> str:
        scheme = address.partition("://")[0]
        return next((each.name for each in SERVICES if scheme in each.schemes), "nobody")

    async def services(self) -> list[KnownService]:
        return list(SERVICES)


@dataclass
class AlertsWorld:
    """`answers`: what a service says instead, by (service, method, path); a service in `down` cannot be reached."""

    scanner: Life
    notifier: Notifier
    maker: PhoneMaker
    answers: dict[tuple[str, str, str], httpx2.Response] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    calls: list[tuple[str, str, str]] = field(default_factory=list)

    def clients(self) -> dict[str, ServiceClient]:
        """A client for each service of the dashboard."""
        return {name: ServiceClient(name, f"http://{name}", transport=self._transport(name)) for name in NAMES}

    def ask(self, service: str, method: str, path: str, body: Any = None) -> Any:
        """What a service's own door says."""
        answer = self._doors[service].request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    @property
    def _doors(self) -> dict[str, TestClient]:
        return {"scanner": self.scanner.client, "notifier": self.notifier.client}

    def _transport(self, name: str) -> httpx2.MockTransport:
        def handle(request: httpx2.Request) -> httpx2.Response:
            path = request.url.raw_path.decode()
            self.calls.append((name, request.method, path))
            is_endless = path.startswith("/activity/stream")  # which this transport would wait for to its end
            if name in self.down or name not in self._doors or is_endless:
                raise httpx2.ConnectError("connection refused")
            given = self.answers.get((name, request.method, path.partition("?")[0]))
            if given is not None:
                return given
            headers = {"content-type": request.headers.get("content-type", "application/json")}
            headers |= {"if-match": request.headers["if-match"]} if "if-match" in request.headers else {}
            answer = self._doors[name].request(request.method, path, content=request.content, headers=headers)
            return httpx2.Response(
                answer.status_code, headers={"content-type": answer.headers.get("content-type", "")}, content=answer.content
            )

        return httpx2.MockTransport(handle)


class Person:
    """Looks at pages and presses their buttons, without JavaScript."""

    def __init__(self, world: AlertsWorld) -> None:
        self.http = TestClient(create_app(Fakes(world.clients())), follow_redirects=False)

    def see(self, path: str, status: int = 200) -> str:
        """A page."""
        answer = self.http.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    def press(self, path: str, htmx: bool = False, status: int = 303, **fields: Any) -> str:
        """The page after a form; with another `status` than a redirect's the answer itself."""
        headers = SAME_ORIGIN | ({"HX-Request": "true"} if htmx else {})
        answer = self.http.post(path, data=fields, headers=headers)
        assert answer.status_code == (200 if htmx else status), answer.text
        if answer.status_code != 303:
            return answer.text
        target = str(answer.headers["location"])
        assert target.startswith("/")
        return self.see(target)


@contextmanager
def alerts_world(folder: Path) -> Iterator[AlertsWorld]:
    """Both services at work in a folder."""
    maker = PhoneMaker()
    notifier = Notifier(folder, maker=maker)
    with living(f"sqlite:///{folder / 'scanner.sqlite3'}") as scanner, notifier.client:
        notifier.wait(lambda: notifier.client.get("/readyz").status_code == 200)
        yield AlertsWorld(scanner, notifier, maker)
