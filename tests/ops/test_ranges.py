"""Pixels to networks and back."""

import numpy as np
import torch

from stitch_exp.ops.ranges import to_pixels, to_unit


def test_known_values() -> None:
    images = torch.tensor([-1.0, 0.0, 1.0, -3.0, 3.0]).expand(3, 1, 5)
    assert to_pixels(images)[0, :, 1].tolist() == [0, 128, 255, 0, 255]
    pixels = np.array([[[0, 255, 51]]], np.uint8)
    assert to_unit(pixels).flatten().tolist() == [-1.0, 1.0, np.float32(51) / np.float32(127.5) - 1]


def test_all_levels_come_back_and_axes_move() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    levels[..., 1] = 255 - levels[..., 1]
    levels.flags.writeable = False
    images = to_unit(levels)
    assert images.shape == (1, 3, 16, 16) and images.dtype == torch.float32
    assert np.array_equal(to_pixels(images), levels)
    assert np.array_equal(to_pixels(images.requires_grad_()), levels)
