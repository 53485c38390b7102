"""Files that were edited by hand or hold the wrong kind of numbers, pipes in the place of files, what is too large."""

import io
import json
import os
import signal
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from corpus import arrays, checkpoints, models, objects, settings, tables
from corpus.case import Case
from corpus.command_lines import typed
from saddle.config import load_settings
from saddle.core.model_file import save_model
from saddle.core.network import initialized
from saddle.core.network_kinds import kind

MLP = {
    "latent_dim": 2, "sample_shape": [2], "hidden": [4], "activation": "relu", "negative_slope": 0.0,
    "batch_norm": None, "dropout": 0.0,
}  # fmt: skip


def small_model(**changes: Any) -> Callable[[Path], Path]:
    """A whole model file whose settings were edited afterwards."""

    def make(folder: Path) -> Path:
        network = initialized(kind("mlp").NETWORKS["generator"], 0, "corpus", **MLP)
        save_model(folder / "whole.safetensors", {"generator": network}, {})
        tensors = {f"generator.{name}": tensor for name, tensor in network.state_dict().items()}
        description = models.of("mlp", {**network.settings, **changes})
        path = folder / "model.safetensors"
        path.write_bytes(save(tensors, {"saddle": json.dumps(description)}))
        return path

    return make


def with_tensors(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        network = initialized(kind("mlp").NETWORKS["generator"], 0, "corpus", **MLP)
        tensors = {f"generator.{name}": tensor.clone() for name, tensor in network.state_dict().items()}
        change(tensors)
        path = folder / "model.safetensors"
        path.write_bytes(save(tensors, {"saddle": json.dumps(models.of("mlp", network.settings))}))
        return path

    return make


def weight(tensors: dict[str, torch.Tensor]) -> torch.Tensor:
    return next(tensor for tensor in tensors.values() if tensor.ndim == 2)


def sampled(*more: str) -> Callable[[Path], list[str]]:
    def make(folder: Path) -> list[str]:
        small_model()(folder)
        return ["sample", "whole.safetensors", *more]

    return make


def piped(name: str) -> Callable[[Path], Path]:
    """A pipe into which nobody writes."""

    def make(folder: Path) -> Path:
        os.mkfifo(folder / name)
        return folder / name

    return make


class WaitedError(BaseException):
    """The reader opened a pipe and waits; no reader that catches every `Exception` may take it for its own."""


def at_once(read: Callable[..., object], *arguments: object) -> Callable[[Path], object]:
    """Read a path, for at most 5 seconds: who opens a pipe waits for ever."""

    def late(*_: object) -> None:
        raise WaitedError

    def meet(path: Path) -> object:
        signal.signal(signal.SIGALRM, late)
        signal.alarm(5)
        try:
            return read(path, *arguments)
        finally:
            signal.alarm(0)

    return meet


def to_a_folder(folder: Path) -> list[str]:
    (folder / "d.png").mkdir()
    return sampled("--out", "d.png")(folder)


def aliases() -> str:
    """Nine times nine times nine ... as YAML can say it in a few lines."""
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [f"{new}: &{new} [{','.join(9 * [f'*{old}'])}]" for old, new in zip("abcdefg", "bcdefgh", strict=True)]
    return "\n".join(lines)


def npz_header(shape: tuple[int, ...]) -> Callable[[Path], Path]:
    """An array whose header claims a shape that its values do not have."""
    header = repr({"descr": "<f8", "fortran_order": False, "shape": shape}).encode().ljust(117) + b"\n"
    content = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("train.npy", content)
    return arrays.raw(buffer.getvalue())


def npz(**content: Any) -> Callable[[Path], Path]:
    return arrays.raw(arrays.saved(**content))


MODELS: dict[str, tuple[dict[str, Any], str]] = {
    "latent_dim 0": ({"latent_dim": 0}, "model.safetensors"),
    "latent_dim -3": ({"latent_dim": -3}, "latent_dim"),
    "latent_dim 2.5": ({"latent_dim": 2.5}, "latent_dim"),
    "latent_dim text": ({"latent_dim": "2"}, "latent_dim"),
    "latent_dim 10^12": ({"latent_dim": 10**12}, "model.safetensors"),
    "hidden empty": ({"hidden": []}, "hidden"),
    "hidden negative": ({"hidden": [-4]}, "hidden"),
    "hidden 10^12": ({"hidden": [10**12]}, "model.safetensors"),
    "hidden of text": ({"hidden": "44"}, "hidden"),
    "an unknown activation": ({"activation": "gelu"}, "activation"),
    "dropout 2": ({"dropout": 2.0}, "dropout"),
    "a setting too many": ({"more": 1}, "more"),
}
OUT = ("--out", "a.png")
CASES = [
    *(Case(f"model with {what}", small_model(**change), models.meet, told) for what, (change, told) in MODELS.items()),
    Case(
        "model with a NaN", with_tensors(lambda all_: weight(all_).fill_(float("nan"))), models.meet, "NaN or infinity"
    ),
    Case(
        "model with infinity",
        with_tensors(lambda all_: weight(all_).fill_(float("inf"))),
        models.meet,
        "NaN or infinity",
    ),
    Case(
        "model with a tensor too many",
        with_tensors(lambda all_: all_.update({"generator.more": torch.zeros(1)})),
        models.meet,
        "model.safetensors",
    ),
    Case(
        "model with whole numbers",
        with_tensors(lambda all_: all_.update({name: tensor.long() for name, tensor in all_.items()})),
        models.meet,
        "model.safetensors",
    ),
    Case("model whose description is nested", models.described("[" * 50_000), models.meet, "nested too deeply"),
    Case("model whose kind is a list", models.described(models.of(["mlp"], {})), models.meet, "model.safetensors"),
    Case("model whose settings are a list", models.described(models.of("mlp", [1])), models.meet, "model.safetensors"),
    Case(
        "model whose networks are a list",
        models.described({"format": "saddle-2", "networks": [1]}),
        models.meet,
        "model.safetensors",
    ),
    Case(
        "model of an unknown kind of 10^5 letters",
        models.described(models.of("v" * 10**5, {})),
        models.meet,
        "model.safetensors",
    ),
    Case("sample --n 10^9", sampled("--n", "1000000000", *OUT), typed("saddle"), "--n is 1000000000"),
    Case("sample to a folder", to_a_folder, typed("saddle"), "d.png"),
    Case(
        "sample into a file's folder", sampled("--out", "whole.safetensors/a.png"), typed("saddle"), "whole.safetensors"
    ),
    Case("npz of objects for numbers", npz(train=np.array(["a", "b"])), arrays.meet, "train"),
    Case("npz of complex numbers", npz(train=np.ones((3, 2)) * 1j), arrays.meet, "train"),
    Case("npz of NaN", npz(train=np.full((3, 2), np.nan)), arrays.meet, "train"),
    Case("npz of nothing", npz(train=np.zeros((0, 2))), arrays.meet, "train"),
    Case("npz of another shape", npz(train=np.zeros(3)), arrays.meet, "train"),
    Case("npz that claims 8 TB", npz_header((10**12,)), arrays.meet, "a.npz: "),
    Case("npz with negative sizes", npz_header((-5, 2)), arrays.meet, "a.npz: "),
    Case("npz with a member that is no array", arrays.raw(arrays.member(b"hello")), arrays.meet, "a.npz: "),
    Case("npz is a pipe", piped("a.npz"), at_once(arrays.meet), "a.npz"),
    Case("csv with text for numbers", tables.raw(b"step,d_loss\n1,high\n"), tables.meet, "d_loss"),
    Case("csv with a NaN", tables.raw(b"step,d_loss\n1,nan\n"), tables.meet, "d_loss"),
    Case("csv with a hole", tables.raw(b"step,d_loss\n1,\n"), tables.meet, "d_loss"),
    Case("csv with a column twice", tables.raw(b"step,d_loss,d_loss\n1,2,3\n"), tables.meet, "d_loss"),
    Case("csv is a pipe", piped("a.csv"), at_once(tables.meet), "a.csv"),
    Case("json with NaN", objects.raw('{"w2": NaN}'), objects.meet, "a.json"),
    Case("json with infinity", objects.raw('{"w2": 1e999}'), objects.meet, "a.json"),
    Case("json with true for a number", objects.raw('{"w2": true}'), objects.meet, "'w2' is True"),
    Case("json with 400 digits", objects.raw('{"w2": 1%s}' % ("0" * 400)), objects.meet, "a.json"),
    Case("json nested too deeply", objects.raw("[" * 50_000), objects.meet, "not JSON"),
    Case("json is a pipe", piped("a.json"), at_once(objects.meet), "a.json"),
    Case("params nested too deeply", settings.text("a: " + "[" * 5000), load_settings, "not valid YAML"),
    Case("params with aliases that multiply", settings.text(aliases()), load_settings, "params.yaml"),
    Case("params is a pipe", piped("params.yaml"), at_once(load_settings), "not a file"),
    Case(
        "params with a minibatch of 1",
        settings.changed("points.recipes.minibatch.batch_size", 1),
        load_settings,
        "points.recipes.minibatch.batch_size",
    ),
    Case(
        "params with a dcgan batch of 1",
        settings.changed("mnist.variants.dcgan.batch_size", 1),
        load_settings,
        "mnist.variants.dcgan.batch_size",
    ),
    Case(
        "params with an infinite window",
        settings.changed("points.recipes.minibatch.window", {"x": [0, float("inf")], "y": [0, 1]}),
        load_settings,
        "window",
    ),
    Case(
        "pth that is sparse",
        checkpoints.saved({"generator": {"lod": torch.zeros(3).to_sparse()}}),
        checkpoints.meet,
        "sparse",
    ),
    Case("pth with keys of 10^5 letters", checkpoints.saved({"k" * 10**5: 1}), checkpoints.meet, "one of"),
    Case(
        "pth with a line break in a key",
        checkpoints.saved({"generator": {"a\nb": 3}}),
        checkpoints.meet,
        "allowed: names with tensors",
    ),
    Case("pth is a pipe", piped("c.pth"), at_once(checkpoints.meet), "not a file"),
]
