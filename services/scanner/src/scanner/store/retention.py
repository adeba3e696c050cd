"""For how long the scanner keeps what. Knows no tables."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Retention:
    """`deals`: after they were last in a feed, with their identities and opportunities: what is in a feed stays known, lest it be
    pushed again. `offers`: the price memory, which outlives the deals. `scans`: with the planner's plans. `sent`: alerts that a
    notifier has stored; one that none has stored is kept until then.
    """

    deals: timedelta = timedelta(days=180)
    offers: timedelta = timedelta(days=400)
    scans: timedelta = timedelta(days=30)
    sent: timedelta = timedelta(days=7)
