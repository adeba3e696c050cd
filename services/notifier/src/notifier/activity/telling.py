"""What the notifier does, told in sentences. Of channels it says their names, of deals their titles; addresses it never sees."""

from collections.abc import Sequence

from common.activity.entry import Level, cut
from common.activity.log import ActivityLog
from common.deals import Opportunity
from notifier.notification import Attempt, Stage

AGENT = "messenger"
_MOST = 20  # alerts of one batch by themselves
_PUSHES, _CHANNELS = ("pushes", "times", "ledger"), ("channels", "pushes")
_SAID: dict[Stage, tuple[str, str, Level]] = {
    Stage.SENT: ("sent", "Pushed to {target}: {title}", "info"),
    Stage.WAITING: ("put_off", "{target} did not take it and is tried again: {title}", "warning"),
    Stage.FAILED: ("not_sent", "{target} refused it: {title}", "error"),
    Stage.UNKNOWN: ("perhaps_sent", "Nobody knows whether {target} has it: {title}", "error"),
    Stage.EXPIRED: ("expired", "Too late for {target}: {title}", "warning"),
}


class Telling:
    """Over the service's log."""

    def __init__(self, log: ActivityLog | None = None) -> None:
        self._log = log or ActivityLog()

    def received(self, opportunities: Sequence[Opportunity], channels: int) -> None:
        """Alerts are safe, and wait for their channels."""
        for each in opportunities[:_MOST]:
            title = cut(each.deal.title)
            said = f"Withdrawn before it went out, if it has not: {title}" if each.withdrawn else f"Takes in {title}"
            self._log.tell(AGENT, "received", said, topics=_PUSHES, opportunity=each.id, channels=channels)
        if len(opportunities) > _MOST:
            self._log.tell(AGENT, "received", f"Takes in {len(opportunities) - _MOST} more", topics=_PUSHES)

    def noticed(self, titles: Sequence[str]) -> None:
        """Notices are safe."""
        for title in titles[:_MOST]:
            self._log.tell(AGENT, "received", f"Takes in a notice: {cut(title)}", topics=_PUSHES)

    def settled(self, attempt: Attempt, target: str, stage: Stage, error: str) -> None:
        """A push to a channel came to something."""
        if stage in _SAID:
            event, text, level = _SAID[stage]
            said = text.format(target=cut(target, 60), title=cut(attempt.title))
            self._log.tell(AGENT, event, said, level=level, topics=_PUSHES, notification=attempt.id, target=target, error=error)

    def nothing_due(self, target: str) -> None:
        """What was due on a channel is held, or was withdrawn."""
        text = f"Nothing goes to {cut(target, 60)} now: it is held, or withdrawn"
        self._log.tell(AGENT, "held", text, topics=_PUSHES, target=target)

    def fares(self, target: str, problem: str) -> None:
        """A channel fails, or works again."""
        said = f"{cut(target, 60)} fails: {cut(problem, 120)}" if problem else f"{cut(target, 60)} works"
        self._log.tell(AGENT, "channel", said, level="warning" if problem else "info", topics=_CHANNELS, target=target)

    def switched_off(self, target: str, why: str) -> None:
        """A channel wants no more."""
        text = f"{cut(target, 60)} was switched off: {cut(why, 120)}"
        self._log.tell(AGENT, "channel_switched_off", text, level="error", topics=_CHANNELS, target=target)

    def buried(self, reason: str) -> None:
        """An entry cannot be delivered."""
        self._log.tell(AGENT, "buried", f"An entry cannot be delivered: {cut(reason, 120)}", level="error", topics=("pushes",))
