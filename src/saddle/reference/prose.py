"""Texts of the project, such as docstrings and comments, as HTML: every sign in them is shown as it is."""

import re
from collections.abc import Iterable, Sequence
from html import escape

CODE = re.compile(r"`([^`]+)`")
ITEM = "- "


def inline(text: str) -> str:
    """A text on one line, with what is between backticks as code; each line of it after a break."""
    return "<br>".join(CODE.sub(r"<code>\1</code>", escape(line, quote=False)) for line in text.splitlines())


def paragraphs(text: str) -> str:
    """A docstring: paragraphs, and lists of lines that begin with a dash, whose items may have several lines."""
    return "\n".join(map(_paragraph, re.split(r"\n\s*\n", text.strip())))


def _paragraph(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    first = next((place for place, line in enumerate(lines) if line.startswith(ITEM)), len(lines))
    items = " ".join(lines[first:]).removeprefix(ITEM).split(f" {ITEM}") if first < len(lines) else []
    before = f"<p>{inline(' '.join(lines[:first]))}</p>" if first else ""
    return before + (f"<ul>{''.join(f'<li>{inline(item)}</li>' for item in items)}</ul>" if items else "")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML."""
    lines = [_row("th", head), *(_row("td", row) for row in rows)]
    return f"<table>\n<thead>{lines[0]}</thead>\n<tbody>\n{chr(10).join(lines[1:])}\n</tbody>\n</table>"


def _row(kind: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{kind}>{cell}</{kind}>' for cell in cells)}</tr>"
