"""A collector for tests: takes OTLP over HTTP in protobuf and keeps the spans; or hangs, refuses, or talks without end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

Manner = Literal["takes", "hangs", "refuses", "talks"]


@dataclass(frozen=True)
class ReceivedSpan:
    """One span, with the name of its service."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    facts: dict[str, object]
    has_failed: bool


@dataclass(eq=False)
class Receiver:
    """What came in. `release` lets those go that hang."""

    manner: Manner = "takes"
    spans: list[ReceivedSpan] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def take(self, body: bytes) -> None:
        """Decode and keep."""
        self.bodies.append(body)
        for of_service in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource = {each.key: each.value.string_value for each in of_service.resource.attributes}
            for scope in of_service.scope_spans:
                self.spans += [_span(resource["service.name"], each) for each in scope.spans]

    def trace_of(self, service: str, name: str) -> list[ReceivedSpan]:
        """All spans of the trace that the first span of this name is in."""
        found = next((each.trace for each in self.spans if (each.service, each.name) == (service, name)), None)
        return [each for each in self.spans if each.trace == found]


@contextmanager
def receiving(manner: Manner = "takes") -> Iterator[Receiver]:
    """A collector on a port of its own."""
    receiver = Receiver(manner)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.heads.append({name.lower(): value for name, value in self.headers.items()})
            receiver.asked.set()
            if receiver.manner == "hangs":
                receiver.release.wait(60)
                self.close_connection = True
                return
            is_taken = receiver.manner != "refuses" and self.path == "/v1/traces"
            if is_taken:
                receiver.take(body)
            self.send_response(200 if is_taken else 503)
            if receiver.manner == "talks":
                self.end_headers()
                self._talk()
                return
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def _talk(self) -> None:
            self.close_connection = True
            try:
                while not receiver.release.is_set():
                    self.wfile.write(b"x" * 65_536)
            except OSError:
                receiver.release.set()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _span(service: str, span: object) -> ReceivedSpan:
    facts = {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}  # type: ignore[attr-defined]
    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())  # type: ignore[attr-defined]
    return ReceivedSpan(service, span.name, *ids, facts, span.status.code == 2)  # type: ignore[attr-defined]
