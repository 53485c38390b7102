"""The claims of the four reports follow the figures: yes, no, undecided, or that depends."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import ROOT

from saddle.core.files import write_table
from saddle.reporting.claims.images import ImageRun, report2, report4
from saddle.reporting.claims.points import (
    FIT_FLOORS,
    NO_PENALTY,
    R1_OPTIMIZER,
    Cell,
    read_runs,
    report1,
    report3,
)
from saddle.reporting.claims.verdicts import (
    BySeed,
    Claim,
    Verdict,
    all_of,
    in_all_runs,
    larger,
    smaller,
)
from saddle.sweep.measuring import CURVE_COLUMNS, RUN_COLUMNS

YES, NO, UNDECIDED = Verdict.YES, Verdict.NO, Verdict.UNDECIDED
DEPENDS = Verdict.DEPENDS_ON_FIT
TITLES = {"gan": "GAN", "wgan": "WGAN", "wgan_gp": "WGAN-GP", "rmsprop": "RMSprop", "adam": "Adam", "sgd": "SGD"}


def title(name: str) -> str:
    return TITLES.get(name, name)


def seeds(*values: float) -> BySeed:
    return dict(enumerate(values))


def test_runs_are_compared_in_pairs_of_one_seed_and_by_their_ratio() -> None:
    # The seeds differ by factors of a hundred, yet within each pair the first is a tenth larger.
    base = [0.01, 1.0, 100.0]
    assert larger(seeds(*(1.1 * value for value in base)), seeds(*base)) is YES
    assert smaller(seeds(*(1.1 * value for value in base)), seeds(*base)) is NO
    # The very same values, paired otherwise, tell nothing.
    assert larger(seeds(*(1.1 * value for value in base)), seeds(*reversed(base))) is UNDECIDED


def test_a_difference_within_students_interval_is_undecided() -> None:
    # Logarithms of the ratios 0.1, 0.2, 0.3: mean 0.2, standard error 0.0577, t(0.975, 2) = 4.303: 0.2 -+ 0.248.
    logs = [0.1, 0.2, 0.3]
    assert larger(seeds(*map(math.exp, logs)), seeds(1, 1, 1)) is UNDECIDED
    # A fourth of 0.2: standard error 0.0408, t(0.975, 3) = 3.182: 0.2 -+ 0.130.
    assert larger(seeds(*map(math.exp, [*logs, 0.2])), seeds(1, 1, 1, 1)) is YES
    assert larger(seeds(2.0), seeds(1.0)) is UNDECIDED  # a single pair has no spread
    assert larger({0: 2.0, 1: 2.0}, {2: 1.0, 3: 1.0}) is UNDECIDED  # no seed in common


def test_infinite_figures_decide_by_ranks_where_enough_runs_agree() -> None:
    inf = math.inf
    # Three against three are divided like this in 2 of 20 ways, three against five in 2 of 56.
    assert larger(seeds(inf, 2, 3), seeds(1, 1.1, 1.2)) is UNDECIDED
    assert larger(seeds(inf, 2, 3), seeds(1, 1.1, 1.2, 1.3, 1.4)) is YES
    assert smaller(seeds(inf, 2, 3), seeds(1, 1.1, 1.2, 1.3, 1.4)) is NO
    assert larger(seeds(inf, inf, inf), seeds(1, 1.1, 1.2, 1.3, 1.4)) is YES  # all three diverged
    assert larger(seeds(inf, 1.01), seeds(1, 1)) is UNDECIDED  # two pairs that agree are a toss of two coins
    assert larger(seeds(inf, inf), seeds(inf, inf)) is UNDECIDED
    # Ten against ten, of which one never fits.
    assert larger(seeds(inf, *range(50, 59)), seeds(*range(30, 40))) is YES
    assert larger(seeds(inf, *range(31, 40)), seeds(*range(30, 40))) is UNDECIDED
    # Eight seeds that neither ever fits say nothing, and do not leave the last two to decide alone.
    assert larger(seeds(*[inf] * 8, 2.0, 2.1), seeds(*[inf] * 8, 1.0, 1.0)) is UNDECIDED


def test_figures_within_one_step_of_a_coarse_scale_are_equal() -> None:
    assert larger(seeds(30, 30, 30), seeds(20, 20, 20), resolution=10) is UNDECIDED
    assert larger(seeds(50, 40, 50), seeds(20, 20, 20), resolution=10) is YES
    assert larger(seeds(30, 30), seeds(20, 20)) is UNDECIDED  # two equal ratios tell of no spread


def test_strongly_asks_for_a_factor() -> None:
    assert larger(seeds(1.5, 1.6, 1.7), seeds(1, 1, 1)) is YES
    assert larger(seeds(1.5, 1.6, 1.7), seeds(1, 1, 1), times=2) is NO
    assert larger(seeds(2.5, 2.6, 2.7), seeds(1, 1, 1), times=2) is YES
    assert larger(seeds(1.5, 2.5, 3.0), seeds(1, 1, 1), times=2) is UNDECIDED


def test_verdicts_of_single_runs_and_of_parts() -> None:
    runs = ([True] * 5, [True] * 3 + [False] * 2, [True] * 2 + [False] * 2, [True] * 2 + [False] * 3, [])
    assert [in_all_runs(holds) for holds in runs] == [YES, UNDECIDED, UNDECIDED, NO, UNDECIDED]
    assert all_of([YES, YES]) is YES
    assert all_of([YES, UNDECIDED]) is UNDECIDED
    assert all_of([UNDECIDED, NO, YES]) is NO


# What the three variants come to with RMSprop if all of R3 holds, seed by seed.
FITS = {"gan": [20, 30, 20], "wgan": [40, 50, 90], "wgan_gp": [150, 210, 180]}
WIDTHS = {"gan": [0.95, 0.96, 0.94], "wgan": [0.93, 0.95, 0.93], "wgan_gp": [0.80, 0.81, 0.79]}
DENSITIES = {"gan": [0.90, 0.91, 0.90], "wgan": [0.92, 0.90, 0.91], "wgan_gp": [1.00, 1.01, 1.00]}
Course = tuple[list[float], list[float]]
Table = dict[str, dict[str, Cell]]


def course(fit: float | None, *, off_again: int = 0, before: float = 10.0, every: int = 10, end: int = 320) -> Course:
    """A run whose W2 falls from `before` floors to one at `fit`, with so many late snapshots as at first."""
    epochs = [float(epoch) for epoch in range(0, end + 1, every)]
    ratios = [before if fit is None or epoch < fit else 1.0 for epoch in epochs]
    return epochs, ratios if not off_again else [*ratios[:-off_again], *[before] * off_again]


def by_number(values: Sequence[float | None]) -> BySeed:
    return {seed: math.nan if value is None else value for seed, value in enumerate(values)}


def courses(*fits: float | None) -> dict[int, Course]:
    return dict(enumerate(map(course, fits)))


def cell(variant: str, optimizer: str) -> Cell:
    best = optimizer == "rmsprop"
    jitter = [1.0, 1.1, 0.9] if best else [1.05, 1.1, 0.95]
    worse = {"rmsprop": 1.0, "adam": 3.0, "sgd": 30.0}[optimizer]
    figures = {
        "w2_ratio": [1.3 * worse * factor for factor in jitter],
        "width_ratio": WIDTHS[variant],
        "density": DENSITIES[variant],
        "stability": [0.01 * worse * factor for factor in jitter],
        "progress": [0.05, 0.06, 0.04] if optimizer == "sgd" else [0.9, 0.95, 0.99],
        "epochs_to_fit": FITS[variant] if best else [None, None, None],
    }
    return Cell(
        {metric: by_number(runs) for metric, runs in figures.items()},
        courses(*(FITS[variant] if best else [None, None, None])),
    )


def optimizers() -> Table:
    return {
        variant: {optimizer: cell(variant, optimizer) for optimizer in ("rmsprop", "adam", "sgd")} for variant in FITS
    }


def changed(table: Table, variant: str, optimizer: str, metric: str, runs: Sequence[float | None]) -> Table:
    """`table` with one figure of a cell changed."""
    old = table[variant][optimizer]
    new = Cell({**old.figures, metric: by_number(runs)}, old.courses)
    return {**table, variant: {**table[variant], optimizer: new}}


def fitting(table: Table, variant: str, own: dict[int, Course]) -> Table:
    """`table` with the courses of a variant's runs with RMSprop changed."""
    return {**table, variant: {**table[variant], "rmsprop": Cell(table[variant]["rmsprop"].figures, own)}}


