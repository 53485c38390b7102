"""What R2 and R4 state about their GANs on MNIST, held against the metrics and the logs of single runs.

Each variant is trained once, so nothing here tells how far another seed would have come out. A claim that the run was
too short to test is undecided, and so is a comparison of two runs that differ by no more than seeds do.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saddle.metrics.points.convergence import epochs_to_fit
from saddle.reporting.claims.verdicts import Claim, Titles, Verdict

MLP, DROPOUT_MLP, DCGAN = "mlp", "dropout_mlp", "dcgan"

# R2's D(x) and D(G(z)) at the end, and how near a run has to come.
R2_REAL, R2_FAKE, NEAR = 0.70, 0.30, 0.05
# R2 begins with a discriminator that is sure of itself: D(x) 0.99, D(G(z)) 0.04.
R2_SURE_REAL, R2_SURE_FAKE = 0.9, 0.1
# R4's epochs: by the end of the second one DCGAN shows digits, by that of the fiftieth the original GAN does not.
DCGAN_SHOWS, ORIGINAL_SHOWS = 2.0, 50.0
# Digits may be said to show where more than this share of the samples are some. No verdict may hang on which is taken.
SHOWS = (0.25, 0.5, 0.75)
# What it means for a claim whether digits show by an epoch. That they show later is the opposite. Rough digits may fail
# the measure, so that there are none by it says little about them.
ROUGHLY = {Verdict.NO: Verdict.UNDECIDED}
LATER = {Verdict.YES: Verdict.NO, Verdict.NO: Verdict.YES}
# FIDs of three runs that differ in their seed alone differed by less than this factor, for either of R4's two variants.
FID_SPREAD = 1.5


@dataclass(frozen=True)
class ImageRun:
    """A variant's run.

    epochs: how many it trained; of: how many the report did. log: the columns epoch, d_real and d_fake of its
    training.csv, lists of equal length. metrics: the content of its metrics file. digits: the columns epoch and
    digit_share of its digits.csv; empty if they were not measured.
    """

    variant: str
    epochs: int
    of: int
    log: Mapping[str, Sequence[float]]
    metrics: Mapping[str, Any]
    digits: Mapping[str, Sequence[float]]

    @property
    def length(self) -> str:
        """Such as "30 of 200 epochs"."""
        return f"{self.epochs} epochs" if self.epochs == self.of else f"{self.epochs} of {self.of} epochs"

    @property
    def judged_by(self) -> str:
        """Such as "`mlp`, 1 run, 30 of 200 epochs"."""
        return f"`{self.variant}`, 1 run, {self.length}"


Runs = Mapping[str, ImageRun]


def report2(runs: Runs, full: Runs) -> list[Claim]:
    """R2's claim about its fully connected GAN: from where in the first epoch its discriminator's answers go where.

    full: the runs of full length, by which it is judged if it is among them.
    """
    words = "D(x) falls from 0.99 to about 0.70, D(G(z)) rises from 0.04 to about 0.30"
    run = full.get(MLP, runs.get(MLP))
    if run is None:
        return [Claim(words)]
    real, fake = run.log["d_real"], run.log["d_fake"]
    first = max(1, sum(epoch <= 1 for epoch in run.log["epoch"]))
    sure_real, sure_fake, end_real, end_fake = max(real[:first]), min(fake[:first]), real[-1], fake[-1]
    measured = f"D(x) from {sure_real:.2f} to {end_real:.2f}, D(G(z)) from {sure_fake:.2f} to {end_fake:.2f}"
    began = sure_real >= R2_SURE_REAL and sure_fake <= R2_SURE_FAKE
    arrived = abs(end_real - R2_REAL) <= NEAR and abs(end_fake - R2_FAKE) <= NEAR
    on_the_way = R2_REAL < end_real < sure_real and sure_fake < end_fake < R2_FAKE
    too_short = on_the_way and run.epochs < run.of
    verdict = Verdict.YES if began and arrived else Verdict.UNDECIDED if too_short else Verdict.NO
    return [Claim(words, measured, verdict, run.judged_by)]


def report4(runs: Runs, full: Runs, title: Titles) -> list[Claim]:
    """R4's claims about the original GAN and its DCGAN.

    full: the runs of full length. The original GAN's digits are looked for in it if it is there. DCGAN's are not: the
    first two epochs of both are the same, and the short run has the more snapshots of them.
    """
    original = full.get(DROPOUT_MLP, runs.get(DROPOUT_MLP))
    both = full if {DCGAN, DROPOUT_MLP} <= set(full) else runs
    return [
        _digits("DCGAN shows rough digits from the second epoch", runs.get(DCGAN), DCGAN_SHOWS, ROUGHLY),
        _digits("the original GAN needs more than 50 epochs before digits show", original, ORIGINAL_SHOWS, LATER),
        _dcgan_is_ahead(both, title),
    ]


def _digits(words: str, run: ImageRun | None, epoch: float, means: Mapping[Verdict, Verdict]) -> Claim:
    """A claim about whether digits show by an epoch. means: what that makes of the claim, where it is not the same."""
    if run is None or not run.digits:
        return Claim(words)
    epochs, shares = run.digits["epoch"], run.digits["digit_share"]
    told, verdicts = [], set()
    for least in SHOWS:
        # Of three snapshots in a row, as a fit: a single one of few samples may be chance.
        first = epochs_to_fit(epochs, [-share for share in shares], -least)
        shows = _shows_by(epoch, epochs, first)
        verdicts.add(means.get(shows, shows))
        told.append(f"more than {100 * least:.0f} % {'never' if first is None else f'from epoch {first:.3g}'}")
    measured = f"samples that are digits: {', '.join(told)}; {100 * shares[-1]:.0f} % at the end"
    verdict = verdicts.pop() if len(verdicts) == 1 else Verdict.DEPENDS_ON_DIGITS
    return Claim(words, measured, verdict, run.judged_by)


def _shows_by(epoch: float, epochs: Sequence[float], first: float | None) -> Verdict:
    """Whether digits that were first seen in the snapshot of epoch `first` show by `epoch`."""
    if first is not None and first <= epoch:
        return Verdict.YES
    without = [time for time in epochs if first is None or time < first]
    return Verdict.NO if without and without[-1] >= epoch else Verdict.UNDECIDED


def _dcgan_is_ahead(runs: Runs, title: Titles) -> Claim:
    words = "DCGAN is ahead of the original GAN after equally many epochs"
    if not {DCGAN, DROPOUT_MLP} <= set(runs):
        return Claim(words)
    ours, theirs = runs[DCGAN], runs[DROPOUT_MLP]
    fids = [ours.metrics["fid"], theirs.metrics["fid"]]
    measured = f"FID {title(DCGAN)} {fids[0]:.3g}, {title(DROPOUT_MLP)} {fids[1]:.3g}"
    if ours.epochs != theirs.epochs:
        return Claim(words, f"{measured}, after {ours.epochs} and {theirs.epochs} epochs", None)
    gap = math.log(fids[1] / fids[0]) / math.log(FID_SPREAD)
    verdict = Verdict.YES if gap > 1 else Verdict.NO if gap < -1 else Verdict.UNDECIDED
    return Claim(words, measured, verdict, f"1 run each, {ours.epochs} of {ours.of} epochs")
