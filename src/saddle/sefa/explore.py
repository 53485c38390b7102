"""The whole of SeFa for one generator: its strongest directions, drawn, filmed, measured and put on a page."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch
from tqdm import tqdm

from saddle.core.network import Generator
from saddle.errors import UserError
from saddle.sefa.factorization import factorize, first_layer
from saddle.sefa.film import write_gif, write_mp4
from saddle.sefa.meaning import NO_MEANING, Classifier, Meaning, Protocol, images_to_measure, measure_meaning
from saddle.sefa.memory import images_per_batch
from saddle.sefa.page import Page, write_page
from saddle.sefa.strip import write_strip
from saddle.sefa.table import metrics
from saddle.sefa.traversal import Sweep, Traversal, check_draws_images, drawn_codes, traverse


@dataclass(frozen=True)
class Plan:
    """What is drawn.

    num_samples x num_semantics x the sweep's steps images. strip_size, page_size: most pixels a side that an
    image has in the strips and in the page. memory_gb: 10^9 bytes that one batch may take beyond the weights.
    Raises `UserError` for numbers below 1.
    """

    num_samples: int
    num_semantics: int
    sweep: Sweep
    seed: int
    strip_size: int
    page_size: int
    memory_gb: float

    def __post_init__(self) -> None:
        for name in ("num_samples", "num_semantics", "strip_size", "page_size"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} is {getattr(self, name)}; allowed: at least 1")

    def folder_name(self, name: str) -> str:
        """The name of the output folder for a generator called `name`."""
        return f"{name}_N{self.num_samples}_K{self.num_semantics}_seed{self.seed}"


@dataclass(frozen=True)
class Judge:
    """What meaning is measured with."""

    classifier: Classifier
    protocol: Protocol


def explore(
    generator: Generator,
    title: str,
    folder: str | Path,
    plan: Plan,
    judge: Judge | str,
    device: torch.device,
    *,
    quiet: bool = False,
) -> dict[str, Any]:
    """Write strips, films and the page of `generator` into `folder`; return what belongs into the metrics file.

    generator: in evaluation mode, on `device`. title: what it is called. judge: measures the meaning, on
    `device` too; or a sentence that says why it is not measured. The folder holds, for each direction k from 1:
    `semantic_k.png`, `semantic_k.gif`, `semantic_k.mp4`, and `index.html`. It is replaced as a whole once all is done.
    quiet: no progress bar.

    Raises `UserError` if the generator draws no images, has fewer directions than `num_semantics`, or one image
    needs more than `memory_gb`.
    """
    check_draws_images(generator)
    factorization = factorize(first_layer(generator))
    directions = factorization.strongest(plan.num_semantics)
    batch = images_per_batch(generator, plan.memory_gb)
    meaning = None
    if isinstance(judge, Judge):
        with _bar(f"{title}, measuring", images_to_measure(len(directions), judge.protocol), quiet) as bar:
            meaning = measure_meaning(
                generator,
                judge.classifier,
                directions,
                plan.sweep,
                judge.protocol,
                seed=plan.seed,
                batch=batch,
                device=device,
                drawn=bar.update,
            )
    why_not = judge if isinstance(judge, str) else ""
    codes = drawn_codes(generator, plan.num_samples, plan.seed, "sefa shown samples")
    distances = plan.sweep.distances()
    images = len(directions) * len(codes) * len(distances)
    eigenvalues: list[float] = factorization.eigenvalues.tolist()
    resolution = generator.sample_shape[-1]
    with _replacing_folder(Path(folder)) as part:
        with _bar(f"{title}, drawing", images, quiet) as bar:
            traversals = [
                traverse(
                    generator,
                    codes,
                    direction,
                    distances,
                    part / f"semantic_{index + 1}.images",
                    batch=batch,
                    most=plan.strip_size,
                    device=device,
                    drawn=bar.update,
                )
                for index, direction in enumerate(directions)
            ]
        for index, traversal in enumerate(traversals):
            _write_pictures(traversal, title, _name(index, meaning), eigenvalues[index], resolution)
        page = Page(title, resolution, eigenvalues, meaning, why_not, plan.seed, plan.page_size)
        write_page(part / "index.html", page, traversals)
        for traversal in traversals:
            traversal.path.unlink()
    return metrics(eigenvalues, len(directions), meaning, why_not)


def _write_pictures(traversal: Traversal, title: str, name: str, eigenvalue: float, resolution: int) -> None:
    """Write strip and films of a direction called `name` beside its images."""
    note = f"distance along the direction; eigenvalue {eigenvalue:.4g}"
    if traversal.side < resolution:
        note += f"; images averaged down from {resolution} to {traversal.side} pixels"
    write_strip(traversal.path.with_suffix(".png"), traversal, f"{title}, {name}", note)
    write_gif(traversal.path.with_suffix(".gif"), traversal, name)
    write_mp4(traversal.path.with_suffix(".mp4"), traversal, name)


def _name(index: int, meaning: Meaning | None) -> str:
    """What strips and films call a direction."""
    plain = f"direction {index + 1}"
    if meaning is None:
        return plain
    name = meaning.name(index)
    return f"{plain}: no single meaning" if name == NO_MEANING else f"{plain}: {name}"


def _bar(name: str, images: int, quiet: bool) -> "tqdm[NoReturn]":
    """A bar on stderr; where that is no terminal, a line every ten seconds at most."""
    interval = 0.5 if sys.stderr.isatty() else 10.0
    return tqdm(total=images, desc=name, unit="image", mininterval=interval, disable=quiet)


@contextmanager
def _replacing_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside `folder`; put it in its place once the block has ended well.

    If the block raises, what it wrote is removed and `folder` stays as it was.
    """
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
