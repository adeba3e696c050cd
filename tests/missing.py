"""Ends a run with one line that tells how much was skipped and what that lacked, the commonest first.

Knows no test: it reads the reasons, which say "needs WHAT: HOW TO GET IT" or "needs WHAT (HOW TO GET IT)".
"""

import re
from collections import Counter
from collections.abc import Generator, Iterable

import pytest

WHAT = re.compile(r"(?:Skipped: )?needs (.+?)(?=: | \(|$)", re.DOTALL)


def lacking(reasons: Iterable[str]) -> str:
    """The line, as in "skipped 3: torch (2), a Docker engine (1)"; "" where nothing was skipped."""
    counts = Counter(match[1] if (match := WHAT.match(reason)) else reason.removeprefix("Skipped: ") for reason in reasons)
    if not counts:
        return ""
    return f"skipped {counts.total()}: " + ", ".join(f"{what} ({number})" for what, number in counts.most_common())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
    yield
    skipped = terminalreporter.stats.get("skipped", [])
    line = lacking(report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple))
    if line:
        terminalreporter.write_line(line)