WORDS = {
    "gan": "GAN fits already by about 50 epochs and stays",
    "wgan": "WGAN fits by some tens of epochs",
    "wgan_gp": "WGAN-GP needs about 200 epochs to fit",
    "longest": "WGAN-GP needs longer than the other two",
    "finest": "WGAN-GP ends with the finest cloud: the thinnest strokes",
    "densest": "WGAN-GP ends with the densest cloud",
    "sgd": "SGD hardly moves from start to end",
    "adam": "Adam swings strongly and is unstable",
    "rmsprop": "RMSprop is best for all three",
}


def verdicts(table: Table) -> dict[str, Verdict | None]:
    found = {claim.statement: claim.verdict for claim in report3(table, title, "minibatch")}
    return {name: found[words] for name, words in WORDS.items()}


def told(table: Table) -> dict[str, str]:
    return {claim.statement: claim.measured for claim in report3(table, title, "minibatch")}


def test_all_of_report_3_holds_where_the_figures_say_so() -> None:
    claims = report3(optimizers(), title, "minibatch")
    assert {claim.verdict for claim in claims} == {YES}
    assert [claim.statement for claim in claims] == list(WORDS.values())
    assert {claim.judged_by for claim in claims} == {"`minibatch`, 3 seeds, 320 epochs"}


