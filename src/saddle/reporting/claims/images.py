"""What R2 and R4 state about their GANs on MNIST, held against metrics/mnist and the logs of the training.

Each variant is trained once, so nothing here tells how far another seed would have come out. A claim that the run was
too short to test is undecided, and so is a comparison of two runs that differ by no more than seeds do.
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
# R2 begins with a discriminator that is sure of itself: D(x) 0.99, D(G(z)) 0.04.
R2_SURE_REAL, R2_SURE_FAKE = 0.9, 0.1
# FIDs of three runs that differ in their seed alone differed by less than this factor, for either of R4's two variants.
FID_SPREAD = 1.5


@dataclass(frozen=True)
class ImageRun:
    """A variant's run.

    epochs: how many it trained; of: how many the report did. log: the columns epoch, d_real and d_fake of its
    training.csv, lists of equal length. metrics: the content of its metrics file.
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
    """R2's claim about its fully connected GAN: from where in the first epoch its discriminator's answers go where."""
    words = "D(x) falls from 0.99 to about 0.70, D(G(z)) rises from 0.04 to about 0.30"
    if MLP not in runs:
        return [Claim(words, "not measured", None)]
    run = runs[MLP]
    real, fake = run.log["d_real"], run.log["d_fake"]
    first = max(1, sum(epoch <= 1 for epoch in run.log["epoch"]))
    sure_real, sure_fake, end_real, end_fake = max(real[:first]), min(fake[:first]), real[-1], fake[-1]
    measured = (
        f"D(x) from {sure_real:.2f} to {end_real:.2f}, D(G(z)) from {sure_fake:.2f} to {end_fake:.2f}, "
        f"after {run.budget}"
    )
    began = sure_real >= R2_SURE_REAL and sure_fake <= R2_SURE_FAKE
    arrived = abs(end_real - R2_REAL) <= NEAR and abs(end_fake - R2_FAKE) <= NEAR
    on_the_way = R2_REAL < end_real < sure_real and sure_fake < end_fake < R2_FAKE
    if began and arrived:
        return [Claim(words, measured, Verdict.YES)]
    return [Claim(words, measured, Verdict.UNDECIDED if on_the_way and run.epochs < run.of else Verdict.NO)]


def report4(runs: Runs, real: Mapping[str, Any], title: Titles) -> list[Claim]:
    """R4's claims about the original GAN and its DCGAN. real: the metrics of real images.

    No metric here says when a digit begins to show, so the two claims about that are left to the reader's eye: they
    tell how many classes the classifier can tell apart, and are undecided.
    """
    return [
        _by_eye("DCGAN shows rough digits from the second epoch", DCGAN, runs, real),
        _by_eye("the original GAN needs more than 50 epochs before digits show", DROPOUT_MLP, runs, real),
        _dcgan_is_ahead(runs, title),
    ]


def _by_eye(words: str, variant: str, runs: Runs, real: Mapping[str, Any]) -> Claim:
    if variant not in runs:
        return Claim(words, "not measured", None)
    run = runs[variant]
    score, most = run.metrics["inception_score"], real["inception_score"]
    measured = (
        f"after {run.budget}, {score:.2g} classes can be told apart (Inception Score; real images {most:.2g}); "
        "see the grids above"
    )
    return Claim(words, measured, Verdict.UNDECIDED)


def _dcgan_is_ahead(runs: Runs, title: Titles) -> Claim:
    words = "DCGAN is ahead of the original GAN after equally many epochs"
    if not {DCGAN, DROPOUT_MLP} <= set(runs):
        return Claim(words, "not measured", None)
    ours, theirs = runs[DCGAN], runs[DROPOUT_MLP]
    fids = [ours.metrics["fid"], theirs.metrics["fid"]]
    measured = f"FID {title(DCGAN)} {fids[0]:.3g}, {title(DROPOUT_MLP)} {fids[1]:.3g}, one run each"
    if ours.epochs != theirs.epochs:
        return Claim(words, f"{measured}, after {ours.epochs} and {theirs.epochs} epochs", None)
    gap = math.log(fids[1] / fids[0]) / math.log(FID_SPREAD)
    verdict = Verdict.YES if gap > 1 else Verdict.NO if gap < -1 else Verdict.UNDECIDED
    return Claim(words, f"{measured}, after {ours.epochs} epochs", verdict)
