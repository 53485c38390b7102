"""The claims of the four reports follow the figures: yes, no, or undecided."""

import math
from typing import Any

import pytest
from saddle.metrics.points.comparison import censored_summary, summary

from saddle.errors import UserError
from saddle.reporting.claims import report1, report3
from saddle.reporting.claims.images import ImageRun, report2, report4
from saddle.reporting.claims.runs import checked, every_run, median
from saddle.reporting.claims.verdicts import (
    BySeed,
    Claim,
    Verdict,
    all_of,
    in_all_runs,
    larger,
    smaller,
)

YES, NO, UNDECIDED = Verdict.YES, Verdict.NO, Verdict.UNDECIDED
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


def test_only_seeds_that_both_have_are_compared() -> None:
    assert larger(seeds(2, 2, 2, 0.001, 0.001), seeds(1, 1, 1)) is YES


def test_infinite_figures_decide_by_ranks_where_enough_runs_agree() -> None:
    inf = math.inf
    # Three against three are divided like this in 2 of 20 ways, three against five in 2 of 56.
    assert larger(seeds(inf, 2, 3), seeds(1, 1.1, 1.2)) is UNDECIDED
    assert larger(seeds(inf, 2, 3), seeds(1, 1.1, 1.2, 1.3, 1.4)) is YES
    assert smaller(seeds(inf, 2, 3), seeds(1, 1.1, 1.2, 1.3, 1.4)) is NO
    assert larger(seeds(inf, inf, inf), seeds(1, 1.1, 1.2, 1.3, 1.4)) is YES  # all three diverged
    assert larger(seeds(inf, 1.01), seeds(1, 1)) is UNDECIDED  # two pairs that agree are a toss of two coins
    assert larger(seeds(inf, inf), seeds(inf, inf)) is UNDECIDED


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
FITS = {"gan": [20.0, 30.0, 20.0], "wgan": [40.0, 50.0, 90.0], "wgan_gp": [150.0, 210.0, 180.0]}
WIDTHS = {"gan": [0.95, 0.96, 0.94], "wgan": [0.93, 0.95, 0.93], "wgan_gp": [0.80, 0.81, 0.79]}
DENSITIES = {"gan": [0.90, 0.91, 0.90], "wgan": [0.92, 0.90, 0.91], "wgan_gp": [1.00, 1.01, 1.00]}


def cell(variant: str, optimizer: str) -> dict[str, Any]:
    best = optimizer == "rmsprop"
    jitter = [1.0, 1.1, 0.9] if best else [1.05, 1.1, 0.95]
    worse = {"rmsprop": 1.0, "adam": 3.0, "sgd": 30.0}[optimizer]
    return {
        "seeds": [0, 1, 2],
        "w2_ratio": summary([1.3 * worse * factor for factor in jitter]),
        "width_ratio": summary(WIDTHS[variant]),
        "density": summary(DENSITIES[variant]),
        "stability": summary([0.01 * worse * factor for factor in jitter]),
        "progress": summary([0.05, 0.06, 0.04] if optimizer == "sgd" else [0.9, 0.95, 0.99]),
        "relapse_rate": summary([0.0, 0.0, 0.02]),
        "epochs_to_fit": censored_summary(FITS[variant] if best else [None, None, None]),
        "diverged": 0,
        "never_fitted": 0 if best else 3,
    }


def optimizers() -> dict[str, Any]:
    return {
        variant: {optimizer: cell(variant, optimizer) for optimizer in ("rmsprop", "adam", "sgd")} for variant in FITS
    }


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


def verdicts(table: dict[str, Any]) -> dict[str, Verdict | None]:
    found = {claim.statement: claim.verdict for claim in report3.claims(table, title)}
    return {name: found[words] for name, words in WORDS.items()}


def test_all_of_report_3_holds_where_the_figures_say_so() -> None:
    assert set(verdicts(optimizers()).values()) == {YES}
    assert len(report3.claims(optimizers(), title)) == len(WORDS)


