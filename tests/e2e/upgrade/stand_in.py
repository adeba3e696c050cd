"""peer.py, which also prices everything at $500 and whose phone can be told to fail: for what makes volumes of an earlier version.

Run: python stand_in.py HOST PORT FOLDER. POST /answer {"status": 503} says what /hook answers from then on.
"""

import json
import sys
from pathlib import Path

from peer import Peer, PeerHandler


class StandInHandler(PeerHandler):
    """One request of the scanner, the notifier or the script."""

    status = 200

    def do_GET(self) -> None:  # noqa: N802 (the base's name)
        if self.path in ("/readyz", "/healthz"):
            self._answer(200, b"{}", "application/json")
        else:
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802 (the base's name)
        kind = type(self)
        if self.path == "/hook" and kind.status == 200:
            super().do_POST()
            return
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        if self.path == "/answer":
            kind.status = int(body["status"])
        if self.path == "/price/batch":
            self._answer(200, json.dumps({"results": [_price()] * len(body["items"])}).encode(), "application/json")
        else:
            self._answer(kind.status if self.path == "/hook" else 200, b"{}", "application/json")


def _price() -> dict[str, object]:
    estimates = [
        {"pricer": name, "price": 500.0, "low": 450.0, "high": 550.0, "model": f"{name}@1", "ms": 1.0}
        for name in ("specialist", "frontier-rag", "random-forest")
    ]
    return {"price": 500.0, "low": 450.0, "high": 550.0, "model": "ensemble@1", "estimates": estimates}


if __name__ == "__main__":
    server = Peer((sys.argv[1], int(sys.argv[2])), Path(sys.argv[3]))
    server.RequestHandlerClass = StandInHandler
    server.serve_forever()
