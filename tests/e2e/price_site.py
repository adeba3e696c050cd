"""A drill that somebody offers, as the pages of prices show it in a browser. All invented."""

from typing import Any

from tests.unit.dashboard.fakes import World, estimates, price_answer
from tests.unit.dashboard.price_world import TEXT, TITLE, attribute, attributes, words_of

SHARED = "Have a look at this one: https://shop.example/drills/qx100"
_PHRASES = (
    ("Acme QX100", 0.11),
    ("cordless", 0.05),
    ("drill driver kit", 0.31),
    ("20 V", 0.09),
    ("brushless motor", 0.17),
    ("Two 2 Ah batteries", 0.24),
    ("charger", 0.07),
    ("bag", 0.03),
    ("Belt hook", -0.04),
    ("not included", -0.1),
)


def fill(world: World) -> None:
    """Put it into a world."""
    similar: list[dict[str, Any]] = [
        {"title": "Acme QX90 cordless drill driver, 20 V, one battery", "price": 99.0, "similarity": 0.91, "match": "model"},
        {"title": "Drill and impact driver combination kit with case", "price": 179.99, "similarity": 0.79},
        {"title": "Hammer drill, corded, 850 W, keyless chuck", "price": 74.5, "similarity": 0.71},
    ]
    weighed = [each | {"weight": weight} for each, weight in zip(estimates(129.0), (0.5, 0.35, 0.15), strict=True)]
    world.price = price_answer(price=129.0, low=98.0, high=171.0, estimates=weighed, similar=similar)
    world.pricing.words = words_of(TITLE, TEXT, *_PHRASES)
    world.pricing.attributes = attributes(
        attribute("battery", 0.18, **{"1.5_Ah": 84.0, "2_Ah": 99.0, "4_Ah": 139.0, "5_Ah": 171.0}),
        attribute("year", 0.07, **{"2026": 139.0, "2024": 128.0, "2022": 109.0}),
        attribute("condition", 0.0, new=129.0, refurbished=92.0, used=71.0),
        stated={"voltage": "20 V", "pack": "1 pack"},
    )
