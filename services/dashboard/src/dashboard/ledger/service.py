"""The ledger as the page shows it, and as its plots take it."""

from dashboard.ledger.schemas import Ledger, Push, Share
from dashboard.peers import Part, Peers

SPANS = (30, 90, 180, 400)  # days that can be asked for
MOST = 500  # pushes, the newest, that are listed and drawn


class Ledgers:
    """The use case, over the scanner."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def part(self, days: int) -> Part[Ledger]:
        """That of so many days."""
        return await self._peers.part(self.whole(days))

    async def whole(self, days: int) -> Ledger:
        """The same, or why not as an error."""
        return await self._peers.one("scanner", "/ledger", Ledger, days=str(days), limit=str(MOST))


def figures_of(ledger: Ledger) -> dict[str, object]:
    """What the two plots are drawn of, by the names that static/ledger.js knows; columns side by side."""
    return {"savings": _columns_of_savings(ledger.told), "weeks": _columns_of_weeks(ledger.weeks)}


def _columns_of_savings(pushes: list[Push]) -> dict[str, object]:
    return {
        "claimed": [each.saving for each in pushes],
        "held": [each.held for each in pushes],
        "verdict": [each.verdict for each in pushes],
        "title": [each.title[:80] for each in pushes],
        "points": [each.points for each in pushes],
        "pushed": [f"{each.pushed:%Y-%m-%d}" for each in pushes],
    }


def _columns_of_weeks(weeks: list[Share]) -> dict[str, object]:
    told = [each for each in weeks if each.share is not None]
    return {
        "week": [each.name for each in told],
        "share": [each.share for each in told],
        "low": [each.low for each in told],
        "high": [each.high for each in told],
        "known": [each.known for each in told],
        "right": [each.right for each in told],
    }