@pytest.mark.parametrize(
    ("variant", "runs", "name", "verdict"),
    [
        ("gan", courses(20, 20, 80), "gan", UNDECIDED),
        ("gan", courses(20, 80, None), "gan", NO),
        ("gan", {0: course(20), 1: course(20, off_again=5), 2: course(20, off_again=8)}, "gan", NO),
        ("wgan", courses(20, 20, 100), "wgan", UNDECIDED),
        ("wgan_gp", courses(None, None, None), "wgan_gp", NO),
        ("wgan_gp", courses(20, 30, 20), "longest", UNDECIDED),
    ],
)
def test_a_claim_about_a_fit_follows_the_course_of_w2(
    variant: str, runs: dict[int, Course], name: str, verdict: Verdict
) -> None:
    assert verdicts(fitting(optimizers(), variant, runs))[name] is verdict


@pytest.mark.parametrize(
    ("place", "runs", "name", "verdict"),
    [
        (("wgan_gp", "rmsprop", "width_ratio"), [0.95, 0.90, 0.94], "finest", UNDECIDED),
        (("wgan", "rmsprop", "density"), [1.1, 1.12, 1.1], "densest", NO),
        (("wgan", "sgd", "progress"), [0.3, 0.31, 0.33], "sgd", NO),
        (("wgan", "sgd", "progress"), [0.05, 0.06, 0.13], "sgd", UNDECIDED),
        (("wgan", "sgd", "progress"), [None, None, None], "sgd", NO),  # all diverged
        (("gan", "adam", "stability"), [0.001, 0.02, 0.01], "adam", UNDECIDED),
        (("gan", "adam", "stability"), [0.001, 0.001, 0.0012], "adam", NO),
        (("gan", "adam", "w2_ratio"), [1.0, 1.1, 0.95], "rmsprop", NO),
    ],
)
def test_a_claim_follows_its_figure(
    place: tuple[str, str, str], runs: list[float | None], name: str, verdict: Verdict
) -> None:
    assert verdicts(changed(optimizers(), *place, runs))[name] is verdict


