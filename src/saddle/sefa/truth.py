"""SeFa held against the truth: of pictures whose attributes are known, how well directions separate these.

Along a direction of length one, samples are moved to either side by the distance that pictures show at most. An
attribute has changed where its value at one end is not that at the other. Of a direction and an attribute, `changed` is
the share of samples in which it has; `purity` is its share of the changes of all attributes along that direction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import special
from torch import Tensor
from torch.nn import functional as F

from saddle.config.sefa import SefaSettings
from saddle.core.files import rounded
from saddle.core.network import Generator
from saddle.metrics.shared.attributes import Attribute
from saddle.metrics.shared.student import CONFIDENCE, Interval, student_interval
from saddle.networks.classifier import AttributeReader
from saddle.sefa.factorization import factorize
from saddle.sefa.meaning import Meaning
from saddle.sefa.significance import mean_effect
from saddle.sefa.traversal import batches, drawn_codes

# Samples that directions are fitted on: other ones than they are measured on.
FITTED_SAMPLES = 4000
MEASURES = "changed", "purity"
COLUMNS = ("attribute", "method", "direction", *(f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")))


@dataclass(frozen=True)
class AttributeJudge:
    """Sees which attributes of a picture a change gives another value; reader: on the device of the images."""

    reader: AttributeReader
    subject: ClassVar[str] = "avatars"
    note: ClassVar[str] = "A change counts where the network that reads attributes sees another value at the end."
    failure: ClassVar[str] = "no picture can be read"

    @property
    def channels(self) -> int:
        """How many the pictures have."""
        return self.reader.channels

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """What it sees, in the order of the reader's heads."""
        found = ((name.replace("_", " "), len(values)) for name, values in self.reader.values.items())
        return tuple(
            Attribute(name, "changes", f"how often another of {count} values is seen at the end", (name,))
            for name, count in found
        )

    def changes(self, starts: Tensor, stops: Tensor) -> NDArray[np.float64]:
        """1 for each attribute that has another value at the stop than at the start, else 0: (n, attributes)."""
        return (self.reader.read(starts) != self.reader.read(stops)).cpu().double().numpy()


def purity(changes: NDArray[np.floating], place: int) -> Interval:
    """The share of the attribute `place` in all changes (n, attributes) along a direction; 0 if nothing changes.

    It is a ratio of two means over the samples, P = mean(x) / mean(t), so its interval is that of the mean of
    (x - P t) / mean(t) about P (Cochran, Sampling Techniques, 1977, section 2.11), cut off at 0 and 1.
    """
    own, every = changes[:, place], changes.sum(1)
    if not every.any():
        return Interval(0.0, 0.0, 0.0, 0.0, len(changes))
    share = float(own.sum() / every.sum())
    about = student_interval((own - share * every) / every.mean())
    return Interval(share, about.std, max(share + about.low, 0.0), min(share + about.high, 1.0), len(changes))


def strongest_at_random(changes: Sequence[NDArray[np.floating]], place: int, count: int) -> tuple[Interval, Interval]:
    """`changed` and `purity` of the direction that moves the attribute `place` most among `count` random ones.

    changes: along each of R random directions. The means are over all sets of `count` of these, and the intervals hold
    95 % of the sets. No set is drawn: the direction that moves it j-th most of all wins in C(R - j, count - 1) of the
    C(R, count) sets.
    """
    changed = np.array([along[:, place].mean() for along in changes])
    pure = np.array([purity(along, place).mean for along in changes])
    order, total = np.argsort(-changed, kind="stable"), len(changes)
    weights = special.comb(total - 1 - np.arange(total), min(count, total) - 1)
    tail = (1 - CONFIDENCE) / 2
    found = []
    for values in (changed[order], pure[order]):
        low, high = np.quantile(values, (tail, 1 - tail), weights=weights, method="inverted_cdf")
        found.append(Interval(float(np.average(values, weights=weights)), np.nan, float(low), float(high), total))
    return found[0], found[1]


def directions_fitted(
    generator: Generator, reader: AttributeReader, layers: Sequence[int], settings: SefaSettings
) -> Tensor:
    """The `fitted_directions` of what is read from 4,000 samples; layers: those whose codes are moved."""
    codes = drawn_codes(generator, FITTED_SAMPLES, settings.seed, "sefa fitted samples")
    read = torch.cat([reader.read(images).cpu() for images in batches(generator, codes)])
    return fitted_directions(codes if codes.ndim == 2 else codes[:, layers[0]], read)


def fitted_directions(codes: Tensor, read: Tensor) -> Tensor:
    """For each attribute the direction that it depends on most, by a linear fit: (attributes, code size), length one.

    codes: (n, code size). read: (n, attributes), the values that are seen in their pictures.

    The fit is least squares, of a column for each value that is 1 where it is seen and else 0. With two values its
    normal is the direction, as in Shen et al., Interpreting the Latent Space of GANs for Semantic Face Editing, 2020,
    who fit a support vector machine. With more there is a normal for each; the direction is that along which all of
    them together change most, the first eigenvector of W W^T. An attribute with one value alone has no normal, and gets
    a direction that means nothing.
    """
    centred = codes.double() - codes.double().mean(0)
    directions = []
    for column in read.T:
        seen = F.one_hot(column.unique(return_inverse=True)[1]).double()
        directions.append(factorize(torch.linalg.lstsq(centred, seen - seen.mean(0)).solution).directions[0])
    return torch.stack(directions)


def separation(meaning: Meaning, count: int) -> list[dict[str, Any]]:
    """For each attribute, what moves it most: SeFa's directions, as many random ones, and the one fitted to it.

    meaning: of `count` directions of SeFa, and then of the fitted ones. A row for each attribute and method has the
    `COLUMNS`; directions are numbered from 1. Those of random directions say what `strongest_at_random` gives.
    """
    known = len(meaning.findings)
    sefa, fitted, random = meaning.changes[:count], meaning.changes[count:known], meaning.changes[known:]
    rows = []
    for place, (attribute, _) in enumerate(meaning.attributes()):
        best = int(np.argmax([along[:, place].mean() for along in sefa]))
        found = {
            "sefa": (best + 1, mean_effect(sefa[best][:, place]), purity(sefa[best], place)),
            "random": (None, *strongest_at_random(random, place, count)),
            "fitted": (place + 1, mean_effect(fitted[place][:, place]), purity(fitted[place], place)),
        }
        for method, (direction, *measured) in found.items():
            figures = [figure for each in measured for figure in (each.mean, each.low, each.high)]
            rows.append(dict(zip(COLUMNS, (attribute.name, method, direction, *figures), strict=True)))
    return rows


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float | None]]:
    """The means over all attributes of what `separation` gives, by measure and method."""
    methods = dict.fromkeys(row["method"] for row in rows)
    means = {own: [row for row in rows if row["method"] == own] for own in methods}
    return {each: {own: rounded(np.mean([row[each] for row in of])) for own, of in means.items()} for each in MEASURES}
