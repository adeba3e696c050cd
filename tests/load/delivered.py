"""What became of all deals and alerts, from what the feeds showed over the databases to the phone.

Each alert must have come once, or have been withdrawn; each deal that the feeds showed for long enough must be known and judged.
"""

import json
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.faults.ledger import Tally
from tests.faults.receiver import Taken

BOARD = "https://board.example"  # the dashboard's public address: pushes name it, and with it the alert
_ALERT = re.compile(re.escape(BOARD) + r"/opportunities/([\w-]+)")
NUMBER = re.compile(r"https://deals\.example/(\d+)$")


@dataclass(frozen=True)
class Stored:
    """What the databases hold. `alerts`: ids in the outbox, `open_rows` those no notifier has stored; `states` of notifications."""

    alerts: Sequence[str]
    open_rows: int
    states: Mapping[str, str]
    deals: Collection[int]
    unpriced: int
    scans: Mapping[str, int]

    @property
    def is_settled(self) -> bool:
        """Whether everything has come to an end."""
        is_all_there = set(self.alerts) <= set(self.states)
        return not self.open_rows and not self.unpriced and is_all_there and "pending" not in self.states.values()


@dataclass(frozen=True)
class Account:
    """How it ended. `beyond`: pushes too many that no kill of the notifier explains, `unsure`: alerts told as `unknown` that none
    does; `strange`: pushes of none, or of one withdrawn.
    """

    deals_shown: int
    deals_missing: int
    deals_unpriced: int
    alerts: int
    pushed: int
    withdrawn: int
    lost: int
    repeated: int
    beyond: int
    unknown: int
    unsure: int
    strange: int

    @property
    def faults(self) -> list[str]:
        """What must not be."""
        never = ("deals_missing", "deals_unpriced", "lost", "beyond", "unsure", "strange")
        return [f"{count} {name.replace('_', ' ')}" for name, count in asdict(self).items() if name in never and count]


def account(stored: Stored, taken: Iterable[Taken], shown: Iterable[int], kills: int) -> Account:
    """Of what was stored, what the phone took, and the deals that the feeds have shown for long enough."""
    pushes = [alert for each in taken if (alert := alert_of(each))]
    wanted = [each for each in stored.alerts if stored.states.get(each) not in ("withdrawn", "unknown")]
    tally = Tally.of("soak", wanted, pushes, kills=kills)
    states, numbers = Counter(stored.states[each] for each in stored.alerts if each in stored.states), list(shown)
    return Account(
        deals_shown=len(numbers),
        deals_missing=len(set(numbers) - set(stored.deals)),
        deals_unpriced=stored.unpriced,
        alerts=len(stored.alerts),
        pushed=len(set(pushes)),
        withdrawn=states["withdrawn"],
        lost=tally.lost,
        repeated=tally.extra,
        beyond=max(0, tally.extra - kills),
        unknown=states["unknown"],
        unsure=max(0, states["unknown"] - kills),
        strange=len({each for each in pushes if stored.states.get(each, "withdrawn") == "withdrawn"}),
    )


def alert_of(push: Taken) -> str:
    """The id of what it tells; empty where that is no deal."""
    found = _ALERT.search(push.message)
    return found[1] if found else ""


def look(var: Path) -> Stored:
    """Into both databases."""
    scanner, notifier = var / "scanner.sqlite3", var / "notifier.sqlite3"
    links = [NUMBER.search(str(url)) for (url,) in _rows(scanner, "SELECT url FROM deals")]
    return Stored(
        alerts=list(dict.fromkeys(_alerts(json.loads(body) for (body,) in _rows(scanner, "SELECT body FROM outbox ORDER BY id")))),
        open_rows=_rows(scanner, "SELECT count(*) FROM outbox WHERE sent IS NULL")[0][0],
        states=dict(_rows(notifier, "SELECT id, state FROM notifications")),
        deals={int(found[1]) for found in links if found},
        unpriced=_rows(scanner, "SELECT count(*) FROM deals WHERE state = 'unpriced'")[0][0],
        scans=dict(_rows(scanner, "SELECT state, count(*) FROM scans GROUP BY state")),
    )


def _alerts(bodies: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Ids of those that tell a deal: a notice of a feed is in the outbox, too, and a revision is a row of its own."""
    return (each["id"] for each in bodies if "deal" in each)


def settle(var: Path, seconds: float, sleep: Callable[[float], None] = time.sleep) -> Stored:
    """Wait until everything has come to an end, so long at most; how it stands then."""
    until = time.monotonic() + seconds
    while not (found := look(var)).is_settled and time.monotonic() < until:
        sleep(1.0)
    return found


def _rows(database: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        return connection.execute(query).fetchall()