def test_a_verdict_that_hangs_on_where_fit_begins_says_so_with_the_epochs_at_each() -> None:
    # Three floors until epoch 100, then one: at four floors it fits from the start.
    late = dict.fromkeys(range(3), course(100, before=3.0))
    table = fitting(optimizers(), "gan", late)
    assert verdicts(table)["gan"] is DEPENDS
    assert told(table)[WORDS["gan"]] == (
        "2 floors: fits at epoch 100, 100, 100; all stay (no)<br>"
        "2.5 floors: fits at epoch 100, 100, 100; all stay (no)<br>"
        "4 floors: fits at epoch 0, 0, 0; all stay (yes)"
    )
    # Where the verdict is the same at each, the epochs are told all the same.
    still = fitting(optimizers(), "wgan", dict.fromkeys(range(3), course(60, before=3.0)))
    assert verdicts(still)["wgan"] is YES
    assert told(still)[WORDS["wgan"]].endswith("<br>4 floors: fits at epoch 0, 0, 0")
    assert FIT_FLOORS == (2.0, 2.5, 4.0)


def test_a_collapsed_cloud_is_not_called_the_finest() -> None:
    table = fitting(optimizers(), "wgan_gp", courses(None, None, None))
    table = changed(table, "wgan_gp", "rmsprop", "width_ratio", [0.01, 0.01, 0.02])
    found = verdicts(changed(table, "wgan_gp", "rmsprop", "density", [8.0, 9.0, 8.5]))
    assert (found["finest"], found["densest"]) == (UNDECIDED, UNDECIDED)
    assert told(table)[WORDS["finest"]].endswith("GAN 0.95 (3 of 3), WGAN 0.93 (3 of 3), WGAN-GP none (0 of 3)")


def test_a_claim_without_its_runs_says_that_they_were_not_measured() -> None:
    without_sgd = optimizers()
    for row in without_sgd.values():
        del row["sgd"]
    found = {claim.statement: claim for claim in report3(without_sgd, title, "minibatch")}
    assert found[WORDS["sgd"]] == Claim(WORDS["sgd"], "not measured")
    assert found[WORDS["adam"]].verdict is YES
    assert {claim.verdict for claim in report3({}, title, "minibatch")} == {None}


def tables(folder: Path, courses_of: dict[tuple[str, str, int], Course], floor: float = 0.5) -> Path:
    """A folder with the two tables of these runs; one without a course diverged."""
    rows, curve = [], []
    for (variant, optimizer, seed), (epochs, ratios) in courses_of.items():
        own = {"variant": variant, "optimizer": optimizer, "seed": seed}
        figures = dict.fromkeys(RUN_COLUMNS, 1.5 if epochs else None)
        rows.append({**figures, **own, "w2_floor": floor, "diverged": not epochs})
        curve += [{**own, "epoch": e, "sample_w2": floor * r} for e, r in zip(epochs, ratios, strict=True)]
    write_table(folder / "runs.csv", RUN_COLUMNS, rows)
    write_table(folder / "w2.csv", CURVE_COLUMNS, curve)
    return folder


def test_runs_are_read_from_their_tables(tmp_path: Path) -> None:
    runs = {("gan", "adam", 0): course(30), ("gan", "adam", 7): course(None), ("wgan", "sgd", 1): ([], [])}
    table = read_runs(tables(tmp_path, runs))
    gan = table["gan"]["adam"]
    assert (gan.fits(2.5), gan.epochs) == ({0: 30, 7: math.inf}, 320)
    assert gan.relapses(2.5) == {0: 0, 7: math.inf}
    assert (table["wgan"]["sgd"].fits(4.0), table["wgan"]["sgd"].epochs) == ({1: math.inf}, 0)
    assert table["wgan"]["sgd"].bad_if_missing("w2_ratio") == {1: math.inf}
    assert table["wgan"]["sgd"].known("w2_ratio") == {}
    lost = read_runs(tables(tmp_path, {("gan", "adam", 0): ([], [])}))
    assert lost["gan"]["adam"].fits(2.5) == {0: math.inf}


def test_the_pipelines_own_threshold_gives_the_epochs_of_its_table() -> None:
    for folder in ("optimizers", "full_batch"):
        for row in read_runs(ROOT / "plots" / folder).values():
            for own in row.values():
                assert own.fits(2.5) == own.bad_if_missing("epochs_to_fit")


