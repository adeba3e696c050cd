"""A Hugging Face hub on loopback: as much of its API as a push and a fetch of small files use, with faults."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hf_of_this_test"
NAME = "somebody/products"


class Hub(ThreadingHTTPServer):
    """What is known of one repository: its visibility (None: there is none) and its files. `kind`: datasets or models."""

    daemon_threads = True

    def __init__(
        self, private: bool | None = None, is_silent: bool = False, may_write: bool = True, kind: str = "datasets"
    ) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.private, self.is_silent, self.may_write, self.kind = private, is_silent, may_write, kind
        self.files: dict[str, bytes] = {}
        self.large: dict[str, bytes] = {}  # by digest
        self.released = threading.Event()

    @property
    def api(self) -> str:
        return f"/api/{self.kind}/{NAME}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    threading.Thread(target=hub.serve_forever, args=(0.05,), daemon=True).start()
    yield hub
    hub.released.set()
    hub.shutdown()
    hub.server_close()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer_with(b"")

    def do_HEAD(self) -> None:
        self._answer_with(b"")

    def do_POST(self) -> None:
        self._answer_with(self.rfile.read(int(self.headers.get("content-length", 0))))

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.large[self.path.removeprefix("/large/")] = body
        self._send(200, {})

    def _answer_with(self, body: bytes) -> None:
        if self.server.is_silent:
            self.server.released.wait(60)
            self.close_connection = True
        elif self.headers.get("authorization") != f"Bearer {TOKEN}":
            self._send(401, {"error": "Invalid credentials in Authorization header"})
        elif self.path == "/api/whoami-v2":
            self._send(200, {"name": "somebody", "type": "user"})
        elif self.path.startswith(self.server.api) and self.server.private is None:
            self._send(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
        else:
            self._dataset(body)

    def _dataset(self, body: bytes) -> None:
        if self.path.startswith(f"/{NAME}/resolve/"):
            self._file(self.path.removeprefix(f"/{NAME}/resolve/").partition("/")[2])
        elif self.path == "/api/repos/create":
            asked = json.loads(body)
            self.server.private = asked.get("visibility") == "private" or bool(asked.get("private"))
            self._send(200, {"url": f"{self.server.url}/datasets/{NAME}"})
        elif self.path == "/api/validate-yaml":
            self._send(200, {"errors": [], "warnings": []})
        elif self.path.startswith(f"{self.server.api}/preupload/"):
            files = json.loads(body)["files"]
            modes = {True: "lfs", False: "regular"}
            told = [
                {"path": f["path"], "uploadMode": modes[f["path"].endswith((".parquet", ".safetensors"))], "shouldIgnore": False}
                for f in files
            ]
            self._send(200, {"files": told})
        elif self.path.endswith("/info/lfs/objects/batch"):
            self._send(200, {"transfer": "basic", "objects": [self._place(each) for each in json.loads(body)["objects"]]})
        elif self.path.startswith(f"{self.server.api}/commit/"):
            self._commit(body)
        else:
            siblings = [{"rfilename": name, "size": len(content)} for name, content in self.server.files.items()]
            self._send(200, {"id": NAME, "private": self.server.private, "sha": "0" * 40, "siblings": siblings})

    def _file(self, name: str) -> None:
        content = self.server.files[name]
        self.send_response(200)
        headers = {"content-length": len(content), "etag": f'"{name}"', "x-repo-commit": "1" * 40}
        for header, value in headers.items():
            self.send_header(header, str(value))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def _place(self, wanted: dict[str, Any]) -> dict[str, Any]:
        return wanted | {"actions": {"upload": {"href": f"{self.server.url}/large/{wanted['oid']}"}}}

    def _commit(self, body: bytes) -> None:
        if not self.server.may_write:
            self._send(403, {"error": "this token reads alone"})
            return
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                self.server.files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                self.server.files[value["path"]] = self.server.large[value["oid"]]
        self._send(200, {"commitUrl": f"{self.server.url}/datasets/{NAME}/commit/1", "commitOid": "1" * 40})

    def _send(self, status: int, content: object, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...
