"""Tables in Markdown, and text of others in them: whatever it is, it stays in its place and is shown word for word.

A name or a value that comes from a file may hold what Markdown, HTML or GitHub gives a meaning: bars, backticks, tags,
links, mentions. None of it may leave its cell, become a link, or call on anybody.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape

from saddle.errors import shortened

# Characters: what is longer tells a reader no more.
LONGEST = 300
# What has a meaning within a line of Markdown, or of a table.
SPECIAL = re.compile(r"[\\`*_\[\]<>|~&@!#$:]")
# Behind the sign of a mention: it is looked for in the text that is shown, whatever that was written as.
NO_MENTION = "\N{ZERO WIDTH SPACE}"


def code(text: str) -> str:
    """`text` word for word, on one line, as code, also within a table. What is in code is no link and no mention."""
    line = shortened(text, LONGEST)
    # A backslash before a bar would undo the one that keeps the bar from ending the cell; nothing at all is no code.
    if "\\|" in line or not line or line.endswith("\\"):
        return f"<code>{_entities(line)}</code>"
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    space = " " if "`" in line else ""
    return f"{fence}{space}{line}{space}{fence}".replace("|", "\\|")


def words(text: str) -> str:
    """`text` on one line as plain words, also within a table: nothing in it is markup, a link or a mention."""
    return _entities(shortened(text, LONGEST)).replace("&#64;", f"&#64;{NO_MENTION}")


def html(text: str) -> str:
    """`text` on one line as code in a block of HTML, in which Markdown has no say."""
    return f"<code>{escape(shortened(text, LONGEST))}</code>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table; the columns `numbers` are aligned to the right."""
    rule = ["---:" if place in numbers else "---" for place in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _entities(line: str) -> str:
    """Each special character by its number, which neither Markdown nor HTML takes for more than the character."""
    return SPECIAL.sub(lambda found: f"&#{ord(found[0])};", line)
