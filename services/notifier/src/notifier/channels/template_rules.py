"""What a template may use: parts of Jinja2's language, filters, tests and attributes; all else is refused, with its line. Pure."""

from jinja2 import nodes

from notifier.channels.facts import Fault, TemplateFaultError

MOST_ROUNDS = 20  # of one loop
DEEPEST = 2  # loops in each other
MOST_LOOPS = 10
MOST_NESTED = 40  # parts of an expression in each other
FILTERS = frozenset(
    [
        "abs",
        "capitalize",
        "count",
        "default",
        "d",
        "first",
        "float",
        "int",
        "join",
        "last",
        "length",
        "lower",
        "max",
        "min",
        "round",
        "sort",
        "title",
        "trim",
        "truncate",
        "upper",
    ]
)
TESTS = frozenset(
    [
        "defined",
        "undefined",
        "none",
        "number",
        "string",
        "odd",
        "even",
        "divisibleby",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "in",
        "true",
        "false",
    ]
)
_ATTRIBUTES = frozenset(["lowest", "usual", "is_lowest", "price", "unit", "index", "first", "last"])
_NODES: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.For,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Pos,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Concat,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Filter,
    nodes.Test,
    nodes.Call,
    nodes.Tuple,
    nodes.List,
    nodes.Keyword,
)


def check_nodes(tree: nodes.Template) -> None:
    """TemplateFaultError for what is not for templates."""
    loops, called = 0, set[int]()
    waiting: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
    while waiting:
        node, depth, nested = waiting.pop()
        called |= {id(node.node)} if isinstance(node, nodes.Call) else set()
        if why := _refusal(node, is_called=id(node) in called):
            raise TemplateFaultError(Fault(node.lineno or 1, why))
        if isinstance(node, nodes.For):
            depth, loops = depth + 1, loops + 1
        if depth > DEEPEST or loops > MOST_LOOPS:
            raise TemplateFaultError(Fault(node.lineno, f"there may be {MOST_LOOPS} loops, {DEEPEST} in each other"))
        if nested > MOST_NESTED:
            raise TemplateFaultError(Fault(node.lineno, "it is nested too deep"))
        waiting += [(each, depth, nested + 1) for each in node.iter_child_nodes()]


def _refusal(node: nodes.Node, *, is_called: bool) -> str:
    """Why this is not for templates; nothing where it is."""
    if not isinstance(node, _NODES):
        return f"{type(node).__name__.lower()} is not for templates"
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        return f"there is no filter {node.name!r}: {', '.join(sorted(FILTERS))}"
    if isinstance(node, nodes.For) and (node.recursive or node.test or not _is_short(node.iter)):
        return "a loop goes over rules or a range of numbers"
    return _refusal_of_name(node, is_called)


def _refusal_of_name(node: nodes.Node, is_called: bool) -> str:
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        return f"there is no test {node.name!r}"
    if isinstance(node, nodes.Call) and not (isinstance(node.node, nodes.Name) and node.node.name == "range"):
        return "nothing can be called but range"
    if isinstance(node, nodes.Getattr) and node.attr not in _ATTRIBUTES:
        return f"there is no .{node.attr}: {', '.join(sorted(_ATTRIBUTES))}"
    if isinstance(node, nodes.Getitem) and not (isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, int)):
        return "a place in a list is a number"
    is_hidden = isinstance(node, nodes.Name) and (node.name.startswith("_") or node.name in ("self", "range"))
    return "that is not for templates" if is_hidden and not is_called else ""


def _is_short(iterated: nodes.Node) -> bool:
    """Whether no loop over it is long: one over text would have a round for each letter."""
    if isinstance(iterated, nodes.Call):
        return True
    return isinstance(iterated, nodes.Name) and iterated.name == "rules"
