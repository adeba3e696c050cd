"""How amounts, moments, links and intervals look. Addresses from feeds are strangers': only web addresses become links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from common.pricing import Estimate


@dataclass(frozen=True)
class Bar:
    """Positions on an axis from 0 to 100: the interval, the estimate's tick and the deal's dot (None where there is no deal)."""

    start: float
    width: float
    tick: float
    dot: float | None

    @property
    def is_narrow(self) -> bool:
        """The interval's two labels do not fit below it side by side."""
        return self.width < 38


def money(amount: float | None, currency: str = "USD") -> str:
    """$1,234.56; another currency's code in front instead of the sign."""
    if amount is None:
        return "–"
    sign = "$" if currency == "USD" else f"{currency} "
    return f"{'−' if amount < 0 else ''}{sign}{abs(amount):,.2f}"


def percent(share: float) -> str:
    """0.54 as 54 %, with a no-break space."""
    return f"{share * 100:.0f}\u00a0%"


def surety(chance: float) -> str:
    """A chance as 92 %, and never more than 99: a judge errs now and then."""
    return percent(min(chance, 0.99))


def sentence(text: str | None) -> str:
    """Words as a sentence: with a capital and a full stop."""
    said = (text or "").strip()
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith(('.', '!', '?')) or not said else '.'}"


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """How long a moment is past, or ahead."""
    if moment is None:
        return "never"
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if abs(seconds) < 45:
        return "just now"
    if abs(seconds) > 60 * 86400:
        return f"on {moment:%Y-%m-%d}"
    text = _span(abs(seconds))
    return f"{text} ago" if seconds > 0 else f"in {text}"


def is_past(moment: datetime | None) -> bool:
    """Whether a moment is over."""
    return moment is not None and moment < datetime.now(UTC)


def web_link(url: str) -> str:
    """`url` where it is http or https with a host, else nothing: a javascript: address must not become a link."""
    text = "".join(char for char in url.strip() if char.isprintable())
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme.lower() in ("http", "https") and parts.hostname else ""


def feed_name(feed: str) -> str:
    """A feed's host instead of its whole address."""
    link = web_link(feed)
    return (urlsplit(link).hostname or feed).removeprefix("www.") if link else feed


def is_demo(feed: str) -> bool:
    """Whether a deal comes from the sample feeds that ship with the project."""
    return feed.lower().startswith("demo")


def axis_of(estimates: Sequence[Estimate], price: float | None = None) -> tuple[float, float]:
    """The ends of an axis on which all estimates and a deal's price find room, so that bars one below the other compare."""
    values = [end for each in estimates for end in (each.low, each.high, each.price)]
    values += [] if price is None else [price]
    return (min(values), max(values)) if values else (0.0, 1.0)


def place(value: float, axis: tuple[float, float]) -> float:
    """Where a value lies on an axis with these ends and a margin on both sides, 0 to 100."""
    least, most = axis
    margin = (most - least) * 0.06 or max(abs(most), 1.0) * 0.06
    return round((value - least + margin) * 100 / (most - least + 2 * margin), 2)


def bar(low: float, high: float, estimate: float, price: float | None, axis: tuple[float, float] | None) -> Bar:
    """Place an interval, its estimate and a deal's price on `axis`, else on one of their own, with a margin on both sides."""
    values = [low, high, estimate, *([] if price is None else [price])]
    ends = axis or (min(values), max(values))
    start, dot = place(low, ends), None if price is None else place(price, ends)
    return Bar(start, round(place(high, ends) - start, 2), place(estimate, ends), dot)


def _span(seconds: float) -> str:
    for size, unit in ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute")):
        if seconds >= size * 0.95:
            count = max(1, round(seconds / size))
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "1 minute"
