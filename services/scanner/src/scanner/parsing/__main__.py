"""Parses one feed in a process of its own, and ends: a line of JSON and the feed's body come in, lines of JSON go out.

Started by parser_process.py alone.

Whatever the feed does to this process is that feed's error: memory and time are bounded by the kernel, and where the scanner is
killed it ends too.
"""

import json
import resource
import sys
from dataclasses import asdict
from datetime import datetime

from scanner.parsing.child_bounds import bound_child
from scanner.parsing.feed_entry import FeedError, ParsedFeed
from scanner.parsing.feed_parser import parse_feed

MEMORY = 512 * 1024 * 1024  # bytes of address space; an honest feed of 5 MB takes less than half


def main() -> None:
    """Read, parse, write."""
    task = json.loads(sys.stdin.buffer.readline())
    _bound(task["seconds"], task["parent"])
    try:
        body = sys.stdin.buffer.read()
        moment = datetime.fromisoformat(task["now"])
        _write(parse_feed(body, moment, url=task["url"], content_type=task["content_type"]))
    except FeedError as exc:
        _put({"error": str(exc), "feeds_found": exc.feeds_found})
    except MemoryError:
        _put({"error": f"malformed: to read it takes more than {MEMORY // 2**20} MB"})
    except Exception as exc:  # noqa: BLE001 (this process is the feed's own: an error of any class is that feed's)
        _put({"error": f"cannot be read: {type(exc).__name__}: {exc}"})


def _bound(seconds: int, parent: int) -> None:
    """Memory and processor time, by which it ends where it does not with its parent."""
    bound_child(parent, MEMORY)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _write(parsed: ParsedFeed) -> None:
    _put({"title": parsed.title, "warning": parsed.warning, "kind": parsed.kind, "entries": len(parsed.entries)})
    for entry in parsed.entries:
        _put(asdict(entry))


def _put(values: object) -> None:
    line = json.dumps(values, ensure_ascii=False, default=datetime.isoformat)
    sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")


if __name__ == "__main__":
    main()
