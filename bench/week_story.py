"""What happens in the week that bench.week plays: five feeds, what they publish when, what each thing is worth, what goes wrong.

All names are made up. Moments are hours since Monday 26 October 2026, 0:00 in New York; on Sunday the clock there is set back.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
START = datetime(2026, 10, 26, tzinfo=ZONE)
DAY = 24.0
THINGS = (
    "Drill", "Saw", "Sander", "Router", "Lamp", "Mixer", "Kettle", "Toaster", "Tent", "Camera", "Speaker", "Monitor", "Keyboard",
    "Printer", "Heater", "Vacuum", "Blender", "Backpack", "Telescope", "Projector", "Grill", "Scale", "Stroller", "Bicycle",
)  # fmt: skip


@dataclass(frozen=True)
class Item:
    """An entry of a feed from one hour until another. `worth` in USD; `element`: the feed's own price, where that is another."""

    feed: str
    start: float
    title: str
    price: float
    worth: float
    end: float = 7 * DAY
    text: str = "A sturdy thing."
    element: float | None = None
    link: str = ""


@dataclass(frozen=True)
class Feed:
    """`trouble`: hours in which its server answers with a status other than 200, or leads elsewhere for good."""

    name: str
    cron: str | None = None
    trouble: tuple[tuple[float, float, int], ...] = ()


FEEDS = (
    Feed("morning"),
    Feed("tools", cron="0 8-20 * * mon-sat"),
    Feed("flaky", trouble=((DAY + 9, 3 * DAY + 12, 500),)),
    Feed("old-shop", trouble=((2 * DAY + 15, 7 * DAY, 410),)),
    Feed("mover", trouble=((4 * DAY + 10, 7 * DAY, 301),)),
)


@dataclass
class Story:
    """The items, and the moments of a person's doings."""

    items: list[Item] = field(default_factory=list)

    def add(self, *items: Item) -> None:
        """More of it."""
        self.items += items


def story() -> Story:
    """The week: ordinary offers day and night, bargains among them, a rush on Friday, and what is told below."""
    told, draw = Story(), random.Random(16)
    for hour in range(1, 7 * 24):
        for number in range(draw.randint(0, 2)):
            thing, worth = draw.choice(THINGS), round(draw.uniform(30, 400), 2)
            name = f"Acme {thing} M{hour}{number}"
            told.add(Item("morning", hour + draw.random(), name, round(worth * draw.uniform(0.92, 1.05), 2), worth))
    for at, moment in enumerate((7.5, 9.5, 13, 23.2, 33, 36.5, 50.4, 57, 73.1, 82, 106, 122.5, 131, 146.2, 155, 160)):
        worth = 120.0 + 10 * at
        told.add(Item("morning", moment, f"Northside {THINGS[at]} N{at}00", round(worth * 0.5, 2), worth))
    told.add(*_rush(), *_drill(), *_particular())
    return told


def _rush() -> list[Item]:
    """Friday: nine bargains within the hour, more than a person wants to hear of in a day."""
    noon = 4 * DAY + 12
    return [Item("morning", noon + at / 10, f"Harbour {THINGS[-at - 1]} H{at}70", 40.0 + at, 100.0 + 5 * at) for at in range(9)]


def _drill() -> list[Item]:
    """One thing over the week: told, a little cheaper, much cheaper, the same elsewhere, and again after that."""
    title, link = "Ridge QX100 Drill Driver Kit", "https://shop.example/qx100"
    steps = ((10.2, 99.0, 34.0), (34.0, 97.0, 58.0), (58.0, 84.0, 7 * DAY))
    same = [Item("morning", start, title, price, 180.0, end, link=link) for start, price, end in steps]
    return [*same, Item("tools", 3 * DAY + 10, title, 84.0, 180.0)]


def _particular() -> list[Item]:
    """What a watch wants and what it does not, what cannot be believed, what two readers read otherwise, tools at half price."""
    oled = "Lumen C4 65-inch OLED TV"
    return [
        Item("morning", 3 * DAY + 13.2, oled, 1149.0, 1160.0),
        Item("morning", 3 * DAY + 13.2, "Lumen C4 55-inch OLED TV", 899.0, 905.0),
        Item("morning", 3 * DAY + 13.2, "Wall mount for 65-inch OLED TV", 39.0, 41.0),
        Item("morning", DAY + 15, "Harbour WX900 Headphones", 5.0, 299.0),
        Item("morning", 2 * DAY + 11, "Weekday P20 Espresso Machine", 79.0, 260.0, element=259.99),
        Item("tools", 2 * DAY + 9.1, "Ridge T500 Table Saw", 199.0, 420.0),
        Item("tools", 4 * DAY + 9.1, "Ridge J30 Jigsaw", 39.0, 90.0),
        Item("tools", 5 * DAY + 9.5, "Ridge B12 Band Saw", 149.0, 310.0),
    ]


def body(items: list[Item], feed: str, hour: float) -> bytes:
    """A feed as it is at an hour."""
    shown = [each for each in items if each.feed == feed and each.start <= hour < each.end]
    told = "".join(_entry(each) for each in sorted(shown, key=lambda each: -each.start)[:60])
    head = '<?xml version="1.0"?><rss version="2.0" xmlns:dealnews="https://www.dealnews.com/ns/rss/1.0.htm">'
    return f"{head}<channel><title>{feed}</title>{told}</channel></rss>".encode()


def _entry(item: Item) -> str:
    published = format_datetime(START + timedelta(hours=item.start))
    own = item.title.lower().replace(" ", "-")
    link = item.link or f"https://shop.example/{item.feed}/{own}"
    price = f'<dealnews:price currency="USD">{item.element}</dealnews:price>' if item.element else ""
    return (
        f"<item><title>{escape(item.title)} for ${item.price:,.2f}</title><link>{link}</link>{price}"
        f"<description>{escape(item.text)}</description><guid>{link}</guid><pubDate>{published}</pubDate></item>"
    )
