"""The site's own templates as JavaScript, so that an exported page says and shows what the site does.

A template is read by Jinja, and each part of it becomes a line of JavaScript; ``course/player/template.js`` holds what
the lines call. Whatever has no counterpart stops the export, so a template can't come to mean two things.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, nodes

__all__ = ["Compiled", "NotTranslatable", "compile_templates"]

FILTERS = frozenset(
    {"first", "join", "length", "list", "map", "prose", "prose_line", "safe", "select", "selectattr", "sum", "trim"}
)
TESTS = frozenset({"defined", "none", "odd"})
OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
COMPARISONS = {"gt": ">", "gteq": ">=", "lt": "<", "lteq": "<="}
TEXT_FUNCTIONS = {"_": 1, "gettext": 1, "ngettext": 2}


class NotTranslatable(Exception):
    """A template uses what the player doesn't have."""


@dataclass(frozen=True)
class Compiled:
    """``messages``: what the templates say, ``(text,)`` or ``(one, many)``."""

    script: str
    messages: frozenset[tuple[str, ...]]


def compile_templates(folder: Path, roots: Sequence[str], instead: Mapping[str, str]) -> Compiled:
    """The roots and all that they use.

    :param instead: template -> the one that takes its place in a package.
    :raises NotTranslatable: with the template and the line.
    """
    environment = Environment(  # trim_blocks and lstrip_blocks as the site has them
        loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    loader = environment.loader
    assert loader
    found: dict[str, str] = {}
    messages: set[tuple[str, ...]] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        source, _, _ = loader.get_source(environment, instead.get(name, name))
        writer = _Writer(name, sorted(environment.list_templates()))
        found[name] = writer.template(environment.parse(source, name))
        messages |= writer.messages
        waiting += writer.used
    lines = [f"T[{_text(name)}] = {found[name]};" for name in sorted(found)]
    return Compiled("\n".join(lines) + "\n", frozenset(messages))


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


class _Writer:
    """Names live in ``c``: a scope is an object whose prototype is the scope around it. Output is gathered in ``o``."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.known = known
        self.used: list[str] = []
        self.messages: set[tuple[str, ...]] = set()

    def template(self, tree: nodes.Template) -> str:
        return f'(c) => {{ let o = "";\n{self.block(tree.body)}\nreturn o; }}'

    def fail(self, node: nodes.Node) -> NotTranslatable:
        return NotTranslatable(f"{self.name}:{node.lineno}: packages have no {type(node).__name__} here")

    def block(self, body: Sequence[nodes.Node]) -> str:
        return "\n".join(line for node in body for line in self.statement(node))

    def statement(self, node: nodes.Node) -> Iterator[str]:
        match node:
            case nodes.Output():
                yield from map(self.output, node.nodes)
            case nodes.If():
                yield f"if (t({self.value(node.test)})) {{\n{self.block(node.body)}\n}}"
                for other in node.elif_:
                    yield f"else if (t({self.value(other.test)})) {{\n{self.block(other.body)}\n}}"
                if node.else_:
                    yield f"else {{\n{self.block(node.else_)}\n}}"
            case nodes.For(recursive=False):
                take = f"(c, v) => {{ {self.target(node.target)} = v; }}"
                test = f"(c) => ({self.value(node.test)})" if node.test else "null"
                yield f"each(c, {self.value(node.iter)}, {take}, {test}, (c) => {{"
                yield f"{self.block(node.body)}\n}}, () => {{\n{self.block(node.else_)}\n}});"
            case nodes.Assign():
                yield f"{self.target(node.target)} = {self.value(node.node)};"
            case nodes.Macro():
                yield self.macro(node)
            case nodes.Import():
                yield f"c.{node.target} = imported(c, {self.template_name(node.template)});"
            case nodes.FromImport():
                yield f"{{ const m = imported(c, {self.template_name(node.template)});"
                for one in node.names:
                    name, alias = one if isinstance(one, tuple) else (one, one)
                    yield f"c.{alias} = m.{name};"
                yield "}"
            case nodes.Include(ignore_missing=False):
                yield f"o += included(c, {self.template_name(node.template)});"
            case _:
                raise self.fail(node)

    def output(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.TemplateData):
            return f"o += {_text(node.data)};"
        assert isinstance(node, nodes.Expr)
        return f"o += e({self.value(node)});"

    def macro(self, node: nodes.Macro) -> str:
        names = [argument.name for argument in node.args]
        offset = len(names) - len(node.defaults)
        defaults = ", ".join(
            f"{_text(names[offset + at])}: (c) => ({self.value(value)})" for at, value in enumerate(node.defaults)
        )
        body = f'(c) => {{ let o = "";\n{self.block(node.body)}\nreturn o; }}'
        return f"c.{node.name} = macro(c, {_text(names)}, {{{defaults}}}, {body});"

    def target(self, node: nodes.Node) -> str:
        match node:
            case nodes.Name():
                return f"c.{node.name}"
            case nodes.Tuple():
                return f"[{', '.join(map(self.target, node.items))}]"
        raise self.fail(node)

    def template_name(self, node: nodes.Expr) -> str:
        """A fixed name, or one put together around a kind: then all that fit are taken along."""
        if isinstance(node, nodes.Const):
            self.used.append(node.value)
        elif isinstance(node, nodes.Concat):
            first, last = node.nodes[0], node.nodes[-1]
            if not (isinstance(first, nodes.Const) and isinstance(last, nodes.Const)):
                raise self.fail(node)
            self.used += [name for name in self.known if name.startswith(first.value) and name.endswith(last.value)]
        else:
            raise self.fail(node)
        return self.value(node)

    def value(self, node: nodes.Node) -> str:
        match node:
            case nodes.Const():
                return _text(node.value)
            case nodes.Name():
                return f"c.{node.name}"
            case nodes.Getattr():
                return f"get({self.value(node.node)}, {_text(node.attr)})"
            case nodes.Getitem():
                return f"get({self.value(node.node)}, {self.value(node.arg)})"
            case nodes.Call():
                return self.call(node)
            case nodes.Filter():
                return self.filter(node)
            case nodes.Test():
                return self.test(node)
            case nodes.CondExpr():
                other = self.value(node.expr2) if node.expr2 else '""'
                return f"(t({self.value(node.test)}) ? {self.value(node.expr1)} : {other})"
            case nodes.Compare():
                return self.compare(node)
            case nodes.And():
                return f"and({self.value(node.left)}, () => ({self.value(node.right)}))"
            case nodes.Or():
                return f"or({self.value(node.left)}, () => ({self.value(node.right)}))"
            case nodes.Not():
                return f"!t({self.value(node.node)})"
            case nodes.Concat():
                return f"joined([{', '.join(map(self.value, node.nodes))}])"
            case nodes.Mod():
                return f"modulo({self.value(node.left)}, {self.value(node.right)})"
            case nodes.BinExpr() if node.operator and type(node).__name__.lower() in OPERATORS:
                sign = OPERATORS[type(node).__name__.lower()]
                return f"({self.value(node.left)} {sign} {self.value(node.right)})"
            case nodes.Neg():
                return f"-({self.value(node.node)})"
            case nodes.List() | nodes.Tuple():
                return f"[{', '.join(map(self.value, node.items))}]"
            case nodes.Dict():
                pairs = (f"[{self.value(pair.key)}]: {self.value(pair.value)}" for pair in node.items)
                return f"{{{', '.join(pairs)}}}"
        raise self.fail(node)

    def call(self, node: nodes.Call) -> str:
        if node.dyn_args or node.dyn_kwargs:
            raise self.fail(node)
        arguments = [self.value(argument) for argument in node.args]
        if node.kwargs:
            pairs = ", ".join(f"{_text(one.key)}: {self.value(one.value)}" for one in node.kwargs)
            arguments.append(f"new Kw({{{pairs}}})")
        if isinstance(node.node, nodes.Getattr):
            owner = node.node
            return f"method({self.value(owner.node)}, {_text(owner.attr)}, [{', '.join(arguments)}])"
        if isinstance(node.node, nodes.Name) and (count := TEXT_FUNCTIONS.get(node.node.name)):
            said = node.args[:count]
            if not all(isinstance(one, nodes.Const) for one in said):
                raise self.fail(node)
            self.messages.add(tuple(one.value for one in said if isinstance(one, nodes.Const)))
        return f"{self.value(node.node)}({', '.join(arguments)})"

    def filter(self, node: nodes.Filter) -> str:
        if node.name not in FILTERS or node.node is None:
            raise NotTranslatable(f'{self.name}:{node.lineno}: packages have no filter "{node.name}"')
        arguments = [self.value(node.node), *map(self.value, node.args)]
        if node.kwargs:
            pairs = ", ".join(f"{_text(one.key)}: {self.value(one.value)}" for one in node.kwargs)
            arguments.append(f"new Kw({{{pairs}}})")
        return f"F.{node.name}({', '.join(arguments)})"

    def test(self, node: nodes.Test) -> str:
        if node.name not in TESTS:
            raise NotTranslatable(f'{self.name}:{node.lineno}: packages have no test "{node.name}"')
        value = self.value(node.node)
        return {"none": f"({value} == null)", "odd": f"({value} % 2 === 1)", "defined": f"({value} !== undefined)"}[
            node.name
        ]

    def compare(self, node: nodes.Compare) -> str:
        if len(node.ops) != 1:
            raise self.fail(node)
        left, operand = self.value(node.expr), node.ops[0]
        right = self.value(operand.expr)
        match operand.op:
            case "eq":
                return f"same({left}, {right})"
            case "ne":
                return f"!same({left}, {right})"
            case "in":
                return f"has({right}, {left})"
            case "notin":
                return f"!has({right}, {left})"
            case sign if sign in COMPARISONS:
                return f"({left} {COMPARISONS[sign]} {right})"
        raise self.fail(node)
