"""Takes over from the log of lines what goes wrong: a warning or an error becomes an entry, by a processor of structlog.

Of a line's values only those are taken that are known to bear neither addresses nor what strangers wrote at length. What keeps
being said is taken over once a minute.
"""

import time
from collections.abc import Callable

import structlog

from common.activity.log import ActivityLog
from common.ttl_cache import TtlCache

_OF = ("feed", "target", "pricer", "endpoint", "part", "task")
_TAKEN = (*_OF, "why", "reason", "advice", "waiting", "count", "deals", "rows", "retry_s")
# Lines of which their service tells in sentences of its own.
_TOLD = frozenset(
    (
        "feed_failed",
        "scan_failed",
        "judgements_missing",
        "not_sent",
        "perhaps_sent",
        "channel_switched_off",
        "buried",
        "pricer_failed",
    )
)
_REPEATED = 60.0  # seconds
_LEVELS = {"warning": "warning", "error": "error", "critical": "error", "exception": "error"}


class LogTap:
    """A processor that changes nothing; the agent of what it tells is the service."""

    def __init__(self, log: ActivityLog, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._said: TtlCache[str, bool] = TtlCache(200, _REPEATED, clock=clock)

    def __call__(self, _: object, method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """Of structlog."""
        level = _LEVELS.get(method)
        event = line.get("event")
        if level is not None and isinstance(event, str) and event not in _TOLD:
            fields = {name: line[name] for name in _TAKEN if line.get(name) is not None}
            text = _sentence(event, fields)
            if self._said.get(text) is None:
                self._said.put(text, True)
                self._log.tell(self._log.service, event, text, level="error" if level == "error" else "warning", **fields)
        return line


def _sentence(event: str, fields: dict[str, object]) -> str:
    words = event.replace("_", " ") if " " not in event else event
    of = next((f" ({fields[name]})" for name in _OF if name in fields), "")
    why = fields.get("why") or fields.get("reason") or fields.get("advice")
    return f"{words[:1].upper()}{words[1:]}{of}{f': {why}' if why else ''}"