@pytest.mark.parametrize(
    ("place", "runs", "name", "verdict"),
    [
        (("gan", "rmsprop", "epochs_to_fit"), [10.0, 10.0, 10.0], "gan", YES),  # "by about" is an upper bound
        (("gan", "rmsprop", "epochs_to_fit"), [20.0, 20.0, 80.0], "gan", UNDECIDED),
        (("gan", "rmsprop", "epochs_to_fit"), [20.0, 80.0, None], "gan", NO),
        (("gan", "rmsprop", "relapse_rate"), [0.0, 0.2, 0.3], "gan", NO),
        (("gan", "rmsprop", "relapse_rate"), [0.0, 0.0, 0.3], "gan", UNDECIDED),
        (("wgan", "rmsprop", "epochs_to_fit"), [20.0, 20.0, 100.0], "wgan", UNDECIDED),
        (("wgan_gp", "rmsprop", "epochs_to_fit"), [None, None, None], "wgan_gp", NO),
        (("wgan_gp", "rmsprop", "epochs_to_fit"), [20.0, 30.0, 20.0], "wgan_gp", NO),  # it does not need 200
        (("wgan_gp", "rmsprop", "epochs_to_fit"), [20.0, 30.0, 20.0], "longest", UNDECIDED),
        (("wgan_gp", "rmsprop", "epochs_to_fit"), [50.0, 60.0, 100.0], "longest", UNDECIDED),  # a snapshot after WGAN
        (("wgan_gp", "rmsprop", "width_ratio"), [0.95, 0.90, 0.94], "finest", UNDECIDED),
        (("wgan", "rmsprop", "density"), [1.1, 1.12, 1.1], "densest", NO),
        (("wgan", "sgd", "progress"), [0.3, 0.31, 0.33], "sgd", NO),
        (("wgan", "sgd", "progress"), [0.05, 0.06, 0.13], "sgd", UNDECIDED),
        (("wgan", "sgd", "progress"), [-5.0, -4.0, -6.0], "sgd", NO),  # it went far away
        (("wgan", "sgd", "progress"), [None, None, None], "sgd", NO),  # all diverged
        (("gan", "adam", "stability"), [0.001, 0.02, 0.01], "adam", UNDECIDED),
        (("gan", "adam", "stability"), [0.001, 0.001, 0.0012], "adam", NO),
        (("gan", "adam", "stability"), [0.015, 0.0165, 0.0135], "adam", NO),  # half as much again is not strongly
        (("gan", "adam", "w2_ratio"), [1.0, 1.1, 0.95], "rmsprop", NO),
        (("gan", "adam", "w2_ratio"), [1.2, 1.6, 1.1], "rmsprop", UNDECIDED),
        (("gan", "sgd", "w2_ratio"), [None, 30.0, 31.0], "rmsprop", UNDECIDED),  # three against three
    ],
)
def test_a_claim_follows_its_figure(
    place: tuple[str, str, str], runs: list[float | None], name: str, verdict: Verdict
) -> None:
    table = optimizers()
    variant, optimizer, metric = place
    table[variant][optimizer][metric] = censored_summary(runs) if metric == "epochs_to_fit" else summary(runs)
    assert verdicts(table)[name] is verdict


def test_a_collapsed_cloud_is_not_called_the_finest() -> None:
    table = optimizers()
    cell = table["wgan_gp"]["rmsprop"]
    cell["epochs_to_fit"] = censored_summary([None, None, None])
    cell["width_ratio"], cell["density"] = summary([0.01, 0.01, 0.02]), summary([8.0, 9.0, 8.5])
    found = verdicts(table)
    assert (found["finest"], found["densest"]) == (UNDECIDED, UNDECIDED)


