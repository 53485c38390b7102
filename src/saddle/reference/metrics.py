"""The page of all metrics: formulas, docstrings, and known answers that the tests hold them to."""

import ast
import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from latex2mathml.converter import convert

import saddle
from saddle.reference.prose import inline, paragraphs, table
from saddle.reporting.directions import direction_of

PACKAGE = Path(saddle.__file__).parent
INTRODUCTION = """# Metrics

Every figure in `metrics/`: its formula, what the docstring of the code says of it, and cases whose value can be worked
out by hand, to which the tests hold the code. Arrows tell which way is better; a figure without one is neither.

In the formulas *x* are real samples, *n* of them, and *y* are generated ones, *m* of them."""


@dataclass(frozen=True)
class KnownAnswer:
    """A case of which the metric's value is known.

    says: the case, in words. expression: Python that computes it, with the names of the metric's module, NumPy as `np`
    and PyTorch as `torch`. value: what it must give, up to rounding.
    """

    says: str
    expression: str
    value: float


@dataclass(frozen=True)
class Metric:
    """Figures of metrics/, and where they are computed.

    names: of the figure, or of several that one function gives. module, function: what computes it; a class's method as
    `Class.method`. formula: in LaTeX, one a line; empty for none. answers: cases of which the value is known.
    """

    names: Sequence[str]
    module: str
    function: str
    formula: str
    answers: Sequence[KnownAnswer] = ()


@dataclass(frozen=True)
class Group:
    """The metrics of one kind of data, under a heading."""

    title: str
    introduction: str
    metrics: Sequence[Metric]


def metrics_page(groups: Iterable[Group]) -> str:
    """The page in Markdown."""
    parts = [INTRODUCTION]
    for group in groups:
        parts += [f"## {group.title}", group.introduction, *map(_entry, group.metrics)]
    return "\n\n".join(parts) + "\n"


def _entry(metric: Metric) -> str:
    names = ", ".join(f"`{name}`{_sign(name)}" for name in metric.names)
    parts = [f"### {names} {{ #{metric.names[0].replace(' ', '-')} }}"]
    parts += [f'<div class="formula">{convert(line, display="block")}</div>' for line in metric.formula.splitlines()]
    parts.append(paragraphs(docstring(metric.module, metric.function)))
    if metric.answers:
        rows = [
            [inline(answer.says), f"<code>{escape(answer.expression)}</code>", f"{answer.value:.6g}"]
            for answer in metric.answers
        ]
        parts.append(table(("known answer", "in Python", "value"), rows))
    parts.append(f'<p class="source"><code>{metric.module}.{metric.function}</code></p>')
    return "\n\n".join(parts)


def _sign(name: str) -> str:
    direction = direction_of(name)
    return f" {direction.sign}" if direction else ""


def docstring(module: str, function: str) -> str:
    """The docstring of a function, read and not imported. Raises `KeyError` if there is none of that name."""
    path = PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")
    node: ast.Module | ast.FunctionDef | ast.ClassDef = ast.parse(path.read_text(encoding="utf-8"))
    for name in function.split("."):
        inside = {part.name: part for part in node.body if isinstance(part, ast.FunctionDef | ast.ClassDef)}
        node = inside[name]
    return inspect.cleandoc(ast.get_docstring(node) or "")
