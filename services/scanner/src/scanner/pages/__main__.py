"""Reads pages in a process of its own, one after the other: a line of JSON and a page come in, a line of JSON goes out.

Started by page_process.py alone, which kills it where a page takes too long. Memory is bounded by the kernel. On what is not Linux
it ends when nothing more comes in.
"""

import json
import sys
from dataclasses import asdict

from scanner.parsing.child_bounds import bound_child

MEMORY = 768 * 1024 * 1024  # bytes of address space; an honest page of 2 MB takes less than a third


def main() -> None:
    """Read pages until there are no more."""
    bound_child(int(sys.argv[1]), MEMORY)
    from scanner.pages.html_reader import read_content, read_page

    _put({"ready": True})
    while task := sys.stdin.buffer.readline():
        given = json.loads(task)
        try:
            body = sys.stdin.buffer.read(given["size"])
            if given.get("whole"):
                _put({"content": asdict(read_content(body, given["content_type"]))})
            else:
                facts = read_page(body, given["content_type"])
                _put({"facts": None if facts is None else asdict(facts)})
        except MemoryError:
            _put({"error": f"to read it takes more than {MEMORY // 2**20} MB"})
            return  # what is left of it is of no more use
        except Exception as exc:  # noqa: BLE001 (an error of any class is that page's: the next one is read all the same)
            _put({"error": f"cannot be read: {type(exc).__name__}: {exc}"[:300]})


def _put(values: object) -> None:
    sys.stdout.buffer.write(json.dumps(values).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