def full_batch(**fits: list[float | None]) -> Table:
    return {
        variant: {
            R1_OPTIMIZER[variant]: Cell({}, {seed: course(fit, every=10, end=1200) for seed, fit in enumerate(steps)})
        }
        for variant, steps in fits.items()
    }


def test_report_1_is_judged_by_the_steps_to_a_fit() -> None:
    runs = {"gan": [100, 110, 120], "wgan": [700, 730, 750], "wgan_gp": [300, 310, 320]}
    claims = report1(full_batch(**runs), title)
    assert [claim.verdict for claim in claims] == [YES, YES, None]
    assert claims[0].measured == "WGAN fits at step 700, 730, 750; GAN fits at step 100, 110, 120"
    assert claims[0].judged_by == "`full_batch`, 3 seeds, 1,200 steps"
    assert claims[1].measured.endswith(f"<br>{NO_PENALTY}")
    claims = report1(full_batch(gan=[700, 710, 720], wgan=[300, 330, 350], wgan_gp=[500, 310, 200]), title)
    assert [claim.verdict for claim in claims] == [NO, UNDECIDED, None]
    # Pictures are a hundred steps apart, so one picture earlier is no sooner.
    claims = report1(full_batch(gan=[300, 300, 300], wgan=[400, 400, 400], wgan_gp=[300, 300, 300]), title)
    assert [claim.verdict for claim in claims] == [UNDECIDED, UNDECIDED, None]
    assert [claim.verdict for claim in report1({}, title)] == [None, None, None]


def test_report_1_is_judged_as_its_code_ran_where_there_are_such_runs() -> None:
    runs = {"gan": [100] * 3, "wgan": [700, 730, 750], "wgan_gp": [900, 910, 920], "wgan_free": [300, 310, 320]}
    claims = report1(full_batch(**runs), title)
    assert [claim.verdict for claim in claims] == [YES, NO, YES]
    assert claims[2].statement == "the same as its code ran it: WGAN without any constraint against WGAN"
    assert "wgan_free fits at step 300, 310, 320" in claims[2].measured


def image_run(variant: str, epochs: int, digits: dict[float, float] | None = None, fid: float = 100.0) -> ImageRun:
    shares = {"epoch": [*digits], "digit_share": [*digits.values()]} if digits else {}
    return ImageRun(variant, epochs, 200, {}, {"fid": fid}, shares)


def test_report_2_is_judged_by_where_the_discriminator_begins_and_ends() -> None:
    def run(d_real: list[float], d_fake: list[float], epochs: int) -> ImageRun:
        log = {"epoch": [0.5, 1.0, *range(2, len(d_real))], "d_real": d_real, "d_fake": d_fake}
        return ImageRun("mlp", epochs, 200, log, {}, {})

    def claim(d_real: list[float], d_fake: list[float], epochs: int) -> Claim:
        return report2({"mlp": run(d_real, d_fake, epochs)}, {})[0]

    arrived = claim([0.91, 0.97, 0.8, 0.68], [0.2, 0.05, 0.2, 0.32], 200)
    assert arrived.verdict is YES
    assert arrived.measured == "D(x) from 0.97 to 0.68, D(G(z)) from 0.05 to 0.32"
    assert arrived.judged_by == "`mlp`, 1 run, 200 epochs"
    short = run([0.97, 0.95, 0.88], [0.05, 0.1, 0.12], 30)
    assert report2({"mlp": short}, {})[0].verdict is UNDECIDED  # on its way, and stopped early
    assert report2({"mlp": short}, {})[0].judged_by == "`mlp`, 1 run, 30 of 200 epochs"
    # A run of full length decides where there is one.
    assert report2({"mlp": short}, {"mlp": run([0.91, 0.97, 0.68], [0.2, 0.05, 0.32], 200)})[0].verdict is YES
    assert claim([0.97, 0.95, 0.88], [0.05, 0.1, 0.12], 200).verdict is NO
    assert claim([0.97, 0.95, 0.99], [0.05, 0.1, 0.02], 30).verdict is NO  # on no way
    assert claim([0.97, 0.95, 0.40], [0.05, 0.1, 0.60], 30).verdict is NO  # past it
    assert claim([0.7, 0.7, 0.68], [0.3, 0.3, 0.32], 200).verdict is NO  # never sure of itself
    assert claim([0.7, 0.7, 0.99, 0.68], [0.3, 0.3, 0.02, 0.32], 200).verdict is NO  # not at the beginning
    assert report2({}, {})[0].verdict is None


