"""What scanner, ensemble and frontier-rag answer to the pages of prices."""

from dataclasses import dataclass, field
from typing import Any

import httpx2

TITLE = "Acme QX100 cordless drill driver kit"
TEXT = "20 V brushless motor.\nTwo 2 Ah batteries, charger and bag. Belt hook not included."


def product_page(**changes: Any) -> dict[str, Any]:
    """A page as the scanner reads it, of a price in euros."""
    told = {"url": "https://shop.example/drills/qx100", "title": TITLE, "description": TEXT, "category": "Tools > Drills"}
    price = {
        "price": 92.0,
        "currency": "EUR",
        "dollars": 99.99,
        "list_price": 184.0,
        "condition": "new",
        "availability": "in stock",
    }
    names = {"retailer": "Example Tools", "brand": "Acme", "model": "QX100", "gtin": "", "picture": "", "source": "json-ld"}
    return {**told, **price, **names, "problems": []} | changes


def judgement(answer: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An offer worth 129.50."""
    evidence = [
        {"kind": "asked_price", "price": 110.0, "weight": 0.2, "words": "Asked: $99.99 at Example Tools."},
        {"kind": "estimate", "price": 131.0, "weight": 0.55, "words": "3 pricers say $131 ($101 to $170)."},
        {"kind": "list", "price": 142.0, "weight": 0.25, "words": "The seller says its list price is $199.98."},
    ]
    worth = {"worth": 129.5, "low": 104.0, "high": 163.25, "saving": 27.4, "chance": 0.616, "support": 0.6, "margin": 0.25}
    claim = {"price": 199.98, "verdict": "inflated", "chance": 0.03}
    more = {"currency": "USD", "model": "judge@1", "known": True, "identified": False, "degraded": []}
    return {**worth, **more, "evidence": evidence, "list_price": claim, "answer": answer} | changes


def attribute(name: str, narrowing: float, **prices: float) -> dict[str, Any]:
    """An attribute that is open, each of its values a fifth to either side."""
    values = [
        {"value": value.replace("_", " "), "share": 1 / len(prices), "price": price, "low": price * 0.8, "high": price * 1.2}
        for value, price in prices.items()
    ]
    told = {"name": name, "source": "usual", "expected_width": 0.4, "narrowing": narrowing, "spread": 2.0}
    return told | {"values": values}


def attributes(*found: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What a price hangs on."""
    told = {"price": 129.0, "low": 98.0, "high": 171.0, "width": 0.56, "kind": "drill", "stated": {"voltage": "20 V"}}
    return told | {"attributes": list(found), "model": "ensemble@1", "degraded": []} | changes


def _attributes() -> dict[str, Any]:
    battery = attribute("battery", 0.18, **{"1.5_Ah": 84.0, "2_Ah": 99.0, "4_Ah": 139.0, "5_Ah": 171.0})
    year = attribute("year", 0.07, **{"2026": 139.0, "2022": 109.0})
    return attributes(battery, year, attribute("condition", 0.0, new=129.0, used=71.0))


def words_of(title: str, description: str, *phrases: tuple[str, float]) -> dict[str, Any]:
    """What phrases of a text do to its price."""
    found = []
    for words, effect in phrases:
        where, text = ("title", title) if words in title else ("description", description)
        start = text.index(words)
        place = {"field": where, "start": start, "end": start + len(words)}
        found.append({"words": words, "effect": effect, "dollars": round(effect * 129, 2), "places": [place]})
    return {"price": 129.0, "low": 98.0, "high": 171.0, "pricer": "specialist", "model": "specialist@1", "phrases": found}


def described(**changes: Any) -> dict[str, Any]:
    """A text with its facts, as frontier-rag writes it of TITLE and TEXT."""
    facts = [("brand", "Acme", "title", "Acme"), ("model", "QX100", "title", "QX100"), ("voltage", "20 V", "description", "20 V")]
    found = [
        {"name": name, "value": value, "from": where, "start": text.index(words), "end": text.index(words) + len(words)}
        for name, value, where, words in facts
        for text in [TITLE if where == "title" else TEXT]
    ]
    lines = "Brand: Acme\nModel: QX100\nVoltage: 20 V\n\nIn the box: two 2 Ah batteries, charger, bag\nNot included: belt hook"
    text = f"{TITLE}.\n\n{lines}"
    told = {"title": TITLE, "text": text, "form": {}, "facts": found, "refused": [], "written_by": "template", "degraded": []}
    told |= {"left_out": [{"words": "HOT SALE", "why": "it calls for attention"}]}
    before, after = {"price": 118.0, "low": 71.0, "high": 196.0}, {"price": 126.0, "low": 84.0, "high": 189.0}
    item = {"title": TITLE, "description": "Brand: Acme. Voltage: 20 V. Two 2 Ah batteries, charger and bag."}
    return told | {"item": item, "before": before, "after": after, "narrowed": 0.8, "model": "local@1"} | changes


@dataclass
class PriceWorld:
    """What stands behind these pages. `words` None: of the text that is asked about every word makes it a tenth dearer."""

    page: dict[str, Any] = field(default_factory=product_page)
    judged: dict[str, Any] | None = None
    attributes: dict[str, Any] = field(default_factory=_attributes)
    words: dict[str, Any] | None = None
    described: dict[str, Any] = field(default_factory=described)

    def answer(self, path: str, body: Any, price: dict[str, Any]) -> httpx2.Response | None:
        """What one of these paths answers; None for all others."""
        known = {"/pages/read": self.page, "/price/attributes": self.attributes, "/describe": self.described}
        if path in known:
            return httpx2.Response(200, json=known[path])
        if path == "/judge":
            return httpx2.Response(200, json=self.judged or judgement(price))
        if path == "/price/words":
            return httpx2.Response(200, json=self.words or _each_word(body))
        if path in ("/price/batch", "/judge/batch"):
            answers = [_of_row(item, path, price) for item in body["items"]]
            return httpx2.Response(200, json={"results": answers})
        return None


def _each_word(body: dict[str, Any]) -> dict[str, Any]:
    title, text = body.get("title", ""), body["description"]
    return words_of(title, text, *((word, 0.1) for word in text.split()))


def _of_row(item: dict[str, Any], path: str, price: dict[str, Any]) -> dict[str, Any]:
    if "bad" in item["description"]:
        return {"error": {"title": "Unprocessable", "status": 422, "detail": "it is <b>bad</b>"}}
    return judgement(price) if path == "/judge/batch" else price
