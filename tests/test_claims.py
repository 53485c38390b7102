"""The claims of R3 follow the figures of the comparison."""

from typing import Any

import pytest

from saddle.reporting.claims import Claim
from saddle.reporting.claims import claims as judged

TITLES = {"gan": "GAN", "wgan": "WGAN", "wgan_gp": "WGAN-GP", "rmsprop": "RMSprop", "adam": "Adam", "sgd": "SGD"}


def claims(table: dict[str, Any]) -> list[Claim]:
    return judged(table, lambda name: TITLES.get(name, name))


def figures(mean: float | None) -> dict[str, Any]:
    return {"mean": mean, "std": 0.1, "low": mean, "high": mean, "n": 3}


def measured() -> dict[str, Any]:
    """A table in which every claim of the report holds."""
    ratios = {"rmsprop": 1.5, "adam": 3.0, "sgd": 30.0}
    spread = {"rmsprop": 0.01, "adam": 0.02, "sgd": 0.001}
    return {
        variant: {
            optimizer: {
                "w2": figures(0.03 * ratios[optimizer]),
                "w2_ratio": figures(ratios[optimizer] - (0.2 if variant == "wgan_gp" else 0)),
                "epochs_to_fit": figures(200 if variant == "wgan_gp" else 50),
                "stability": figures(spread[optimizer]),
                "diverged": 0,
                "never_fitted": 0,
            }
            for optimizer in ratios
        }
        for variant in ("gan", "wgan", "wgan_gp")
    }


def test_claims_hold_where_the_figures_say_so() -> None:
    assert [claim.holds for claim in claims(measured())] == [True] * 7


@pytest.mark.parametrize(
    ("place", "value", "broken"),
    [
        (("gan", "rmsprop", "epochs_to_fit"), 10, 0),
        (("gan", "rmsprop", "epochs_to_fit"), None, 0),
        (("wgan_gp", "rmsprop", "epochs_to_fit"), 50, 2),
        (("wgan", "sgd", "w2"), 0.3, 3),
        (("gan", "adam", "stability"), 0.005, 4),
        (("gan", "adam", "w2_ratio"), 1.0, 5),
        (("wgan", "rmsprop", "w2_ratio"), 1.0, 6),
    ],
)
def test_a_claim_fails_where_its_figure_does(place: tuple[str, str, str], value: float | None, broken: int) -> None:
    table = measured()
    variant, optimizer, metric = place
    table[variant][optimizer][metric] = figures(value)
    assert not claims(table)[broken].holds


def test_an_optimizer_all_of_whose_runs_diverged_is_the_worst() -> None:
    table = measured()
    for metric in ("w2", "w2_ratio", "stability"):
        table["gan"]["adam"][metric] = figures(None)
        table["wgan"]["sgd"][metric] = figures(None)
    assert [claim.holds for claim in claims(table)] == [True, True, True, False, True, True, True]


def test_a_fit_much_sooner_than_stated_says_so() -> None:
    table = measured()
    table["gan"]["rmsprop"]["epochs_to_fit"] = figures(20)
    assert claims(table)[0].measured.endswith("epochs, sooner")


def test_titles_are_used_in_what_was_measured() -> None:
    assert claims(measured())[5].measured == "lowest w2_ratio: GAN RMSprop, WGAN RMSprop, WGAN-GP RMSprop"
    assert judged(measured(), str.upper)[5].measured == "lowest w2_ratio: GAN RMSPROP, WGAN RMSPROP, WGAN_GP RMSPROP"


def test_a_claim_without_its_runs_says_that_they_were_not_measured() -> None:
    without_sgd = measured()
    for row in without_sgd.values():
        del row["sgd"]
    assert [claim.holds for claim in claims(without_sgd)] == [True, True, True, None, True, None, True]
    assert claims(without_sgd)[3] == Claim("SGD hardly moves from start to end", "not measured", None)
    without_wgan = measured()
    del without_wgan["wgan"]
    assert [claim.holds for claim in claims(without_wgan)] == [True, None, True, None, None, None, None]
    assert [claim.holds for claim in claims({})] == [None] * 7


def test_claims_are_about_the_variants_and_optimizers_of_the_report_alone() -> None:
    table = measured()
    for row in table.values():
        row["other"] = {**row["rmsprop"], "w2_ratio": figures(0.5)}
    table["other"] = table["gan"]
    assert claims(table) == claims(measured())
