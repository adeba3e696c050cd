"""`pricer price` believes a service by the certificates that SSL_CERT_FILE or SSL_CERT_DIR name, as other tools do."""

import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pricer.__main__ import main

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl, which makes the certificate")


class Refusing(BaseHTTPRequestHandler):
    """Reads a request and refuses it: whoever hears why has believed the certificate."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"title": "Refused", "status": 422, "detail": "heard over TLS"}).encode()
        self.send_response(422)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[str]:
    """The address of a service whose certificate lies in tmp_path, own.pem, and in the folder authorities."""
    (tmp_path / "authorities").mkdir()
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2")
    names = ("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "own.pem")
    subprocess.run(["openssl", *made, *names], cwd=tmp_path, check=True, capture_output=True)
    shutil.copy(tmp_path / "own.pem", tmp_path / "authorities")
    subprocess.run(["openssl", "rehash", "authorities"], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem", tmp_path / "key.pem")
    server = HTTPServer(("127.0.0.1", 0), Refusing)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(20)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "CERTIFICATE_VERIFY_FAILED"),
        ({"SSL_CERT_FILE": "own.pem"}, "heard over TLS"),
        ({"SSL_CERT_DIR": "authorities"}, "heard over TLS"),
        ({"SSL_CERT_FILE": "key.pem"}, "pricer: SSL_CERT_FILE: "),
    ],
)
def test_an_authority_of_ones_own_is_believed(
    given: dict[str, str],
    said: str,
    service: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, str(tmp_path / value))
    assert main(["price", "a lamp", "--url", service, "--timeout", "5"]) in (1, 78)
    assert said in capsys.readouterr().err
