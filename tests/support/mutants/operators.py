"""Changes to a module's syntax tree, each at one place: what `mutants` tries."""

import ast
import copy
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_REMOVED = (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Continue, ast.Break, ast.Delete)

Change = Callable[[ast.AST], ast.AST]


@dataclass(frozen=True)
class Mutant:
    """One change of one node, found again in a fresh tree by its place in the walk."""

    index: int
    line: int
    what: str
    change: Change

    def applied(self, source: str) -> ast.Module:
        """Give the module's tree with this change."""
        tree = ast.parse(source)
        target = list(ast.walk(tree))[self.index]

        class Swap(ast.NodeTransformer):
            def visit(inner, node: ast.AST) -> ast.AST:  # noqa: N805 - `self` is the mutant
                return self.change(node) if node is target else inner.generic_visit(node)

        return ast.fix_missing_locations(Swap().visit(tree))


def mutants(source: str) -> list[Mutant]:
    """Give every change of a module.

    Left alone, as no behaviour depends on it: annotations, docstrings, `__all__`, imports,
    decorators, log lines, and what only a type checker reads.
    """
    tree = ast.parse(source)
    left = set(_left_alone(tree))
    members = _members(tree)
    found = [
        Mutant(index, node.lineno, f"{what}: {_shown(node)}", change)
        for index, node in enumerate(ast.walk(tree))
        if id(node) not in left and isinstance(node, ast.expr | ast.stmt)
        for what, change in _changes(node, members)
    ]
    return sorted(found, key=lambda item: item.line)


def _shown(node: ast.AST) -> str:
    words = " ".join(ast.unparse(node).split())
    return words if len(words) <= 70 else words[:67] + "…"


def _left_alone(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        for root in _without_behaviour(node):
            yield from (id(inner) for inner in ast.walk(root))


def _without_behaviour(node: ast.AST) -> Sequence[ast.AST]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return [*node.decorator_list, *([node.returns] if node.returns else ())]
        case ast.ClassDef():
            return [*node.decorator_list, *node.bases]
        case ast.arg() | ast.AnnAssign():
            return [node.annotation] if node.annotation else ()
        case ast.JoinedStr():
            return [value for value in node.values if isinstance(value, ast.Constant)]
        case (
            ast.Import()
            | ast.ImportFrom()
            | ast.Expr(value=ast.Constant())
            | ast.If(test=ast.Name(id="TYPE_CHECKING"))
            | ast.Assign(targets=[ast.Name(id="__all__" | "logger")])
            | ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="logger"))))
        ):
            return [node]
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript()) if name[0].isupper():
            return [node]  # a name for a type
    return ()


def _members(tree: ast.Module) -> dict[str, list[str]]:
    """Give the members that the module names of each enumeration, such as `State.CLOSED`."""
    found = defaultdict(set)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name)) if name[0].isupper():
                if node.attr.isupper():
                    found[name].add(node.attr)
    return {name: sorted(members) for name, members in found.items() if len(members) > 1}


def _changes(node: ast.AST, members: dict[str, list[str]]) -> Iterator[tuple[str, Change]]:
    yield from _of_operators(node)
    yield from _of_values(node, members)
    yield from _of_parts(node)


def _of_operators(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.Compare(ops=[operator]):
            for other in _COMPARE.get(type(operator), ()):
                yield other.__name__, _set(ops=[other()])
        case ast.BinOp(op=operator) if type(operator) in _BINARY:
            binary = _BINARY[type(operator)]
            yield binary.__name__, _set(op=binary())
        case ast.BoolOp():
            boolean = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield type(boolean).__name__, _set(op=boolean)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield "without the sign", lambda node: node.operand
        case ast.If() | ast.While() | ast.IfExp():
            yield "condition turned", _negated


def _of_values(node: ast.AST, members: dict[str, list[str]]) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.Constant(value=bool()):
            yield "other truth", lambda node: ast.Constant(not node.value)
        case ast.Constant(value=int() | float()):
            yield "one more", lambda node: ast.Constant(node.value + 1)
        case ast.Constant(value=str()):
            yield "other text", lambda node: ast.Constant(f"XX{node.value}XX")
        case ast.Return(value=ast.expr() as value) if not _none(value):
            yield "returns None", _set(value=ast.Constant(None))
        case ast.Attribute(value=ast.Name(id=name), attr=member):
            named = members.get(name, [])
            if member in named:
                other = named[(named.index(member) + 1) % len(named)]
                yield f"{name}.{other}", _set(attr=other)


def _of_parts(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.Set(elts=elements) if len(elements) > 1:
            for at in range(len(elements)):
                yield f"without element {at + 1}", _without("elts", at)
        case ast.Call():
            for at, word in enumerate(node.keywords):
                if word.arg is not None:
                    yield f"without {word.arg}=", _without("keywords", at)
            if len(node.args) > 1:
                yield "without the last argument", _without("args", len(node.args) - 1)
    if isinstance(node, _REMOVED):
        yield "removed", lambda _node: ast.Pass()


def _none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _set(**fields: object) -> Change:
    def change(node: ast.AST) -> ast.AST:
        changed = copy.copy(node)
        for name, value in fields.items():
            setattr(changed, name, value)
        return changed

    return change


def _without(field: str, at: int) -> Change:
    def change(node: ast.AST) -> ast.AST:
        values = [item for index, item in enumerate(getattr(node, field)) if index != at]
        return _set(**{field: values})(node)

    return change


def _negated(node: ast.AST) -> ast.AST:
    return _set(test=ast.UnaryOp(ast.Not(), node.test))(node)
