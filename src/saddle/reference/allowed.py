"""What a part of the JSON schema allows, in words."""

from saddle.reference.settings import DEFINITIONS, Schema

# The lowest and the highest number that the schema allows, and the words for it.
LOWEST = {"minimum": "at least {}", "exclusiveMinimum": "above {}"}
HIGHEST = {"maximum": "at most {}", "exclusiveMaximum": "below {}"}
PLAIN = {
    "boolean": "`true`, `false`",
    "integer": "whole number",
    "null": "`null`",
    "number": "number",
    "object": "mapping",
    "string": "text",
}


def allowed(node: Schema) -> str:
    """What values `node` describes; of a section its name."""
    if "$ref" in node:
        return f"section `{node['$ref'].removeprefix(DEFINITIONS)}`"
    for several in ("anyOf", "oneOf"):
        if several in node:
            return ", or ".join(allowed(part) for part in node[several])
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if "const" in node:
        return f"`{node['const']}`"
    if "patternProperties" in node:
        (part,) = node["patternProperties"].values()
        return f"by name: {allowed(part)}"
    kind = node["type"]
    if kind == "array":
        return f"{_count(node)}{allowed(node['items'])}"
    if kind == "string" and "pattern" in node:
        return f"text like `{node['pattern']}`"
    ends = [words.format(node[name]) for name, words in {**LOWEST, **HIGHEST}.items() if name in node]
    return ", ".join([PLAIN[kind], *ends])


def _count(node: Schema) -> str:
    least, most = node.get("minItems", 0), node.get("maxItems")
    if least == most:
        return f"list of {least}, each: "
    return f"list of at least {least}, each: " if least > 1 else "list, each: "
