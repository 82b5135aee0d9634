"""How unlike two faces are: vectors whose squared distance is a weighted error."""

import numpy as np
import pytest
import torch
from torch import Tensor

from stitch_exp.tuning.resemblance import OUTSIDE, Resemblance
from tests.linear_generator import Blind, LinearGenerator
from tests.small_clip import CPU


def test_the_middle_of_the_crop_counts_most() -> None:
    resemblance = Resemblance(Blind(), 32, 3.0)
    plain = np.zeros((1, 64, 64, 3), dtype=np.uint8)
    face, corner, all_white = plain.copy(), plain.copy(), plain + 255
    face[:, 28:36, 28:36] = 255
    corner[:, :8, :8] = 255
    base = resemblance.of_crops(plain, CPU)
    distance = {
        name: float((resemblance.of_crops(crops, CPU) - base).square().sum())
        for name, crops in {"face": face, "corner": corner, "all": all_white}.items()
    }
    assert distance["face"] > 3 * distance["corner"]
    assert distance["all"] == pytest.approx(3 * 4.0, rel=1e-4)


class Itself:
    """Sees the picture, at half its side, too."""

    def features(self, images: Tensor) -> list[Tensor]:
        return [images, images[..., ::2, ::2]]

    def compare(self, features_a: list[Tensor], features_b: list[Tensor]) -> Tensor:
        raise AssertionError("vectors are compared instead")


def test_a_change_everywhere_counts_once_a_plane_whatever_its_size() -> None:
    """Weights of all places sum to 1 on each plane: a difference d of C channels adds C d^2, colours l2_weight d^2."""
    resemblance = Resemblance(Itself(), 16, 6.0)
    a, b = torch.zeros(1, 3, 16, 16), torch.full((1, 3, 16, 16), 0.5)
    distance = (resemblance(a) - resemblance(b)).square().sum()
    assert float(distance) == pytest.approx((3 + 3 + 6.0) * 0.25, rel=1e-5)


def test_without_colours_only_features_count() -> None:
    resemblance, images = Resemblance(Blind(), 8, 0.0), torch.rand(2, 3, 8, 8)
    assert resemblance(images).shape == (2, 3 * 16) and not resemblance(images).any()


def test_the_rim_counts_as_little_as_it_is_said_to() -> None:
    """Weights are read off by lighting one block of 2 x 2 pixels at a time: colours are compared at half the side."""
    resemblance = Resemblance(Blind(), 32, 3.0)
    zero = resemblance(torch.zeros(1, 3, 32, 32))

    def weight(row: int, column: int) -> float:
        lit = torch.zeros(1, 3, 32, 32)
        lit[..., row : row + 2, column : column + 2] = 1
        return float((resemblance(lit) - zero).square().sum()) / 3

    weights = np.array([[weight(row, column) for column in range(0, 32, 2)] for row in range(0, 32, 2)])
    assert weights.sum() == pytest.approx(1.0, rel=1e-4)
    np.testing.assert_allclose(weights, weights[:, ::-1], rtol=1e-4)
    assert weights[0, 0] / weights.max() == pytest.approx(OUTSIDE, rel=0.05)
    assert np.unravel_index(weights.argmax(), weights.shape)[0] == 8


def test_crops_of_any_side_are_compared_at_one() -> None:
    resemblance = Resemblance(Itself(), 8, 1.0)
    small = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8)
    large = small.repeat(3, axis=1).repeat(3, axis=2)
    torch.testing.assert_close(resemblance.of_crops(small, CPU), resemblance.of_crops(large, CPU))


def test_codes_are_drawn_no_larger_than_they_are_compared() -> None:
    generator, resemblance = LinearGenerator(), Resemblance(Blind(), 8, 1.0)
    codes = torch.randn(2, 2, 3, generator=torch.Generator().manual_seed(0))
    expected = resemblance(generator(codes, resolution=8))
    assert torch.equal(resemblance.of_codes(codes, generator), expected)
