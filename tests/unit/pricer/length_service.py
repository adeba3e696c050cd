"""A pricing service on loopback that prices a description by its length, and the products that tests let it price."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROWS = [
    {"sku": "1", "title": "Lamp", "description": "of brass,\nbright"},
    {"sku": "2", "title": "Desk", "description": "of oak"},
]
LISTED = {"title": "Saw", "description": ["sharp"], "features": ["long"], "details": '{"Color": "red", "Best Sellers Rank": "1"}'}


class PricingHandler(BaseHTTPRequestHandler):
    """Prices by length; refuses what is empty, and does not know what has nine characters."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        many = self.path.endswith("batch")
        results = [self.price(item) for item in (body["items"] if many else [body])]
        content = json.dumps({"results": results} if many else results[0]).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def price(self, item: dict[str, str]) -> dict[str, object]:
        if not item.get("description"):
            return {"error": {"title": "Unprocessable Entity", "status": 422, "detail": "description: missing"}}
        price = float(len(item["description"]))
        return {"price": price, "low": price / 2, "high": price * 2, "model": "length@1", "estimates": [], "known": price != 9}

    def log_message(self, *_: object) -> None: ...


@contextmanager
def length_service(handler: type[PricingHandler] = PricingHandler) -> Iterator[str]:
    """The running service; its URL. `handler`: another in its place."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
