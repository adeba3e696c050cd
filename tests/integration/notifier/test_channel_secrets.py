"""That no answer, log, export or error shows a piece of a secret, whatever is asked of channels, with all real parts but Redis."""

import io
import logging
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from common.logs import configure_logs
from notifier.app import Fakes, create_app
from notifier.channels.secrecy import secrets_of
from notifier.message import plain
from notifier.settings import Settings
from tests.integration.notifier.answering_peers import answering
from tests.integration.notifier.peers import poll
from tests.unit.notifier.samples import FakeStream, opportunity, sqlite

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
OPEN = {"127.0.0.1", "nobody.invalid"}  # pieces of addresses that are no secrets


@pytest.fixture
def logs() -> io.StringIO:
    """All that is logged, at its most talkative."""
    configure_logs("DEBUG", "json")
    written = io.StringIO()
    for handler in logging.root.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(written)
    return written


def test_no_piece_of_a_secret_is_ever_told(tmp_path: Path, logs: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    stream = FakeStream()
    said: list[str] = []
    with answering(403, {"message": "topic to_pic-s3cret of jo_e:pa_ss-w0rd is not yours"}) as peer, answering(403) as other:
        good = f"ntfy://jo_e:pa_ss-w0rd@{peer.address}/to_pic-s3cret"
        wrong = [
            "zzz://wr0ng-s3cret/x",
            "pover://us3r-k3y-that-is@sh0rt",
            f"jsons://{peer.address}/jsonp4th-s3cret",
            "discord://t0k3n_half",
        ]
        hook, secret = "webhook+http://nobody.invalid/h00k-p4th?k=qu3ry_s3cret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        environment = f"json://{other.address}/env-s3cret"
        settings = Settings(database_url=sqlite(tmp_path), retry_base=0, notify_urls=environment, send_deadline=2.0)
        with TestClient(create_app(Fakes(stream=stream), settings)) as client:
            poll(lambda: client.get("/readyz").status_code == 200)

            def ask(method: str, path: str, body: Any = None) -> Any:
                answer = client.request(method, path, json=body)
                said.append(f"{answer.text} {answer.headers}")
                return answer

            key = ask("POST", "/channels", {"name": "Phone", "address": good}).json()["id"]
            hooked = ask("POST", "/channels", {"name": "Hook", "address": hook, "secret": secret}).json()["id"]
            for address in wrong:
                ask("POST", "/channels", {"name": "Wrong", "address": address, "test": True})
                ask("PATCH", f"/channels/{key}", {"address": address, "test": True, "unknown": address})
            ask("POST", "/channels", {"name": "Phone", "address": good})
            stream.publish(opportunity())
            poll(lambda: all(each["problem"] for each in client.get("/channels").json()["items"]))
            for one in (key, hooked):
                assert not ask("POST", f"/channels/{one}/test").json()["sent"]
            for path in (
                "/channels",
                "/channels/export",
                "/channels/services",
                f"/channels/{key}",
                "/notifications",
                "/openapi.json",
            ):
                assert ask("GET", path).status_code == 200
            ask("GET", "/metrics")
            ask("POST", "/test")
            ask(
                "POST",
                "/channels/import",
                {"yaml": f"channels:\n- {{name: x, address: '{good}'}}\n- {{name: y, address: {wrong[0]}"},
            )
            ask("POST", "/channels/import", {"yaml": f"channels:\n- {{name: x, address: '{good}', loud: '{secret}'}}"})
            ask("POST", "/notifications/opp-1/resend")
            ask("DELETE", f"/channels/{key}")
    told = "\n".join([*said, logs.getvalue(), *capsys.readouterr()])
    assert "Phone" in told
    assert logs.getvalue()
    pieces = {
        form
        for address in (good, hook, environment, secret, *wrong)
        for piece in secrets_of(address)
        if len(piece) > 3
        for form in (piece, plain(piece, 200))
    }
    assert len(pieces) > 10
    leaked = [
        piece for piece in (pieces | {secret}) - OPEN - {each.address.partition(":")[2] for each in (peer, other)} if piece in told
    ]
    where = {piece: [line[:300] for line in told.splitlines() if piece in line][:2] for piece in leaked}
    assert where == {}
