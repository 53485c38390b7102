"""The whole of SeFa for one generator: its strongest directions are drawn, filmed, measured and put on a page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from saddle.config import SefaSettings
from saddle.core.network import Generator
from saddle.errors import UserError
from saddle.files import replacing_folder
from saddle.progress import progress_bar
from saddle.sefa.attributes import Judge
from saddle.sefa.factorization import factorize
from saddle.sefa.film import write_gif, write_mp4
from saddle.sefa.layers import ALL, described, with_layers
from saddle.sefa.meaning import (
    NO_MEANING,
    Meaning,
    MeaningProtocol,
    NotMeasurableError,
    images_to_measure,
    measure_meaning,
)
from saddle.sefa.memory import images_per_batch
from saddle.sefa.page import Link, Page, pool_size, write_page
from saddle.sefa.strip import write_strip
from saddle.sefa.table import metrics
from saddle.sefa.traversal import Drawing, Sweep, Traversal, check_draws_images, drawn_codes, traverse


@dataclass(frozen=True)
class Plan:
    """What is drawn: `num_samples` samples along `num_semantics` directions, at the distances of `sweep`.

    layers: choices of the generator's layers to move, each as `layer_numbers` reads it; a generator of one layer has
    none. sampler: what draws the samples, see `drawn_codes`. strip_size, page_size: the most pixels a side that an
    image has in the strips and films, and in the page. memory_gb: how much one batch of images may take beyond the
    weights, in 10^9 bytes. Raises `UserError` for numbers below 1.
    """

    num_samples: int
    num_semantics: int
    sweep: Sweep
    seed: int
    strip_size: int
    page_size: int
    memory_gb: float
    layers: tuple[str, ...] = (ALL,)
    sampler: Literal["numpy", "torch"] = "numpy"

    def __post_init__(self) -> None:
        for name in ("num_samples", "num_semantics", "strip_size", "page_size"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} is {getattr(self, name)}; allowed: at least 1")

    @classmethod
    def of(cls, settings: SefaSettings) -> "Plan":
        """What the settings ask for."""
        return cls(
            num_samples=settings.num_samples,
            num_semantics=settings.num_semantics,
            sweep=Sweep(settings.start, settings.stop, settings.steps),
            seed=settings.seed,
            strip_size=settings.strip_size,
            page_size=settings.page_size,
            memory_gb=settings.memory_gb,
            layers=tuple(settings.layers),
            sampler=settings.sampler,
        )

    def folder_name(self, name: str) -> str:
        """The name of the output folder for a generator called `name`."""
        return f"{name}_N{self.num_samples}_K{self.num_semantics}_seed{self.seed}"


@dataclass(frozen=True)
class Measurement:
    """How meaning is measured: who judges the images, on the device that they are on, how many, and how far apart.

    distance: how far samples are moved to either side, above 0.
    """

    judge: Judge
    protocol: MeaningProtocol
    distance: float


def explore(
    generator: Generator,
    title: str,
    folder: str | Path,
    plan: Plan,
    measurement: Measurement | str,
    device: torch.device,
    *,
    quiet: bool = False,
) -> dict[str, Any]:
    """Write the strips, the films and the page of `generator` into `folder`; return the content of its metrics file.

    generator: in evaluation mode, on `device`. title: what the pictures call it. measurement: how the meaning
    is measured; or a sentence that says why it is not. quiet: show no progress bar.

    The folder then holds `index.html` and, for each direction k from 1, `semantic_k.png`, `semantic_k.gif` and
    `semantic_k.mp4`. If several choices of layers are asked for, these are of the first one, and each other one has the
    same in a folder of its own; the pages lead to each other. Nothing changes before all of them are written; what was
    there before is removed. The metrics of the other choices stand under the names of their folders.

    Raises `UserError` if the generator draws no images, has fewer directions than `num_semantics`, lacks one of the
    layers, or needs more than `memory_gb` for a single image.
    """
    check_draws_images(generator)
    choices = list(plan.layers) if generator.code_layers > 1 else [None]
    batch = images_per_batch(generator, plan.memory_gb)
    drawings = [Drawing(with_layers(generator, choice or ALL), device, batch) for choice in choices]
    content: dict[str, Any] = {}
    with replacing_folder(folder) as part:
        for place, (choice, drawing) in enumerate(zip(choices, drawings, strict=True)):
            own = part / _folder_of(choice) if place else part
            own.mkdir(exist_ok=True)
            links = [] if len(choices) == 1 else _links(choices, place)
            found = _explored(drawing, title, own, plan, measurement, choice, links, quiet=quiet)
            content.update({own.name: found} if place else found)
    return content


def _explored(
    drawing: Drawing,
    title: str,
    folder: Path,
    plan: Plan,
    measurement: Measurement | str,
    choice: str | None,
    links: Sequence[Link],
    *,
    quiet: bool,
) -> dict[str, Any]:
    """As `explore`, for one choice of layers. links: to the pages of all choices."""
    factorization = factorize(drawing.generator.first_layer())
    directions = factorization.strongest(plan.num_semantics)
    name = title if choice is None else f"{title}, {described(choice)}"
    meaning, why_not = _measured(drawing, name, directions, plan.seed, measurement, quiet=quiet)
    eigenvalues: list[float] = factorization.eigenvalues.tolist()
    side = drawing.generator.sample_shape[-1]
    page = Page(
        title,
        side,
        eigenvalues,
        meaning,
        why_not,
        plan.seed,
        plan.num_samples,
        plan.page_size,
        None if choice is None else described(choice),
        links,
    )
    per_sample = len(directions) * plan.sweep.steps
    codes = _shown_codes(drawing.generator, plan, pool_size(plan.num_samples, per_sample, side))
    with progress_bar(f"{name}, drawing", len(codes) * per_sample, "image", quiet=quiet) as bar:
        traversals = [
            traverse(
                replace(drawing, drawn=bar.update),
                codes,
                direction,
                plan.sweep.distances(),
                folder / f"semantic_{index + 1}.images",
                most=plan.strip_size,
            )
            for index, direction in enumerate(directions)
        ]
    for index, traversal in enumerate(traversals):
        shown = Traversal(traversal.images[: plan.num_samples], traversal.distances)
        _write_pictures(folder / f"semantic_{index + 1}", shown, page, index)
    write_page(folder / "index.html", page, traversals)
    for index in range(len(traversals)):
        (folder / f"semantic_{index + 1}.images").unlink()
    return metrics(eigenvalues, len(directions), meaning, why_not)


def _measured(
    drawing: Drawing, name: str, directions: Tensor, seed: int, measurement: Measurement | str, *, quiet: bool
) -> tuple[Meaning | None, str]:
    """What the directions mean; or None, and a sentence that says why that is not known."""
    if isinstance(measurement, str):
        return None, measurement
    judge, protocol = measurement.judge, measurement.protocol
    ends = Sweep(-measurement.distance, measurement.distance, 2)
    images = images_to_measure(len(directions), protocol)
    with progress_bar(f"{name}, measuring", images, "image", quiet=quiet) as bar:
        counted = replace(drawing, drawn=bar.update)
        try:
            return measure_meaning(counted, judge, directions, ends, protocol, seed), ""
        except NotMeasurableError as error:
            return None, f"The meaning is not known: {error}."


def _shown_codes(generator: Generator, plan: Plan, pool: int) -> Tensor:
    """The codes of the samples that are shown, and of further ones that are in the page alone, `pool` in all."""
    codes = drawn_codes(generator, plan.num_samples, plan.seed, "sefa shown samples", plan.sampler)
    if pool == plan.num_samples:
        return codes
    return torch.cat([codes, drawn_codes(generator, pool - plan.num_samples, plan.seed, "sefa further samples")])


def _folder_of(choice: str | None) -> str:
    return f"layers_{choice}"


def _links(choices: Sequence[str | None], here: int) -> list[Link]:
    """Links from the page of one choice to those of all; its own is empty."""
    top = "" if here == 0 else "../"
    pages = [f"{top}index.html", *(f"{top}{_folder_of(choice)}/index.html" for choice in choices[1:])]
    pages[here] = ""
    return [Link(described(choice or ALL), page) for choice, page in zip(choices, pages, strict=True)]


def _write_pictures(path: Path, traversal: Traversal, page: Page, index: int) -> None:
    """Write the strip and the films of direction `index` as `path` with their suffixes; they say of it what the page says."""
    distance = _distance_note(index, page.meaning)
    note = f"{distance}; eigenvalue {page.eigenvalues[index]:.4g}"
    if page.layers:
        note += f"; {page.layers} moved"
    if traversal.side < page.resolution:
        note += f"; images averaged down from {page.resolution} to {traversal.side} pixels"
    name = _name(index, page.meaning)
    write_strip(path.with_suffix(".png"), traversal, f"{page.title}, {name}", note)
    write_gif(path.with_suffix(".gif"), traversal, name, distance)
    write_mp4(path.with_suffix(".mp4"), traversal, name, distance)


def _name(index: int, meaning: Meaning | None) -> str:
    """What strips and films call a direction."""
    plain = f"direction {index + 1}"
    if meaning is None:
        return plain
    name = meaning.name(index)
    return f"{plain}: no single meaning" if name == NO_MEANING else f"{plain}: {name}"


def _distance_note(index: int, meaning: Meaning | None) -> str:
    """What strips and films say of their numbers: those beside the images, and those in the name if it has any."""
    plain = "distance along the direction"
    return f"{plain}; changes per unit of distance" if meaning is not None and meaning.strongest(index) else plain
