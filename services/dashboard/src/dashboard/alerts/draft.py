"""What stands in a form, as it was typed, and what is wrong with it by field: nothing typed is lost. Knows no service."""

from collections.abc import Iterable, Mapping, Sequence

from common.errors import InvalidInputError
from common.problem import plain
from dashboard.html.amounts import MOST, number

_WRAPPINGS = ("body", "rule", "when", "filter")  # of a field's path, that the form does not have


class Draft:
    """Values by a field's name, of which a field may have several. `errors`: what is wrong, "" of no field alone."""

    def __init__(self, values: Mapping[str, Sequence[str]] | None = None) -> None:
        self.values = {name: list(given) for name, given in (values or {}).items()}
        self.errors: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "").strip()

    def file(self, *names: str) -> str:
        """The first that is filled in of fields that hold a file, or its text, as it stands."""
        return next((text for name in names for text in self.all(name) if text.strip()), "")

    def all(self, name: str) -> list[str]:
        """All values of a field that has several."""
        return self.values.get(name, [])

    def has(self, name: str, value: str = "on") -> bool:
        """Whether a box is ticked."""
        return value in self.all(name)

    def words(self, name: str) -> list[str]:
        """A list that was typed with commas, or a line each."""
        parts = self[name].replace("\n", ",").split(",")
        return [word for part in parts if (word := " ".join(part.split()))]

    def number(self, name: str, most: float = MOST) -> float | None:
        """An amount from 0 on; None where there is none, or a wrong one."""
        if not self[name].strip("$% "):
            return None
        value = number(self[name])
        if value is None:
            self.refuse(name, "A number such as 99.50 is needed.")
            return None
        if not 0 <= value <= most:
            self.refuse(name, f"A number from 0 to {most:,.10g} is needed.")
            return None
        return value

    def whole(self, name: str, most: int) -> int | None:
        """The same, without a fraction."""
        value = self.number(name, most)
        if value is not None and value != int(value):
            self.refuse(name, "A whole number is needed.")
            return None
        return None if value is None else int(value)

    def refuse(self, name: str, why: str) -> None:
        """Note what is wrong; the first of a field counts."""
        self.errors.setdefault(name, why)

    def take(self, error: Exception, fields: Iterable[str]) -> None:
        """Note what a service refused, at those of `fields` that it names."""
        given = error.fields if isinstance(error, InvalidInputError) else {"": str(error)}
        known = set(fields)
        for path, why in given.items():
            name = next((part for part in path.split(".") if part not in _WRAPPINGS), "")
            place = name if name in known else ""
            text = plain(why).removeprefix(f"{path}: ")
            self.refuse(place, text if place or not name else f"{name}: {text}")
