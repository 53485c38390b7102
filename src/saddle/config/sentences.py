"""What pydantic finds wrong, as one line that names the key, the value and what is allowed."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from saddle.config.section import Section
from saddle.errors import UserError, shown

S = TypeVar("S", bound=Section)


def checked(section: type[S], content: object, owner: object) -> S:
    """`content` as settings of that class. Raises `UserError`, which begins with `owner`."""
    try:
        return section.model_validate(content)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise UserError(f"{owner}: {_sentence(problems[0])}{more}") from None


def _sentence(problem: Any) -> str:
    """One problem of pydantic's as a sentence: the key's full name, the value, what is allowed."""
    key = _key(problem["loc"])
    value, context = shown(problem["input"]), problem.get("ctx", {})
    match problem["type"]:
        case "literal_error" if problem["loc"][-1:] == ("[key]",):
            return f"{key} has the name {value}; allowed: {_listed(context['expected'])}"
        case _ if problem["loc"][-1:] == ("[key]",):
            return f"{key} has the name {value}; allowed: a small letter, then small letters, digits, _ and -"
        case "missing":
            return f"{key} is missing"
        case "extra_forbidden":
            return f"{key} is not a known key"
        case "literal_error":
            return f"{key} is {value}; allowed: {_listed(context['expected'])}"
        case "union_tag_invalid":
            return f"{key}.kind is {shown(context['tag'])}; allowed: {_listed(context['expected_tags'])}"
        case "union_tag_not_found":
            return f"{key}.kind is missing"
        case "string_pattern_mismatch" if "layers" in problem["loc"]:
            return f"{key} is {value}; allowed: all, or layers and ranges of them such as 0-1,3"
        case "string_pattern_mismatch" if key == "device":
            return f"device is {value}; allowed: auto, cpu, cuda, cuda:N, mps"
        case "value_error":
            return f"{key}: {context['error']}" if problem["loc"] else str(context["error"])
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"{key} is {value}; it must be a mapping of settings"
        case _:
            allowed = problem["msg"].replace("Input should", "it should").replace("List should", "it should")
            return f"{key} is {value}; {allowed}"


def _listed(expected: str) -> str:
    """What pydantic writes as "'a', 'b' or 'c'", as a plain list."""
    return expected.replace(" or ", ", ").replace("'", "")


def _key(location: Sequence[int | str]) -> str:
    """`("points", "variants", 0)` -> `points.variants[0]`, without the tags that pydantic adds to union members."""
    name, before = "", None
    if location and location[-1] == "[key]":
        location = location[:-2]  # a bad name of a mapping's own: the name and this mark
    for part in location:
        # A variant may be called as a union's key is; what follows its name is no tag. A data set's name is one.
        is_tag = before in ("constraint", "networks") and part != "kind"
        if isinstance(part, int):
            name += f"[{part}]"
        elif not is_tag:
            name += f".{part}" if name else part
        before = None if is_tag or before == "variants" else "networks" if before == "datasets" else part
    return name or "the file"
