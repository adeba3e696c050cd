"""No regular expression of the scanner costs more than its input is long: each is tried on what is worst for it.

The inputs are made of the expression itself: each part that it repeats, and what stands before it, over and over. Four times the
input may cost five times the work. So as not to measure the machine, work is CPU time of this thread, the least of several runs,
for sixteen times the input, counts only where it is noticed, and must be too much each time that it is measured.
"""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import pytest

import scanner
from scanner.judging.product_key import product_key
from scanner.prices.product_text import product_description, product_title
from scanner.prices.rule_extractor import extract
from scanner.references.offer import Offer
from scanner.references.rule_reader import read_by_rules

SHORT, LONG = 500, 8_000  # characters
MOST_WORK = 25  # times, for sixteen times the input: five times for four, twice
UNNOTICED = 1e-6  # seconds for a character; what grows as the square costs several times as much at the greater length
PLAIN = (" ", "1", "a", "1 ", "a ", "A ", "$1 ", "-", ",1", "(", "a-")
Pump = tuple[str, str]  # what stands before a repeated part, and the part


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(scanner.__path__, "scanner."):
        if ".migrations" not in found.name:  # Alembic alone can import those, and no feed's text comes there
            yield importlib.import_module(found.name)


def patterns_in(value: object, depth: int = 0) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 5:
        parts: list[object] = []
        if isinstance(value, dict):
            parts = [*value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            parts = [*value]
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            parts = [getattr(value, field.name) for field in dataclasses.fields(value)]
        for part in parts:
            yield from patterns_in(part, depth + 1)


def calls_of_re(module: ModuleType) -> Iterator[ast.Call]:
    """re.search("...", ...) and the like: what is compiled stands in the module, and is found there."""
    for call in ast.walk(ast.parse(inspect.getsource(module))):
        called = call.func if isinstance(call, ast.Call) else None
        if isinstance(called, ast.Attribute) and ast.unparse(called.value) == "re" and called.attr not in ("compile", "escape"):
            yield call


def named_patterns() -> dict[str, re.Pattern[str]]:
    found = {}
    for module in modules():
        each = [pattern for name, value in vars(module).items() if not name.startswith("__") for pattern in patterns_in(value)]
        each += [re.compile(call.args[0].value) for call in calls_of_re(module) if isinstance(call.args[0], ast.Constant)]
        texts = [pattern for pattern in dict.fromkeys(each) if isinstance(pattern.pattern, str)]
        found |= {f"{module.__name__}:{number}:{pattern.pattern[:40]}": pattern for number, pattern in enumerate(texts)}
    return found


def sample(tree: Any, pumps: list[Pump], before: str = "") -> str:
    """A text that the parsed expression mostly matches; what it repeats is added to `pumps`."""
    text = ""
    for code, value in tree:
        text += _sample(code, value, pumps, before + text)
    return text


def _sample(code: Any, value: Any, pumps: list[Pump], before: str) -> str:  # noqa: C901, PLR0911 - one line for each kind of part
    if code is op.LITERAL:
        return chr(value)
    if code is op.NOT_LITERAL:
        return "a" if chr(value) != "a" else "b"
    if code is op.ANY:
        return "a"
    if code is op.IN:
        return _of_class(value)
    if code is op.SUBPATTERN:
        return sample(value[3], pumps, before)
    if code is op.ATOMIC_GROUP:
        return sample(value, pumps, before)
    if code is op.BRANCH:
        return [sample(branch, pumps, before) for branch in value[1]][-1]
    if code in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        least, most, item = value
        part = sample(item, pumps, before)
        if most > 1:
            pumps.append((before, part))
        return part * max(1, int(least))
    if code in (op.ASSERT, op.ASSERT_NOT):
        sample(value[1], pumps, before)
    return ""


def _of_class(parts: Any) -> str:
    is_negated = parts[0][0] is op.NEGATE
    for code, value in parts:
        if code is op.LITERAL and not is_negated:
            return chr(value)
        if code is op.RANGE and not is_negated:
            return chr(value[0])
        if code is op.CATEGORY:
            return {op.CATEGORY_SPACE: " ", op.CATEGORY_DIGIT: "1", op.CATEGORY_NOT_SPACE: "a"}.get(value, "a")
    return next(each for each in "a1 -" if not any(code is op.LITERAL and value == ord(each) for code, value in parts))


def worst_inputs(pattern: re.Pattern[str]) -> list[Callable[[int], str]]:
    pumps: list[Pump] = []
    whole = sample(_parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE), pumps)
    pieces = dict.fromkeys([*PLAIN, whole, *(part for _, part in pumps), *(before + part for before, part in pumps)])
    made: list[Callable[[int], str]] = [lambda size, piece=piece: (piece * size)[:size] for piece in pieces if piece]
    made += [lambda size, b=before, p=part: f"{b}{(p * size)[:size]}\x00" for before, part in dict.fromkeys(pumps) if part]
    return made


