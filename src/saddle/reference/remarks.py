"""What is said of settings: in the docstrings of their classes, and in comments of several keys together."""

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from saddle.config import Section
from saddle.reference.comments import Key

# What the docstring of a class says of its settings: "lr, b1, b2: of both networks' optimizers; ..."
ABOUT = re.compile(r"(?:^|(?<=\. ))((?:\w+, )*\w+): ")


def docstring_parts(section: type[Section]) -> tuple[str, dict[str, str]]:
    """What the docstring of a class of settings says of the class, and of each setting, those of its bases included."""
    of_settings: dict[str, str] = {}
    for base in reversed([base for base in section.__mro__ if issubclass(base, Section)]):
        summary, _, text = inspect.cleandoc(base.__doc__ or "").partition("\n\n")
        text = " ".join(text.split())
        found = [match for match in ABOUT.finditer(text) if set(match[1].split(", ")) <= base.model_fields.keys()]
        starts = [*(match.start() for match in found), len(text)]
        for match, end in zip(found, starts[1:], strict=True):
            of_settings.update(dict.fromkeys(match[1].split(", "), text[match.end() : end].strip()))
    return " ".join(f"{summary} {text[: starts[0]]}".split()), of_settings


def section_classes(base: type[Section] = Section) -> dict[str, type[Section]]:
    """All classes of settings by name."""
    found: dict[str, type[Section]] = {}
    for section in base.__subclasses__():
        found |= {section.__name__: section, **section_classes(section)}
    return found


class Remark(NamedTuple):
    """What comments say of a setting. holds_for_all: of all places where it is, or only of those that are named."""

    text: str
    holds_for_all: bool


def together(said: Mapping[Key, str]) -> Remark:
    """A remark as it is if all keys have it; else each with the parts of its key in which that differs from others."""
    if len(set(said.values())) == 1:
        return Remark(next(iter(said.values())), True)
    return Remark("\n".join(f"{name}: {said[key]}" for key, name in differing(said).items() if said[key]), False)


def differing(keys: Iterable[Key]) -> dict[Key, str]:
    """The parts of each key in which it differs from the others."""
    keys = list(keys)
    places = [place for place, parts in enumerate(zip(*keys, strict=False)) if len(set(parts)) > 1]
    return {key: ".".join(key[place] for place in places) for key in keys}
