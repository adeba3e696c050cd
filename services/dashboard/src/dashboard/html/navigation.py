"""Which pages there are, in which order, and which of them belong together."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tab:
    """A page that can be chosen. `name`: what a route calls it when it renders it."""

    name: str
    label: str
    path: str


@dataclass(frozen=True)
class Section:
    """Pages that belong together; the first is the one that the navigation leads to."""

    label: str
    tabs: tuple[Tab, ...]

    @property
    def path(self) -> str:
        """Where it begins."""
        return self.tabs[0].path

    def has(self, page: str) -> bool:
        """Whether a page is of this section."""
        return any(tab.name == page for tab in self.tabs)


SECTIONS = (
    Section("Opportunities", (Tab("overview", "Opportunities", "/"), Tab("deals", "All deals", "/deals"))),
    Section("Price", (Tab("price", "One product", "/price"), Tab("price-file", "A file", "/price/file"))),
    Section("Review", (Tab("review", "Review", "/review"),)),
    Section(
        "Pushes",
        (
            Tab("pushes", "Sent", "/pushes"),
            Tab("held", "To come", "/pushes/held"),
            Tab("dead", "Undeliverable", "/pushes/dead"),
            Tab("ledger", "Ledger", "/ledger"),
        ),
    ),
    Section(
        "Alerts",
        (
            Tab("rules", "Rules", "/rules"),
            Tab("watchlist", "Watchlist", "/watchlist"),
            Tab("channels", "Channels", "/channels"),
            Tab("times", "Times", "/times"),
            Tab("backup", "Backup", "/backup"),
        ),
    ),
    Section("Feeds", (Tab("feeds", "Feeds", "/feeds"),)),
    Section(
        "Activity",
        (
            Tab("activity", "As it happens", "/activity"),
            Tab("scans", "Scans", "/activity/scans"),
            Tab("plans", "Planner", "/activity/plans"),
        ),
    ),
    Section(
        "Models",
        (Tab("models", "Evaluation", "/models"), Tab("levels", "Price levels", "/models/levels"), Tab("map", "Map", "/map")),
    ),
    Section("System", (Tab("system", "System", "/system"),)),
)


def section_of(page: str) -> Section | None:
    """The section of a page; None for one that is in none, as the sign-in."""
    return next((section for section in SECTIONS if section.has(page)), None)
