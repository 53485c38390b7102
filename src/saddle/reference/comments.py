"""The comments of a YAML file, by the keys that they are about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode

Key = tuple[str, ...]

# What a comment says of a key further down: "  critic_steps: updates of the discriminator for one of the generator".
ABOUT_ANOTHER = re.compile(r"\s{2,}(\w+): (.*)")
# What comes before a comment: text without #, quoted text, or a # that stands within a word.
BEFORE = re.compile(r"""(?:[^#'"]|'[^']*'|"[^"]*"|(?<=\S)\#)*""")


@dataclass
class Comments:
    """The comments of a file.

    keys: those that have a line of their own. own: of a key, what stands right above it and beside it, as one line.
    further: of a key, what the comment above it says of keys within it, by their names.
    """

    keys: frozenset[Key]
    own: dict[Key, str] = field(default_factory=dict)
    further: dict[Key, dict[str, str]] = field(default_factory=dict)

    def of(self, key: Key) -> str:
        """What the file says of `key`; empty if nothing."""
        if key in self.own:
            return self.own[key]
        above = (self.further[key[:end]] for end in range(len(key)) if key[:end] in self.further)
        return next((names[key[-1]] for names in above if key[-1] in names), "")


def comments_of(text: str) -> Comments:
    """The comments of a YAML document of block mappings.

    A comment belongs to a key if it stands beside it, goes on below that (indented further than what follows), or
    stands right above it at the same indentation. One that a blank line follows belongs to none.
    """
    keys = dict(_keys(YAML(typ="safe", pure=True).compose(text), ()))
    comments, above, last = Comments(frozenset(keys.values())), list[str](), None
    lines = text.splitlines()
    for number, line in enumerate(lines):
        before = BEFORE.match(line)
        code = line[: before.end()] if before else line
        comment = line[len(code) + 1 :].rstrip().removeprefix(" ")
        if not line.strip():
            above, last = [], None
        elif not code.strip():
            if last is not None and len(code) > _indentation(lines[number + 1 :]):
                comments.own[last] = _joined([comments.own[last], comment])
            else:
                above.append(comment)
        elif number in keys:
            last = keys[number]
            _take(comments, last, above, comment)
            above = []
    return comments


def _take(comments: Comments, key: Key, above: list[str], beside: str) -> None:
    """Enter the lines above a key, and what is beside it."""
    plain, further = list[str](), dict[str, str]()
    for line in above:
        about = ABOUT_ANOTHER.fullmatch(line)
        if about:
            further[about[1]] = about[2]
        else:
            plain.append(line)
    if further:
        comments.further[key] = further
    if said := _joined([*plain, beside]):
        comments.own[key] = said


def _joined(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())


def _indentation(lines: list[str]) -> int:
    """How far the next line that is no comment is indented."""
    following = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    return len(following) - len(following.lstrip())


def _keys(node: Any, within: Key) -> Iterator[tuple[int, Key]]:
    """The keys of a mapping that has a line for each, by these lines."""
    if isinstance(node, MappingNode) and not node.flow_style:
        for key, value in node.value:
            path = (*within, str(key.value))
            yield key.start_mark.line, path
            yield from _keys(value, path)
