"""Parses one feed in a process of its own, and ends: a line of JSON and the feed's body come in, lines of JSON go out.

Started by parser_process.py alone.

Whatever the feed does to this process is that feed's error: memory and time are bounded by the kernel, and where the scanner is
killed it ends too.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from dataclasses import asdict
from datetime import datetime

from scanner.parsing.feed_entry import FeedError, ParsedFeed
from scanner.parsing.feed_parser import parse_feed

MEMORY = 512 * 1024 * 1024  # bytes of address space; an honest feed of 5 MB takes less than half
_PR_SET_PDEATHSIG = 1


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
    """Processor time and memory; no core file. Linux also ends this process with its parent, others when its time is up."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before it could be watched
        sys.exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit and takes none
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _write(parsed: ParsedFeed) -> None:
    _put({"title": parsed.title, "warning": parsed.warning, "kind": parsed.kind, "entries": len(parsed.entries)})
    for entry in parsed.entries:
        _put(asdict(entry))


def _put(values: object) -> None:
    line = json.dumps(values, ensure_ascii=False, default=datetime.isoformat)
    sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")


if __name__ == "__main__":
    main()
