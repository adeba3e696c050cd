"""Runs the long form of the fault tests, prints what each fault cost as a table, and as JSON on the last line.

Run: python -m tests.faults [--containers] [files and options of pytest]. Half an hour for all of them; `make faults` is the same.
With --containers (`make faults-containers`) every process is a container; what is done to the machine below them is skipped.
"""

import json
import os
import sys

import pytest

from tests.faults.ledger import TABLE, as_json, as_markdown


def main() -> int:
    """The exit status of pytest."""
    os.environ.setdefault("FAULTS", "long")
    given = [each for each in sys.argv[1:] if each != "--containers"]
    if "--containers" in sys.argv:
        os.environ["FAULTS_IN"] = "containers"
    status = pytest.main(["-q", *(given or ["tests/faults"])])
    sys.stdout.write("\n".join(["", *as_markdown(TABLE), "", json.dumps(as_json(TABLE, passed=status == 0)), ""]))
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
