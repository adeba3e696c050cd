"""A person's own words for a push: a Jinja2 template whose first line is the title, and which cannot do more than say something.

What it may use is listed, and all else refused: no variable can be set, nothing called but `range`, no filter makes much of little,
loops of twenty rounds two deep. So what it costs is bounded by its length, whatever stands in it, and a bound on what it
says ends the rest. Knows no push and no channel.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifier.channels.channel import TEMPLATE_LENGTH
from notifier.channels.facts import Fault, TemplateFaultError
from notifier.channels.template_rules import FILTERS, MOST_ROUNDS, TESTS, check_nodes

TITLE_ROOM, BODY_ROOM = 250, 4000  # characters
_ROOM = TITLE_ROOM + BODY_ROOM
_FILE = "<template>"
_NUMBERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}


@dataclass(frozen=True)
class Text:
    """What a template says: its first line, and the others."""

    title: str
    lines: tuple[str, ...]


class _Sandbox(ImmutableSandboxedEnvironment):
    """Numbers are reckoned with and nothing else: text times a number, or as a pattern, would be as long as one likes."""

    intercepted_binops = frozenset(_NUMBERS)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Reckon."""
        if not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError(f"{operator} is for numbers")
        return _NUMBERS[operator](left, right)


def _rounds(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > MOST_ROUNDS:
        raise SecurityError(f"a loop has {MOST_ROUNDS} rounds at most")
    return found


def _joined(values: Sequence[Any], between: str = "") -> str:
    """Of a list alone, or text could be made longer with every step."""
    if isinstance(values, str) or len(between) > 10:
        raise SecurityError("join is for lists, with ten characters between them at most")
    return between.join(str(each) for each in values)


def _made() -> _Sandbox:
    made = _Sandbox(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)
    made.globals = {"range": _rounds}
    made.filters = {name: made.filters[name] for name in FILTERS} | {"join": _joined}
    made.tests = {name: made.tests[name] for name in TESTS}
    return made


_SANDBOX = _made()


def text_of(template: str, facts: Mapping[str, Any]) -> Text:
    """What it says of these facts. TemplateFaultError where it cannot, or says nothing."""
    compiled = _compiled(template)
    try:
        said, size = list[str](), 0
        for part in compiled.generate(facts):
            said.append(part)
            size += len(part)
            if size > _ROOM:
                raise TemplateFaultError(Fault(0, f"it says more than {_ROOM:,} characters"))
    except TemplateFaultError:
        raise
    except Exception as exc:  # whatever a template's expression can raise is the template's fault
        raise TemplateFaultError(Fault(_line_of(exc.__traceback__), _words_of(exc))) from exc
    return _parted("".join(said))


def check_template(template: str, names: Mapping[str, object], samples: Sequence[Mapping[str, Any]]) -> None:
    """TemplateFaultError for one that cannot be used, whatever the deal: `samples` stand for all. `names`: the variables."""
    tree = _parsed(template)
    if unknown := sorted(meta.find_undeclared_variables(tree) - set(names) - {"range"}):
        raise TemplateFaultError(Fault(_line_of_name(tree, unknown[0]), f"there is no variable {unknown[0]!r}: {', '.join(names)}"))
    for facts in samples:
        text_of(template, facts)


def _parsed(template: str) -> nodes.Template:
    if len(template) > TEMPLATE_LENGTH:
        raise TemplateFaultError(Fault(0, f"it is longer than {TEMPLATE_LENGTH:,} characters"))
    try:
        tree = _SANDBOX.parse(template, filename=_FILE)
    except TemplateSyntaxError as exc:
        raise TemplateFaultError(Fault(exc.lineno, exc.message or "it cannot be read")) from exc
    except RecursionError as exc:
        raise TemplateFaultError(Fault(0, "it is nested too deep")) from exc
    check_nodes(tree)
    return tree


@lru_cache(maxsize=200)
def _compiled(template: str) -> Template:
    try:
        return Template.from_code(_SANDBOX, _SANDBOX.compile(_parsed(template), filename=_FILE), dict(_SANDBOX.globals))
    except TemplateError as exc:
        raise TemplateFaultError(Fault(getattr(exc, "lineno", 0) or 0, exc.message or "it cannot be read")) from exc
    except (RecursionError, MemoryError, SyntaxError) as exc:
        raise TemplateFaultError(Fault(0, "it is nested too deep")) from exc


def _parted(said: str) -> Text:
    visible = "".join(char for char in said if char == "\n" or char.isprintable())
    title, _, body = visible.strip().partition("\n")
    if not title.strip():
        raise TemplateFaultError(Fault(0, "it says nothing"))
    lines = [line.rstrip() for line in body.split("\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]  # one empty line between others
    return Text(title.strip()[:TITLE_ROOM], tuple("\n".join(kept).strip("\n").split("\n") if body.strip() else ()))


def _line_of(trace: TracebackType | None) -> int:
    """The template's line in which it failed: Jinja writes its own frames into the trace."""
    found = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _FILE:
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def _line_of_name(tree: nodes.Template, name: str) -> int:
    return min((each.lineno for each in tree.find_all(nodes.Name) if each.name == name), default=0)


def _words_of(error: Exception) -> str:
    words = " ".join(str(error).split())[:200] or type(error).__name__
    lacking = "None" in words
    return f"{words}: a deal may lack it, so ask with {{% if ... %}} first" if lacking else words
