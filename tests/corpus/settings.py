"""params.yaml: texts that are none, and the project's own settings with one value changed."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from corpus.case import Case
from saddle.config import load_settings

PARAMS = yaml.safe_load((Path(__file__).resolve().parents[2] / "params.yaml").read_text())
REMOVED = object()


def text(content: str | bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "params.yaml").write_bytes(content.encode() if isinstance(content, str) else content)
        return folder / "params.yaml"

    return make


def changed(key: str, value: Any) -> Callable[[Path], Path]:
    """The project's settings with another value under a dotted key."""

    def make(folder: Path) -> Path:
        params = copy.deepcopy(PARAMS)
        *parents, last = key.split(".")
        section = params
        for name in parents:
            section = section[name]
        if value is REMOVED:
            del section[last]
        else:
            section[last] = value
        return text(yaml.safe_dump(params))(folder)

    return make


INFINITY, NAN = float("inf"), float("nan")
TEXTS = {
    "is empty": ("", "must hold a mapping"),
    "is a list": ("- 1\n- 2\n", "must hold a mapping"),
    "is a word": ("hello", "must hold a mapping"),
    "has a tab": ("seed:\n\t- 1", "not valid YAML in line 2"),
    "has an open bracket": ("seed: [1, 2", "not valid YAML"),
    "has a key twice": ("seed: 1\nseed: 2\n", "not valid YAML"),
    "is not UTF-8": (b"seed: \xff\xfe", "UTF-8"),
    "is of zero bytes": (bytes(100), "not valid YAML"),
    "has two documents": ("seed: 1\n---\nseed: 2\n", "not valid YAML"),
    "would run code": ("seed: !!python/object/apply:pathlib.Path.touch [ran]", "not valid YAML"),
    "has a number of 5,000 digits": (f"seed: {'9' * 5000}", "not valid YAML"),
    "has the 30th of February": ("seed: 2026-02-30", "not valid YAML"),
    "has a megabyte": ("# " + "x" * 1_100_000, "more than the 200,000"),
    "has one setting only": ("seed: 1\n", "device is missing"),
}
VALUES: list[tuple[str, Any]] = [
    *(("seed", value) for value in (-1, 2**32, 1.5, "zero", None, True, [], {})),
    *(("device", value) for value in ("gpu", "cuda:", "cuda:x", "", 0, "x" * 9000, "cpu\n")),
    *(("precision", value) for value in ("fp16", 32, None)),
    *(("scale", value) for value in ("desktop", None)),
    *(("optimizer", value) for value in ("lion", "", 3, ["adam"])),
    *(("checkpoint_seconds", value) for value in (-1, INFINITY, NAN, "soon")),
    *(("points.train_size", value) for value in (0, -5, 2.5, "many", None)),
    *(("points.recipe", value) for value in ("online", None)),
    *(("points.max_points", value) for value in (0, 1, "all")),
    *(("points.variants", value) for value in ({}, [], None, {"GAN": {}}, {"a b": {}}, {"floor": {}}, {"../x": {}})),
    *(("points.recipes.minibatch.lr", value) for value in (0, -1, NAN, INFINITY, "1e-4x", "0.1")),
    *(("points.recipes.minibatch.b1", value) for value in (1, -0.1, NAN)),
    *(("points.recipes.minibatch.window", value) for value in ({"x": [0, 1]}, {"x": [1, 0], "y": [0, 1]}, [0, 1])),
    *(("points.recipes.minibatch.surface_cells", value) for value in (1, 1001)),
    *(("points.recipes.minibatch.generator.hidden", value) for value in ([], [0], [-3], [2.5], "64", None)),
    *(("points.recipes.minibatch.generator.activation", value) for value in ("gelu", None)),
    *(("points.evaluation.fit_threshold", value) for value in (1, 0, NAN)),
    *(("points.variants.gan.minibatch.objective", value) for value in ("wgan", None)),
    *(
        ("points.variants.gan.minibatch.constraint", value)
        for value in ({}, {"kind": "clip"}, "none", {"kind": "weight_clipping"})
    ),
    *(("mnist.source", value) for value in ("", 3, None)),
    *(("mnist.grid", value) for value in (0, 21, -5, 2.5, "5")),
    *(("mnist.variants.dcgan.img_size", value) for value in (0, 7, 1025)),
    *(("mnist.variants.dcgan.networks", value) for value in ({}, {"kind": "vae"}, {"kind": "dcgan", "more": 1})),
    *(("mnist.variants.progan.networks.fade", value) for value in ([], [-1, 3, 2])),
    *(("mnist.evaluation.samples", value) for value in (99, "all")),
    *(("comparison.seeds", value) for value in ([], [1], [1, 1], [1, -1], None)),
    *(("comparison.scheduler", value) for value in ("host:8786", "http://host", "")),
    *(("sefa.generators", value) for value in (["vae"], ["dcgan", "dcgan"], "dcgan")),
    *(("sefa.start", value) for value in (NAN, INFINITY, "left")),
    *(("titles", value) for value in ([], {"gan": 3}, {"gan": ["GAN"]})),
]


def short(value: Any) -> str:
    return repr(value)[:20]


FADE = "mnist.variants.progan.networks.fade"
CASES = [
    Case("params sefa.start = stop", changed("sefa.start", 3.0), load_settings, "start must be below stop"),
    Case("params with a fade too few", changed(FADE, [1]), load_settings, "fade must have 3"),
    *(Case(f"params {what}", text(bad), load_settings, told) for what, (bad, told) in TEXTS.items()),
    Case("params missing", lambda folder: folder / "params.yaml", load_settings, "no such file"),
    Case("params is a folder", lambda folder: folder, load_settings, "not a file"),
    *(Case(f"params {key} = {short(value)}", changed(key, value), load_settings, key) for key, value in VALUES),
    *(
        Case(f"params without {key}", changed(key, REMOVED), load_settings, f"{key} is missing")
        for key in ("seed", "points.file", "sefa.seed")
    ),
    *(
        Case(f"params with {key}", changed(key, 1), load_settings, f"{key} is not a known key")
        for key in ("sed", "points.epochs", "mnist.grids")
    ),
]
