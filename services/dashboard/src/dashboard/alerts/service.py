"""All that is done about alerts, a room for each page."""

from dashboard.alerts.backup.service import Backups
from dashboard.alerts.channels.service import Channels
from dashboard.alerts.choices import Choices
from dashboard.alerts.rules.service import Rules
from dashboard.alerts.times.service import AlertTimes
from dashboard.alerts.watchlist.service import Watchlist
from dashboard.peers import Peers


class Alerts:
    """The use cases, over the same other services."""

    def __init__(self, peers: Peers) -> None:
        self.choices = Choices(peers)
        self.rules, self.watchlist = Rules(peers), Watchlist(peers)
        self.channels, self.times = Channels(peers), AlertTimes(peers)
        self.backups = Backups(peers)
