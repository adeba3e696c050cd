"""Tells what goes out to the notifier: alerts, what puts one right, withdrawals, notices. Whatever led to it, it comes by here."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from common.activity.entry import cut
from common.activity.log import ActivityLog
from scanner.deal_data import OutboxRow
from scanner.tracing.telling import AGENT

_TOPICS = ("opportunities", "pushes", "ledger")


class Outgoing:
    """Over the service's log."""

    def __init__(self, log: ActivityLog) -> None:
        self._log = log

    def went_out(self, rows: Sequence[OutboxRow]) -> None:
        """These rows were published."""
        for row in rows:
            try:
                event, text, of = _words(json.loads(row.body))
            except (ValueError, KeyError, TypeError, AttributeError):
                event, text, of = "published", "Something went out that cannot be read", ""
            self._log.tell(AGENT, event, text, topics=_TOPICS, opportunity=of)


def _words(body: Mapping[str, Any]) -> tuple[str, str, str]:
    """Event, sentence, and the id of what it is about."""
    if "kind" in body:
        return "notice_published", f"Tells the notifier: {cut(body['title'])}", str(body["id"])
    title = cut(body["deal"]["title"])
    if body.get("withdrawn"):
        return "withdrawn", f"Withdraws {title}: {cut(body['withdrawn'], 100)}", str(body["id"])
    if body.get("revision"):
        return "put_right", f"Puts right what was said of {title}", str(body["id"])
    return "published", f"Hands {title} to the notifier", str(body["id"])
