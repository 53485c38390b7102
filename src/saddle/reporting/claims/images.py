"""What R2 and R4 state about their GANs on MNIST, held against metrics/mnist and the logs of the training.

Each variant is trained once, so nothing tells how far another seed would have come out. What a run falls short of by
its budget is undecided, and a comparison of two runs is decided only where they differ by more than seeds do.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saddle.reporting.claims.runs import Titles
from saddle.reporting.claims.verdicts import Claim, Verdict

MLP, DROPOUT_MLP, DCGAN = "mlp", "dropout_mlp", "dcgan"

# R2's D(x) and D(G(z)) at the end, and how near a run has to come.
R2_REAL, R2_FAKE, NEAR = 0.70, 0.30, 0.05
# R2 starts with both networks sure of themselves: D(x) 0.99, D(G(z)) 0.04.
R2_SURE_REAL, R2_SURE_FAKE = 0.9, 0.1
# FIDs of runs that differ in their seed only have differed by less than this factor (measured with three seeds).
FID_SPREAD = 1.5
# Rough digits: a classifier can tell at least half as many classes apart as in real images.
ROUGH = 0.5


@dataclass(frozen=True)
class ImageRun:
    """A variant's run.

    epochs: how many it trained; of: how many the report did. log: the columns of its training.csv, lists of equal
    length. metrics: the content of its metrics file.
    """

    epochs: int
    of: int
    log: Mapping[str, list[float]]
    metrics: Mapping[str, Any]

    @property
    def budget(self) -> str:
        """Such as "30 of 200 epochs"."""
        return f"{self.epochs} of {self.of} epochs"


Runs = Mapping[str, ImageRun]


def report2(runs: Runs, title: Titles) -> list[Claim]:
    """R2's claims about its fully connected GAN."""
    words = "D(x) falls from 0.99 to about 0.70, D(G(z)) rises from 0.04 to about 0.30"
    if MLP not in runs:
        return [Claim(words, "not measured", None)]
    run = runs[MLP]
    real, fake = run.log["d_real"], run.log["d_fake"]
    sure_real, sure_fake, end_real, end_fake = max(real), min(fake), real[-1], fake[-1]
    measured = (
        f"D(x) from {sure_real:.2f} to {end_real:.2f}, D(G(z)) from {sure_fake:.2f} to {end_fake:.2f}, "
        f"after {run.budget}"
    )
    arrived = abs(end_real - R2_REAL) <= NEAR and abs(end_fake - R2_FAKE) <= NEAR
    began = sure_real >= R2_SURE_REAL and sure_fake <= R2_SURE_FAKE
    if arrived and began:
        return [Claim(words, measured, Verdict.YES)]
    on_the_way = end_real < sure_real and end_fake > sure_fake
    return [Claim(words, measured, Verdict.UNDECIDED if on_the_way and run.epochs < run.of else Verdict.NO)]


def report4(runs: Runs, real: Mapping[str, Any], title: Titles) -> list[Claim]:
    """R4's claims about the original GAN and its DCGAN. real: the metrics of real images."""
    return [_dcgan_shows_digits(runs, real, title), _original_needs_long(runs, real), _dcgan_is_better(runs, title)]


def _dcgan_shows_digits(runs: Runs, real: Mapping[str, Any], title: Titles) -> Claim:
    words = "DCGAN shows rough digits from the second epoch"
    if DCGAN not in runs:
        return Claim(words, "not measured", None)
    run = runs[DCGAN]
    share = run.metrics["inception_score"] / real["inception_score"]
    measured = _recognized(run, real)
    if run.epochs > 2:
        return Claim(
            words, f"{measured}; not measured at the second", Verdict.UNDECIDED if share >= ROUGH else Verdict.NO
        )
    return Claim(words, measured, Verdict.YES if share >= ROUGH else Verdict.NO)


def _original_needs_long(runs: Runs, real: Mapping[str, Any]) -> Claim:
    words = "the original GAN needs more than 50 epochs before digits show"
    if DROPOUT_MLP not in runs:
        return Claim(words, "not measured", None)
    run = runs[DROPOUT_MLP]
    shows = run.metrics["inception_score"] / real["inception_score"] >= ROUGH
    if run.epochs <= 50:
        return Claim(words, _recognized(run, real), Verdict.NO if shows else Verdict.UNDECIDED)
    return Claim(words, f"{_recognized(run, real)}; not measured before", Verdict.UNDECIDED)


def _dcgan_is_better(runs: Runs, title: Titles) -> Claim:
    words = "DCGAN is ahead of the original GAN after equally many epochs"
    if not {DCGAN, DROPOUT_MLP} <= set(runs):
        return Claim(words, "not measured", None)
    ours, theirs = runs[DCGAN], runs[DROPOUT_MLP]
    fids = [ours.metrics["fid"], theirs.metrics["fid"]]
    measured = f"FID {title(DCGAN)} {fids[0]:.3g}, {title(DROPOUT_MLP)} {fids[1]:.3g}, one run each"
    if ours.epochs != theirs.epochs:
        return Claim(words, f"{measured}, of {ours.epochs} and {theirs.epochs} epochs", None)
    gap = math.log(fids[1] / fids[0]) / math.log(FID_SPREAD)
    verdict = Verdict.YES if gap > 1 else Verdict.NO if gap < -1 else Verdict.UNDECIDED
    return Claim(words, f"{measured}, after {ours.epochs} epochs", verdict)


def _recognized(run: ImageRun, real: Mapping[str, Any]) -> str:
    score, most = run.metrics["inception_score"], real["inception_score"]
    return f"after {run.budget}, {score:.2g} classes can be told apart (Inception Score; real images {most:.2g})"
