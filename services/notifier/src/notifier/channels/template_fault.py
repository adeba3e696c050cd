"""What is wrong with a template. Apart from the templates themselves, as Jinja2 is brought in only where there is one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """What is wrong with a template, and in which of its lines; 0: in none alone."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class TemplateFaultError(Exception):
    """A template that cannot be used."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault
