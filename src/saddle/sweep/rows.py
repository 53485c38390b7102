"""Which runs a sweep consists of: every combination of the values that its settings are given, and of the seeds."""

import copy
import difflib
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saddle.config import Settings, settings_of
from saddle.config.settings import parse_yaml, read_yaml
from saddle.errors import UserError, shown
from saddle.sweep.runs import beside_others

MOST_ROWS = 100_000
THREADS = "points.threads"


@dataclass(frozen=True)
class Row:
    """One run. changes: the settings that the sweep varies, by key, as typed. settings: all of them, with its seed."""

    variant: str
    seed: int
    changes: dict[str, str]
    settings: Settings

    @property
    def experiment(self) -> str:
        """ "points" or "images"."""
        return "points" if self.variant in self.settings.points.chosen_recipe().variants else "images"

    @property
    def threads(self) -> int | None:
        """How many threads of the CPU it trains with; None for one a core."""
        if self.experiment == "points":
            return self.settings.points.threads
        return self.settings.images.variant(self.variant).threads

    @property
    def name(self) -> str:
        """As messages call it."""
        return " ".join([self.variant, *(f"{key}={value}" for key, value in self.changes.items()), f"seed={self.seed}"])


def rows_of(path: Path, variants: Sequence[str], changes: Sequence[str], seeds: str | None) -> list[Row]:
    """All rows, in the order of the table: by variant, by the values in the order in which they are given, by seed.

    path: of params.yaml. changes: such as "optimizer=adam,sgd", as DVC's -S takes them; a value with commas of its own
    is in brackets or quotes. seeds: such as "0:10" or "0,3,5"; None for the one of params.yaml. Raises `UserError` for
    a variant or key that is not there, and for a value that is not allowed.
    """
    content = read_yaml(path)
    choices = [_choice(content, change) for change in changes]
    keys = [key for key, _ in choices]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise UserError(f"-S {twice} is given twice; give all its values at once: -S {twice}=a,b")
    if "seed" in keys:
        raise UserError("-S seed: give seeds by --seeds, such as --seeds 0:10")
    if "devices" in keys:
        raise UserError("-S devices: a run of a sweep is on one device, as the runs are beside each other")
    numbers = [None] if seeds is None else _seeds(seeds)
    count = len(variants) * len(numbers)
    for _, values in choices:
        count *= len(values)
    if count > MOST_ROWS:
        raise UserError(f"the sweep would have {count:,} runs; allowed: at most {MOST_ROWS:,}")
    rows = []
    for combination in itertools.product(*(values for _, values in choices)):
        changed = dict(zip(keys, combination, strict=True))
        own = copy.deepcopy(content)
        for key, text in changed.items():
            _set(own, key, _value(key, text))
        where = " ".join([str(path), *(f"{key}={text}" for key, text in changed.items())])
        settings = settings_of(own, where)
        settings = settings if {"points", THREADS} & set(keys) else beside_others(settings)
        rows += [_row(settings, variant, seed, changed) for variant in variants for seed in numbers]
    if len({row.experiment for row in rows}) > 1:
        raise UserError(f"{', '.join(variants)}: some are variants of points and some of images; sweep them one by one")
    return sorted(rows, key=lambda row: variants.index(row.variant))


def _row(settings: Settings, variant: str, seed: int | None, changes: dict[str, str]) -> Row:
    known = [*settings.points.chosen_recipe().variants, *settings.images.variants]
    if variant not in known:
        raise UserError(f"{shown(variant)} is no variant of params.yaml; allowed: {', '.join(known)}")
    own: dict[str, Any] = {"devices": 1, "seed": settings.seed if seed is None else seed}
    return Row(variant, own["seed"], changes, settings.model_copy(update=own))


def _choice(content: Any, change: str) -> tuple[str, list[str]]:
    key, equals, text = change.partition("=")
    if not equals or not key.strip():
        raise UserError(f"-S {shown(change)}; it must be KEY=VALUE or KEY=VALUE,VALUE")
    key = key.strip()
    _get(content, key)
    values = [value.strip() for value in _split(text)]
    if len(set(values)) < len(values):
        raise UserError(f"-S {key}: {shown(text)} has a value twice")
    return key, values


def _split(text: str) -> list[str]:
    """At the commas that are in no bracket and no quotes."""
    parts, depth, quote = [""], 0, ""
    for mark in text:
        if mark == "," and depth == 0 and not quote:
            parts.append("")
            continue
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "\"'":
            quote = mark
        else:
            depth += (mark in "[{(") - (mark in "]})")
        parts[-1] += mark
    return parts


def _value(key: str, text: str) -> Any:
    return parse_yaml(text, f"-S {key}: {shown(text)} is ")


def _get(content: Any, key: str) -> Any:
    place = content
    for part in key.split("."):
        if not isinstance(place, dict) or part not in place:
            nearest = difflib.get_close_matches(key, _keys(content), 1)
            meant = f"; did you mean {nearest[0]}?" if nearest else ""
            raise UserError(f"-S {shown(key)[1:-1]}: params.yaml has no such key{meant}")
        place = place[part]
    return place


def _keys(content: Any, prefix: str = "") -> Iterator[str]:
    for name, value in content.items() if isinstance(content, dict) else ():
        yield f"{prefix}{name}"
        yield from _keys(value, f"{prefix}{name}.")


def _set(content: Any, key: str, value: Any) -> None:
    *parents, last = key.split(".")
    (_get(content, ".".join(parents)) if parents else content)[last] = value


def _seeds(text: str) -> list[int]:
    if match := re.fullmatch(r"(\d{1,10}):(\d{1,10})", text):
        first, end = int(match[1]), int(match[2])
        if first < end <= first + MOST_ROWS and end <= 2**32:
            return list(range(first, end))
    elif re.fullmatch(r"\d{1,10}(,\d{1,10})*", text):
        seeds = [int(part) for part in text.split(",")]
        if len(set(seeds)) == len(seeds) and max(seeds) < 2**32:
            return seeds
    raise UserError(f"--seeds is {shown(text)}; allowed: such as 0:10 (0 to 9) or 0,3,5, each once and below 2^32")
