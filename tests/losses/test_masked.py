"""The error inside a soft mask, of two pixels."""

import pytest
import torch

from stitch_exp.losses.masked import masked_error


def images() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Two pixels that differ by 4 and by 1 in every channel, the first half masked out."""
    difference = torch.tensor([4.0, 1.0]).expand(1, 3, 1, 2)
    return difference, torch.zeros(1, 3, 1, 2), torch.tensor([[[0.5, 1.0]]])


def test_squares_take_the_mask_squared() -> None:
    assert masked_error(*images()).item() == pytest.approx(3 * (2.0**2 + 1.0**2) / 1.5)


def test_absolute_values_take_it_once() -> None:
    assert masked_error(*images(), "l1").item() == pytest.approx(3 * (2.0 + 1.0) / 1.5)


def test_an_empty_mask_is_no_error() -> None:
    a, b, mask = images()
    assert masked_error(a, b, 0 * mask).tolist() == [0.0]


def test_each_image_has_its_own_mask() -> None:
    a, b, mask = images()
    errors = masked_error(a.repeat(2, 1, 1, 1), b.repeat(2, 1, 1, 1), torch.cat([mask, 1 - mask]))
    assert errors.tolist() == pytest.approx([10.0, 3 * 2.0**2 / 0.5])


def test_masked_error_sums_channels_and_averages_the_mask() -> None:
    a, b, mask = torch.ones(2, 3, 4, 4), torch.zeros(2, 3, 4, 4), torch.zeros(2, 4, 4)
    mask[:, :2] = 1
    assert masked_error(a, b, mask).tolist() == [3, 3]
