"""frontier-rag's answer to POST /places in the fake world: each text has a place of its own on the map of a version."""

import zlib
from typing import Any

import httpx2


def places(version: str, body: Any) -> httpx2.Response:
    """A refusal where there is no map."""
    if not version:
        return httpx2.Response(404, json={"title": "T", "detail": "there is no map of the products: make one"})
    return httpx2.Response(200, json={"map": version, "items": [place(text) for text in body["texts"]]})


def place(text: str) -> dict[str, Any]:
    """Somewhere in the middle of the map, by the text."""
    marks = zlib.crc32(text.encode())
    x, y, z = (((marks >> shift) & 0x3FF) - 512 for shift in (0, 10, 20))
    return {"flat": [x, y], "space": [x, y, z], "similarity": 0.8}
