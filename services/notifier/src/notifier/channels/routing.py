"""Which channels an alert goes to: those that it names, or all that want to hear of what names none; and of them who wants it.

Pure. A name that nobody bears costs nobody an alert: it then goes to all, and that is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from common.deals import Opportunity
from notifier.channels.channel import NAME_LENGTH, ChannelSettings, folded_name
from notifier.message import plain


@dataclass(frozen=True)
class Addressee:
    """A channel as routing sees it."""

    key: str
    label: str
    settings: ChannelSettings

    def is_called(self, name: str) -> bool:
        """Whether that names it."""
        return name == self.key or folded_name(name) == folded_name(self.label)


@dataclass(frozen=True)
class Route:
    """Keys of the channels that take an alert, and what a person should know of how they were chosen."""

    keys: tuple[str, ...]
    remark: str = ""


def route_of(opportunity: Opportunity, channels: Sequence[Addressee]) -> Route:
    """Where an alert goes."""
    missing = [name for name in opportunity.channels if not any(each.is_called(name) for each in channels)]
    meant = [each for each in channels if any(each.is_called(name) for name in opportunity.channels)]
    if missing or not opportunity.channels:
        open_to_all = [each for each in channels if not each.settings.only_named]
        meant += [each for each in (open_to_all or channels if missing else open_to_all) if each not in meant]
    on = [each for each in meant if each.settings.enabled]
    taken = tuple(each.key for each in on if each.settings.filter.why_not(opportunity) is None)
    return Route(taken, _remark(opportunity, missing, meant, on, taken))


def _remark(
    opportunity: Opportunity, missing: Sequence[str], meant: Sequence[Addressee], on: Sequence[Addressee], taken: Sequence[str]
) -> str:
    if missing:
        names = ", ".join(plain(name, NAME_LENGTH) for name in missing[:5])
        return f"There is no channel {names}: it went to all."
    if opportunity.channels and not on:
        return f"Switched off: {', '.join(each.label for each in meant)}."
    if on and not taken:
        return "No channel wants it, by their filters."
    return ""