def test_where_runs_diverged_the_words_say_so() -> None:
    table = optimizers()
    for variant in table:
        table[variant]["sgd"]["progress"] = summary([None, None, None])
        table[variant]["adam"]["stability"] = summary([None, None, None])
    told = {claim.statement: claim.measured for claim in report3.claims(table, title)}
    assert told[WORDS["sgd"]].endswith("GAN none, WGAN none, WGAN-GP none")
    assert "GAN diverged against 0.01" in told[WORDS["adam"]]
    table["gan"]["rmsprop"]["epochs_to_fit"] = censored_summary([None, None, None])
    told = {claim.statement: claim.measured for claim in report3.claims(table, title)}
    assert told[WORDS["gan"]] == "fits at epoch never, never, never"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"gan": 3}, "f.json: gan holds no runs"),
        ({"gan": {"adam": 3}}, "f.json: gan.adam holds no runs"),
        ({"gan": {"adam": {"seeds": [0]}}}, "f.json: gan.adam has no 'w2_ratio' of 1 runs"),
        ({"gan": {"adam": {**cell("gan", "adam"), "seeds": [0, 1]}}}, "f.json: gan.adam has no 'w2_ratio' of 2 runs"),
        ({"gan": {"adam": {**cell("gan", "adam"), "density": {"runs": [1, 2, 3]}}}}, "has no 'density' of 3 runs"),
        (
            {"gan": {"adam": {**cell("gan", "adam"), "density": summary([1.0] * 3) | {"runs": ["a", 1, 2]}}}},
            "'density'",
        ),
    ],
)
def test_a_file_that_holds_no_comparison_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(UserError, match=named):
        checked(change, "f.json")
    assert checked(optimizers(), "f.json") == optimizers()


def test_medians_and_all_seeds_are_told_and_never_an_interval() -> None:
    told = {claim.statement: claim.measured for claim in report3.claims(optimizers(), title)}
    assert told[WORDS["gan"]] == "fits at epoch 20, 20, 30; off again in 2 % of the later snapshots at most"
    assert told[WORDS["longest"]] == "median epochs to fit: GAN 20, WGAN 50, WGAN-GP 180"
    assert told[WORDS["finest"]].endswith("GAN 0.95, WGAN 0.93, WGAN-GP 0.8")
    assert not any("[" in measured for measured in told.values())
    cells = optimizers()["gan"]
    assert median(cells["adam"], "epochs_to_fit", word="never") == "never"
    assert every_run(cells["adam"], "epochs_to_fit", word="never") == "never, never, never"


def test_titles_are_used_in_what_was_measured() -> None:
    told = [claim.measured for claim in report3.claims(optimizers(), str.upper)]
    assert any("WGAN_GP" in measured for measured in told)


def test_a_claim_without_its_runs_says_that_they_were_not_measured() -> None:
    without_sgd = optimizers()
    for row in without_sgd.values():
        del row["sgd"]
    found = {claim.statement: claim for claim in report3.claims(without_sgd, title)}
    assert found[WORDS["sgd"]] == Claim(WORDS["sgd"], "not measured", None)
    assert found[WORDS["adam"]].verdict is YES
    assert {claim.verdict for claim in report3.claims({}, title)} == {None}


def test_claims_are_about_the_variants_and_optimizers_of_the_report_alone() -> None:
    table = optimizers()
    for row in table.values():
        row["other"] = row["sgd"]
    table["other"] = table["gan"]
    assert report3.claims(table, title) == report3.claims(optimizers(), title)


def full_batch(gan: list[float], wgan: list[float], wgan_gp: list[float]) -> dict[str, Any]:
    runs = {("gan", "adam"): gan, ("wgan", "rmsprop"): wgan, ("wgan_gp", "rmsprop"): wgan_gp}
    return {
        variant: {optimizer: {"seeds": [0, 1, 2], "epochs_to_fit": censored_summary(steps)}}
        for (variant, optimizer), steps in runs.items()
    }


