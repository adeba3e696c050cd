"""The dashboard over real sockets: services that accept and never answer, or answer without an end, cost a deadline and no page."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from fastapi.testclient import TestClient

from dashboard.app import create_app
from dashboard.settings import Settings

SERVICES = ("ENSEMBLE", "SPECIALIST", "FRONTIER_RAG", "RANDOM_FOREST", "SCANNER", "NOTIFIER")


class Peer:
    """Accepts every connection; says nothing, or drips a response's body."""

    def __init__(self, is_dripping: bool) -> None:
        self._socket, self._end = socket.create_server(("127.0.0.1", 0)), threading.Event()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._is_dripping = is_dripping
        self._threads: list[threading.Thread] = []
        self._begin(self._accept)

    def _begin(self, work: object, *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._begin(self._hang, connection)

    def _hang(self, connection: socket.socket) -> None:
        with closing(connection):
            try:
                if self._is_dripping:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
                while not self._end.wait(0.02):
                    if self._is_dripping:
                        connection.sendall(b" ")
            except OSError:
                return

    def close(self) -> None:
        self._end.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(10)


@pytest.fixture(params=[False, True], ids=["silent", "dripping"])
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    """A peer that hangs in one way or the other."""
    made = Peer(request.param)
    yield made
    made.close()


@pytest.fixture
def client(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The dashboard whose services are all that peer."""
    for name in SERVICES:
        monkeypatch.setenv(f"{name}_URL", peer.url)
    settings = Settings(read_deadline=0.3, act_deadline=0.5)
    with TestClient(create_app(settings=settings), follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "scanner"),
        ("/deals", "scanner"),
        ("/feeds", "scanner"),
        ("/rules", "scanner"),
        ("/rules/new", "scanner"),
        ("/watchlist", "scanner"),
        ("/channels", "notifier"),
        ("/times", "notifier"),
    ],
)
def test_a_page_renders_and_says_who_did_not_answer(client: TestClient, path: str, name: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert f"{name} did not answer within 0.3 s" in answer.text


@pytest.mark.parametrize(
    ("form", "fields", "name"),
    [
        ("/rules", {"name": "Lamps"}, "Scanner"),
        ("/rules/import", {"text": "rules: []", "do": "look"}, "scanner"),
        ("/watchlist", {"text": "Lamps"}, "Scanner"),
        ("/channels", {"name": "Lamps", "address": "ntfy://x"}, "Notifier"),
        ("/times", {"time_zone": "Lamps", "digest_at": "19:00"}, "Notifier"),
        ("/backup/restore", {"text": "{}", "do": "look"}, "Nothing was changed."),
    ],
)
def test_a_form_about_alerts_ends_at_its_deadline_and_keeps_what_was_typed(
    client: TestClient, form: str, fields: dict[str, str], name: str
) -> None:
    answer = client.post(form, data=fields)
    assert answer.status_code == 422
    assert name in answer.text
    assert "did not answer within 0.5 s" in answer.text
    assert "Lamps" in answer.text or "Lamps" not in fields.values()


@pytest.mark.parametrize(("form", "name"), [("/price", "ensemble"), ("/scan", "scanner"), ("/test", "notifier")])
def test_a_form_ends_at_its_deadline_and_says_so(client: TestClient, form: str, name: str) -> None:
    answer = client.post(form, data={"description": "Lamp"})
    assert answer.status_code == 303
    assert f"{name} did not answer within 0.5 s" in client.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/price?description=Lamp", "ensemble"),
        ("/price?description=Lamp&price=9", "ensemble"),
        ("/price?url=https://shop.example/lamp", "scanner"),
        ("/price?description=Lamp&show=attributes", "ensemble"),
        ("/price?description=Lamp&show=words", "ensemble"),
        ("/price?description=Lamp&show=text", "frontier-rag"),
    ],
)
def test_a_page_that_prices_waits_longer_and_not_for_ever(client: TestClient, path: str, name: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert f"{name} did not answer within 0.5 s" in answer.text.casefold()  # it may begin a sentence
