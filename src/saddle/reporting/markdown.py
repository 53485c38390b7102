"""Tables in Markdown, and text of others in them, which stays in its cell and is shown as it is."""

import re
from collections.abc import Iterable, Sequence

from saddle.errors import shortened

ABSENT = "–"  # a cell without a value
LONGEST = 300  # characters: what is longer tells a reader no more
SPECIAL = re.compile(r"[\\`*_\[\]<>|~&@!#$:]")  # what has a meaning within a line of Markdown, or of a table


def code(text: str) -> str:
    """`text` on one line as code, also within a table. What is in code is no link and no mention."""
    line = shortened(text, LONGEST) or " "
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    space = " " if "`" in line else ""
    return f"{fence}{space}{line}{space}{fence}".replace("|", "\\|")


def words(text: str) -> str:
    """`text` on one line as plain words, also within a table or HTML: nothing in it is markup or a link."""
    return SPECIAL.sub(lambda found: f"&#{ord(found[0])};", shortened(text, LONGEST))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table; the columns `numbers` are aligned to the right."""
    rule = ["---:" if place in numbers else "---" for place in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))
