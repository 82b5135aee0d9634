"""Where W lies, by random samples of a mapping network that is known."""

import math

import numpy as np
import pytest
import torch

from stitch_exp.encoder.w_space import SAMPLING_SEED, measure_w
from stitch_exp.networks.stylegan2 import Generator
from tests.linear_generator import LinearGenerator
from tests.small_clip import CPU


def test_mean_and_spread_of_w(generator: Generator) -> None:
    space = measure_w(generator, 50, CPU)
    z = np.random.RandomState(123).randn(50, 16).astype(np.float32)
    rows = generator.mapping(torch.from_numpy(z)).numpy()
    np.testing.assert_allclose(space.mean.numpy(), rows.mean(axis=0), atol=1e-5)
    assert space.spread == pytest.approx(math.sqrt(((rows - rows.mean(axis=0)) ** 2).sum() / 50), rel=1e-4)


def test_a_gaussian_has_its_widths() -> None:
    """W of widths 1, 3 and 2: the root of the summed variances is the root of 14."""
    space = measure_w(LinearGenerator(), 20_000, CPU)
    assert space.spread == pytest.approx(14**0.5, rel=0.02)
    assert space.mean.tolist() == pytest.approx([0, 0, 0], abs=0.06)


def test_all_clips_start_alike_whatever_was_drawn_before() -> None:
    first = measure_w(LinearGenerator(), 5, CPU)
    np.random.seed(1), torch.manual_seed(1)
    second = measure_w(LinearGenerator(), 5, CPU)
    assert torch.equal(first.mean, second.mean) and first.spread == second.spread
    z = np.random.RandomState(SAMPLING_SEED).randn(5, 3) * (1, 3, 2)
    np.testing.assert_allclose(first.mean, z.mean(axis=0), rtol=1e-5)
    assert first.spread == pytest.approx(np.sqrt(((z - z.mean(axis=0)) ** 2).sum() / 5), rel=1e-5)
