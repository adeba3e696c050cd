"""Files from a hub on loopback: taken, kept, refused when they are too large, and given up when the hub falls silent."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.integration.training.curation.fixtures import make_tokenizer, record
from training.curation.sources import AMAZON, CATEGORIES, HubLimits, SourceError, hub_names, resolve
from training.items_curate import main

COMMIT = "c0ffee" * 6 + "0000"


class FilesHub(ThreadingHTTPServer):
    """Serves files by their path in a repository. `silent_after` bytes of a file it says nothing more."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.gets: list[str] = []
        self.silent_after: int | None = None
        self.is_mute = False
        self.over = threading.Event()


class Handler(BaseHTTPRequestHandler):
    server: FilesHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(is_whole=False)

    def do_GET(self) -> None:
        self.server.gets.append(self.path)
        self._answer(is_whole=True)

    def _answer(self, is_whole: bool) -> None:
        if self.server.is_mute:
            self.server.over.wait(60)
            return
        content = self.server.files.get(self.path)
        if content is None:
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not is_whole:
            return
        if self.server.silent_after is not None:
            self.wfile.write(content[: self.server.silent_after])
            self.wfile.flush()
            self.server.over.wait(60)
            return
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FilesHub]:
    server = FilesHub()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


def place(category: str) -> str:
    return f"/datasets/{AMAZON}/resolve/main/raw/meta_categories/meta_{category}.jsonl"


def add(hub: FilesHub, category: str, rows: int = 30) -> None:
    hub.files[place(category)] = "".join(json.dumps(record(seed, parent_asin=f"B{seed}")) + "\n" for seed in range(rows)).encode()


def test_the_default_is_the_eight_categories_and_some_can_be_named() -> None:
    repository, names = hub_names(f"hf:{AMAZON}")
    assert repository == AMAZON
    assert names == [f"raw/meta_categories/meta_{category}.jsonl" for category in CATEGORIES]
    assert len(names) == 8
    assert hub_names(f"hf:{AMAZON}:Appliances, Electronics")[1] == [
        "raw/meta_categories/meta_Appliances.jsonl",
        "raw/meta_categories/meta_Electronics.jsonl",
    ]


def test_categories_are_fetched_once_and_curated(hub: FilesHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(hub, "Appliances")
    arguments = ["--lite", "--cache", str(tmp_path / "cache"), "--workers", "0", "--min-chars", "60", "--min-tokens", "15"]
    arguments += ["--max-tokens", "40", "--tokenizer", str(make_tokenizer(tmp_path)), "--out", str(tmp_path / "out")]
    for _ in range(2):
        main(arguments)
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["kept"] == 30
    assert [path for path in hub.gets if "/resolve/" in path] == [place("Appliances")]
    stats = json.loads((tmp_path / "out" / "stats.json").read_text())
    assert stats["categories_kept"] == {"Appliances": 30}


def test_a_category_that_is_not_there_is_told(hub: FilesHub, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"meta_Gadgets\.jsonl cannot be had"):
        resolve([f"hf:{AMAZON}:Gadgets"], HubLimits(cache=tmp_path))


def test_a_file_over_the_limit_is_not_fetched(hub: FilesHub, tmp_path: Path) -> None:
    add(hub, "Appliances")
    with pytest.raises(SourceError, match="over the limit"):
        resolve([f"hf:{AMAZON}:Appliances"], HubLimits(cache=tmp_path, max_bytes=100))
    assert not [path for path in hub.gets if "/resolve/" in path]


def test_a_silent_hub_is_given_up_in_time(hub: FilesHub, tmp_path: Path) -> None:
    hub.is_mute = True
    start = time.monotonic()
    with pytest.raises(SourceError, match="does not answer"):
        resolve([f"hf:{AMAZON}:Appliances"], HubLimits(cache=tmp_path, timeout=0.5))
    assert time.monotonic() - start < 60


def test_a_hub_that_falls_silent_in_the_middle_is_given_up_in_time(hub: FilesHub, tmp_path: Path) -> None:
    add(hub, "Appliances")
    hub.silent_after = 1000
    start = time.monotonic()
    with pytest.raises(SourceError, match="does not answer"):
        resolve([f"hf:{AMAZON}:Appliances"], HubLimits(cache=tmp_path, timeout=1))
    assert time.monotonic() - start < 60


def test_what_was_fetched_before_serves_while_the_hub_is_silent(hub: FilesHub, tmp_path: Path) -> None:
    add(hub, "Appliances")
    (first,) = resolve([f"hf:{AMAZON}:Appliances"], HubLimits(cache=tmp_path))
    hub.is_mute = True
    (second,) = resolve([f"hf:{AMAZON}:Appliances"], HubLimits(cache=tmp_path, timeout=0.5))
    assert second.read_bytes() == first.read_bytes() == hub.files[place("Appliances")]