def test_report_1_is_judged_by_the_steps_to_a_fit() -> None:
    claims = report1.claims(full_batch([100, 110, 120], [700, 730, 750], [300, 310, 320]), title)
    assert [claim.verdict for claim in claims] == [YES, YES]
    assert claims[0].measured == "WGAN fits at step 700, 730, 750; GAN fits at step 100, 110, 120"
    claims = report1.claims(full_batch([700, 710, 720], [300, 330, 350], [500, 310, 200]), title)
    assert [claim.verdict for claim in claims] == [NO, UNDECIDED]
    # Pictures are a hundred steps apart, so one picture earlier is no sooner.
    claims = report1.claims(full_batch([300, 300, 300], [400, 400, 400], [300, 300, 300]), title)
    assert [claim.verdict for claim in claims] == [UNDECIDED, UNDECIDED]
    assert [claim.verdict for claim in report1.claims({}, title)] == [None, None]


def image_run(epochs: int, **metrics: float) -> ImageRun:
    return ImageRun(epochs, 200, {}, {"fid": 100.0, "inception_score": 5.0, **metrics})


REAL = {"inception_score": 9.8}


def test_report_2_is_judged_by_where_the_discriminator_begins_and_ends() -> None:
    def claim(d_real: list[float], d_fake: list[float], epochs: int) -> Claim:
        log = {"epoch": [0.5, 1.0, *range(2, len(d_real))], "d_real": d_real, "d_fake": d_fake}
        return report2({"mlp": ImageRun(epochs, 200, log, {})}, title)[0]

    arrived = claim([0.91, 0.97, 0.8, 0.68], [0.2, 0.05, 0.2, 0.32], 200)
    assert arrived.verdict is YES
    assert arrived.measured == "D(x) from 0.97 to 0.68, D(G(z)) from 0.05 to 0.32, after 200 of 200 epochs"
    assert claim([0.97, 0.95, 0.88], [0.05, 0.1, 0.12], 30).verdict is UNDECIDED  # on its way, and stopped early
    assert claim([0.97, 0.95, 0.88], [0.05, 0.1, 0.12], 200).verdict is NO
    assert claim([0.97, 0.95, 0.99], [0.05, 0.1, 0.02], 30).verdict is NO  # on no way
    assert claim([0.97, 0.95, 0.40], [0.05, 0.1, 0.60], 30).verdict is NO  # past it
    assert claim([0.7, 0.7, 0.68], [0.3, 0.3, 0.32], 200).verdict is NO  # never sure of itself
    assert claim([0.7, 0.7, 0.99, 0.68], [0.3, 0.3, 0.02, 0.32], 200).verdict is NO  # not at the beginning
    assert report2({}, title)[0].verdict is None


def test_report_4_is_judged_at_equal_epochs_and_what_no_metric_sees_is_left_to_the_eye() -> None:
    def verdicts_of(dcgan: ImageRun, original: ImageRun) -> list[Verdict | None]:
        return [claim.verdict for claim in report4({"dcgan": dcgan, "dropout_mlp": original}, REAL, title)]

    digits, original, ahead = report4(
        {"dcgan": image_run(2, fid=200.0), "dropout_mlp": image_run(2, fid=500.0)}, REAL, title
    )
    assert (digits.verdict, original.verdict, ahead.verdict) == (UNDECIDED, UNDECIDED, YES)
    assert original.measured.startswith("after 2 of 200 epochs, 5 classes can be told apart (Inception Score; real")
    assert verdicts_of(image_run(2, fid=200.0), image_run(2, fid=220.0))[2] is UNDECIDED
    assert verdicts_of(image_run(2, fid=400.0), image_run(2, fid=220.0))[2] is NO
    assert verdicts_of(image_run(200, fid=20.0), image_run(2, fid=220.0))[2] is None
    assert [claim.verdict for claim in report4({}, REAL, title)] == [None, None, None]
