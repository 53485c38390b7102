"""The measured growth: what is fitted, and that each case is of the size that it says."""

import numpy as np
import pytest
import torch

from benchmarks.growth.cases import CASES
from benchmarks.growth.fits import fit_of
from benchmarks.measuring.clock import run
from saddle.networks.progan.network import ProGANGenerator


def test_a_fixed_part_and_one_in_proportion_are_found() -> None:
    work = [1.0, 10.0, 100.0]
    fit = fit_of(work, [3 + 2 * size for size in work])
    assert (fit.fixed, fit.each, fit.error) == pytest.approx((3, 2, 0), abs=1e-9)
    assert fit.at(1000) == pytest.approx(2003)


def test_no_part_is_negative_and_the_error_is_the_largest() -> None:
    falling = fit_of([1, 2], [2, 1])
    assert falling.each == 0
    assert falling.error == pytest.approx(max(abs(falling.fixed / 2 - 1), abs(falling.fixed - 1)))
    steep = fit_of([1, 2], [1, 4])
    assert steep.fixed == 0


@pytest.mark.parametrize(("name", "size"), [("points", 64), ("dcgan", 4), ("progan", 16)])
def test_a_case_is_of_its_size(name: str, size: int) -> None:
    training = CASES[name].make(size)
    run(training, 2)
    if name == "progan":
        assert isinstance(training.generator, ProGANGenerator)
        assert training.generator.level == 0  # its full resolution
        assert training.generator.sample(torch.zeros(1, 64)).shape[-1] == size
    else:
        assert training.batch == size
    assert np.isfinite([float(value.sum()) for value in training.generator.state_dict().values()]).all()