def work_of(run: Callable[[], object], times: int = 1) -> float:
    least = float("inf")
    for _ in range(times):
        begin = time.thread_time()
        run()
        least = min(least, time.thread_time() - begin)
    return least


def is_runaway(run: Callable[[str], object], made: Callable[[int], str]) -> bool:
    """Whether lengths at which nothing may take long show that it must not be run at full length: it is exponential, or cubic."""
    texts = (made(size) for size in (16, 24, 32, SHORT, 2 * SHORT, 4 * SHORT))  # each tells whether the next may be run
    return any(work_of(lambda: run(text), 2) > 0.005 + 60e-6 * len(text) for text in texts)  # noqa: B023 - called at once


def grows_faster(run: Callable[[str], object], few: str, many: str) -> bool:
    """Whether the work for `many`, sixteen times as long as `few`, is more than is allowed, each time that it is measured."""
    if work_of(lambda: run(many)) <= UNNOTICED * len(many):
        return False
    return all(work_of(lambda: run(many), 2) > MOST_WORK * work_of(lambda: run(few), 4) for _ in range(3))


def is_slow(pattern: re.Pattern[str], made: Callable[[int], str]) -> bool:
    def run(text: str) -> int:
        return sum(1 for _ in pattern.finditer(text))

    return is_runaway(run, made) or grows_faster(run, made(SHORT), made(LONG))


PATTERNS = named_patterns()


def test_all_expressions_are_found() -> None:
    assert len(PATTERNS) > 150
    assert {name.split(":")[0] for name in PATTERNS} >= {
        "scanner.references.phrases",
        "scanner.prices.roles",
        "scanner.parsing.feed_parser",
    }


def test_a_function_makes_no_expression() -> None:
    """One that is put together while the scanner runs could not be found, nor tried."""
    made = [ast.unparse(call) for module in modules() for call in calls_of_re(module) if not isinstance(call.args[0], ast.Constant)]
    assert made == []


@pytest.mark.parametrize("pattern", [pytest.param(pattern, id=name) for name, pattern in PATTERNS.items()])
def test_an_expression_costs_as_much_as_its_input_is_long(pattern: re.Pattern[str]) -> None:
    assert [made(60) for made in worst_inputs(pattern) if is_slow(pattern, made)] == []


@pytest.mark.parametrize("shape", [r"(?:a|aa)+$", r"\s*\s*x", r"\s+$", r"(\w+\s?)*!", r"a.*b.*c", r"\d[\d,]*€"])
def test_what_is_worse_is_told(shape: str) -> None:
    pattern = re.compile(shape)
    assert any(is_slow(pattern, made) for made in worst_inputs(pattern))


@pytest.mark.parametrize(
    "piece", [*PLAIN, "$1 - ", "1 111 ", "1,111", "was $1 ", "($1", "from $1 to ", "used ", "with a ", "~~$1", "for 3 ", "]["]
)
@pytest.mark.parametrize(
    "read",
    [
        lambda text: extract("Acme", text),
        lambda text: extract(text, ""),
        product_title,
        product_description,
        product_key,
        lambda text: read_by_rules(Offer("Acme", text, 100.0)),
    ],
    ids=["text", "title", "product_title", "product_description", "product_key", "references"],
)
def test_a_deal_costs_as_much_as_it_is_long(read: Callable[[str], object], piece: str) -> None:
    assert not grows_faster(read, (piece * 625)[:625], (piece * 10_000)[:10_000])
