"""What a person asks the price of, as the page's address and its form hold it: texts alone, as they were typed. Asks no service."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError

from common.errors import InvalidInputError
from common.judging import MAX_RETAILER, Offer
from common.pricing import MAX_CATEGORY, MAX_DESCRIPTION, MAX_TITLE, PriceRequest
from common.problem import field_errors
from dashboard.html.amounts import amount
from dashboard.price.schemas import ProductPage

CONDITIONS: Mapping[str, str] = {"new": "New", "refurbished": "Refurbished", "used": "Used", "open-box": "Open box"}
LONGEST_LINE = 240  # characters of a first line behind which more is still read as the name, as the ensemble has it
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE)
_OF_PRODUCT = ("title", "description", "category")
_OF_OFFER = ("price", "condition", "retailer", "list_price", "page")
_FIELDS = {"description": "what", "url": "what"}  # where the form has a field of another name


class Asking(BaseModel):
    """`what`: the one field, an address, a title or a description. `url`: of a page that is to be read; `page`: of one that was.

    `value` is to be said of an `attribute` of the product. `kept`: under which id product's texts are kept that are too long for an
    address. `show`: which slow piece of the page stands in it at once.
    """

    what: str = ""
    url: str = ""
    title: str = ""
    description: str = ""
    category: str = ""
    price: str = ""
    condition: str = ""
    retailer: str = ""
    list_price: str = ""
    page: str = ""
    attribute: str = ""
    value: str = ""
    kept: str = ""
    show: str = ""

    def stripped(self) -> "Asking":
        """Without the white space around each text."""
        return Asking(**{name: _lines(text) for name, text in self.model_dump().items()})

    def settled(self) -> "Asking":
        """The same in its plainest form: `what` told apart, and the value said. What the form's other fields hold stays."""
        given = self.stripped().model_dump()
        if what := given.pop("what"):
            given["url" if _ADDRESS.fullmatch(what) else "description"] = what
        if given["url"].lower().startswith("www."):
            given["url"] = f"https://{given['url']}"
        if given["title"] and not given["description"] and not given["url"]:
            given |= {"title": "", "description": given["title"]}
        return Asking(**given)._with_value()

    def of_page(self, page: ProductPage) -> "Asking":
        """The product that a page tells of. What a person typed beside its address counts more."""
        told = {
            "title": page.title[:MAX_TITLE],
            "description": page.description[:MAX_DESCRIPTION],
            "category": page.category[:MAX_CATEGORY],
            "price": _dollars(page.dollars),
            "condition": page.condition,
            "retailer": page.retailer[:MAX_RETAILER],
            "list_price": _dollars(page.list_dollars),
            "page": page.url,
        }
        typed = {name: text for name, text in self.model_dump().items() if text and name in told}
        return Asking(**(told | typed), show=self.show).settled()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return not (self.url or self.title or self.description)

    @property
    def name(self) -> str:
        """The product in a line."""
        return (self.title or self.description.partition("\n")[0]).strip()

    @property
    def product(self) -> PriceRequest:
        """What is to be priced, its condition aside. InvalidInputError names the field of the form."""
        given = {name: getattr(self, name).strip() or None for name in _OF_PRODUCT}
        try:
            return PriceRequest.model_validate(given | {"description": given["description"] or ""})
        except ValidationError as exc:
            raise _refusal(exc) from exc

    @property
    def request(self) -> PriceRequest:
        """The product in its condition, in the words that pricers are trained on, as the judge says it of an offer."""
        plain = self.product
        if self.condition in ("", "new"):
            return plain
        told = f"{plain.description[:9_950]}\nCondition: {self.condition.replace('-', ' ')}"
        return plain.model_copy(update={"description": told})

    @property
    def offer(self) -> Offer | None:
        """What is asked for it; None where no price is told. InvalidInputError names the field."""
        if self.condition and self.condition not in CONDITIONS:
            raise InvalidInputError(f"choose one of {', '.join(CONDITIONS)}", "condition")
        if not self.price:
            return None
        listed = [amount(self.list_price, "list_price")] if self.list_price else []
        given = {
            "price": amount(self.price, "price"),
            "condition": self.condition or "new",
            "retailer": self.retailer,
            "references": [{"kind": "list", "price": each, "said_by": "seller"} for each in listed],
        }
        try:
            return Offer.model_validate(given)
        except ValidationError as exc:
            raise _refusal(exc) from exc

    def quoted(self, field: str, start: int, end: int) -> str:
        """What stands at a place of the title or the description; nothing where that is no place of theirs."""
        text = getattr(self, field) if field in ("title", "description") else ""
        return text[start:end] if 0 <= start < end <= len(text) else ""

    def query(self, kept: str = "", **more: str) -> str:
        """As a page's address holds it; `kept`: the id that stands for the product's texts."""
        names = (*(() if kept else _OF_PRODUCT), *_OF_OFFER, "url")
        given = {name: getattr(self, name) for name in names} | {"kept": kept} | more
        return urlencode({name: text for name, text in given.items() if text})

    @property
    def fields(self) -> Mapping[str, str]:
        """What a form must hold to ask the same of another text."""
        return {name: getattr(self, name) for name in ("category", *_OF_OFFER) if getattr(self, name)}

    def _with_value(self) -> "Asking":
        """The value said where pricers look for it: behind the name (the ensemble's explain/variants.py says it so)."""
        value, name = self.value, self.attribute
        plain = self.model_copy(update={"value": "", "attribute": ""})
        if not value or plain.is_empty:
            return plain
        if name == "condition":
            return plain.model_copy(update={"condition": value})
        said = f" ({value})" if name == "year" else f", {value}"
        if self.title:
            return plain.model_copy(update={"title": f"{self.title[: MAX_TITLE - len(said)]}{said}"})
        first, line, rest = self.description.partition("\n")
        told = f"{first}{said}{line}{rest}" if len(first) <= LONGEST_LINE else f"{value}. {self.description}"
        return plain.model_copy(update={"description": told[:MAX_DESCRIPTION]})


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()  # browsers send CRLF, which would count against the length


def _dollars(price: float | None) -> str:
    return f"{price:.2f}" if price is not None and 0.01 <= price <= 10_000_000 else ""


def field_of(error: Exception) -> str:
    """The field of the form that an error is about."""
    name = error.field.rpartition(".")[2] if isinstance(error, InvalidInputError) else ""
    return _FIELDS.get(name, name)


def _refusal(error: ValidationError) -> InvalidInputError:
    first = field_errors(error.errors(include_input=False, include_url=False))[0]
    return InvalidInputError(first.message, first.field)
