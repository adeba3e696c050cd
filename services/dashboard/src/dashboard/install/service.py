"""What a browser needs to have the dashboard as an app, and to get pushes. It knows nothing of HTML."""

import hashlib
import json
import re
from functools import cached_property
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from dashboard.peers import Peers

_FILES = (
    "style.css",
    "loading.js",
    "live.js",
    "install.js",
    "icon.svg",
    "icons/icon-192.png",
    "vendor/htmx.min.js",
    "vendor/idiomorph-ext.min.js",
)  # that all pages load
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_LONGEST = 2_000  # characters of an address, and of a text


class Install:
    """The use case, over the static files and the notifier."""

    def __init__(self, static: Path, peers: Peers) -> None:
        self._static, self._peers = static, peers

    @cached_property
    def worker(self) -> str:
        """The service worker's script, of this release: with the files that all pages load, and a name by what stands in them."""
        digest = hashlib.sha256()
        for name in (*_FILES, "sw.js"):
            digest.update((self._static / name).read_bytes())
        files = json.dumps([f"/static/{name}" for name in _FILES])
        script = (self._static / "sw.js").read_text(encoding="utf-8")
        return script.replace("VERSION", digest.hexdigest()[:12], 1).replace("FILES", files, 1)

    async def push_key(self) -> object:
        """The key by which this system's pushes are known."""
        return await self._peers["notifier"].get("/push/key")

    async def subscribe(self, subscription: object) -> object:
        """Make a browser a channel."""
        return await self._peers["notifier"].post("/push/subscriptions", subscription)


def shared(title: str, text: str, url: str) -> str:
    """The page of ours that prices what another app shares: apps put an address in any of the three, some within words."""
    found = next((match[0] for each in (url, text, title) if (match := _LINK.search(each))), "")
    link = found.rstrip(".,;:!?)'") if found else ""
    if link and _is_web(link):
        return f"/price?{urlencode({'url': link[:_LONGEST]})}"
    words = {name: value.strip()[:_LONGEST] for name, value in (("title", title), ("description", text)) if value.strip()}
    return f"/price?{urlencode(words)}" if words else "/price"


def _is_web(link: str) -> bool:
    try:
        return bool(urlsplit(link).hostname)
    except ValueError:
        return False