def test_report_4_says_from_when_on_digits_show() -> None:
    def dcgan(digits: dict[float, float]) -> Claim:
        return report4({"dcgan": image_run("dcgan", 2, digits)}, {}, title)[0]

    shown = dcgan({0.0: 0.0, 0.5: 0.8, 1.0: 0.0, 1.2: 0.8, 1.4: 0.9, 2.0: 0.95})
    assert shown.verdict is YES  # a single snapshot before is chance
    assert shown.measured == (
        "samples that are digits: more than 25 % from epoch 1.2, more than 50 % from epoch 1.2, "
        "more than 75 % from epoch 1.2; 95 % at the end"
    )
    assert shown.judged_by == "`dcgan`, 1 run, 2 of 200 epochs"
    # Rough digits may fail the measure.
    assert dcgan({0.0: 0.0, 1.0: 0.1, 1.5: 0.2, 2.0: 0.2}).verdict is UNDECIDED
    rough = dcgan({0.0: 0.0, 1.0: 0.3, 1.5: 0.4, 2.0: 0.45})
    assert rough.verdict is Verdict.DEPENDS_ON_DIGITS
    assert "more than 25 % from epoch 1, more than 50 % never" in rough.measured
    # Snapshots too far apart, and a run that is too short, cannot tell.
    assert dcgan({0.0: 0.0, 4.0: 0.9, 8.0: 0.9, 12.0: 0.9}).verdict is UNDECIDED
    assert dcgan({0.0: 0.0, 0.5: 0.0, 1.0: 0.0, 1.5: 0.0}).verdict is UNDECIDED


def test_the_original_gan_is_judged_by_its_full_run_where_there_is_one() -> None:
    def original(digits: dict[float, float], **full: ImageRun) -> Claim:
        return report4({"dropout_mlp": image_run("dropout_mlp", 2, digits)}, full, title)[1]

    short = {0.0: 0.0, 1.0: 0.0, 2.0: 0.0}
    assert original(short).verdict is UNDECIDED
    late = image_run("dropout_mlp", 200, {0.0: 0.0, 50.0: 0.1, 60.0: 0.8, 70.0: 0.8, 200.0: 0.8})
    assert original(short, dropout_mlp=late).verdict is YES
    assert original(short, dropout_mlp=late).judged_by == "`dropout_mlp`, 1 run, 200 epochs"
    early = image_run("dropout_mlp", 200, {0.0: 0.0, 10.0: 0.8, 60.0: 0.8, 70.0: 0.8, 200.0: 0.8})
    assert original(short, dropout_mlp=early).verdict is NO


def test_report_4_compares_at_equal_epochs() -> None:
    def ahead(dcgan: ImageRun, original: ImageRun, **full: ImageRun) -> Claim:
        return report4({"dcgan": dcgan, "dropout_mlp": original}, full, title)[2]

    def run(variant: str, epochs: int, fid: float) -> ImageRun:
        return image_run(variant, epochs, fid=fid)

    claim = ahead(run("dcgan", 2, 200.0), run("dropout_mlp", 2, 500.0))
    assert (claim.verdict, claim.judged_by) == (YES, "1 run each, 2 of 200 epochs")
    assert ahead(run("dcgan", 2, 200.0), run("dropout_mlp", 2, 220.0)).verdict is UNDECIDED
    assert ahead(run("dcgan", 2, 400.0), run("dropout_mlp", 2, 220.0)).verdict is NO
    assert ahead(run("dcgan", 200, 20.0), run("dropout_mlp", 2, 220.0)).verdict is None
    # One full run alone compares with nothing.
    short = run("dcgan", 2, 200.0), run("dropout_mlp", 2, 500.0)
    assert ahead(*short, dropout_mlp=run("dropout_mlp", 200, 10.0)) == claim
    assert [claim.verdict for claim in report4({}, {}, title)] == [None, None, None]
