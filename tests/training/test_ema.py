"""Moving averages of networks."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from stitch_exp.training.ema import frozen_copy, save_grid, update_average


def layer(value: float) -> nn.Linear:
    network = nn.Linear(1, 1, bias=False)
    nn.init.constant_(network.weight, value)
    return network


@pytest.mark.parametrize(("step", "expected"), [(0, 0.9), (2, 0.75), (1000, 0.1)])
def test_the_memory_is_short_at_first(step: int, expected: float) -> None:
    average = layer(0.0)
    update_average(average, layer(1.0), decay=0.9, step=step)
    assert average.weight.item() == pytest.approx(expected)


def test_counters_are_copied() -> None:
    average, network = nn.BatchNorm1d(1), nn.BatchNorm1d(1)
    network.num_batches_tracked += 7
    update_average(average, network, decay=0.9, step=0)
    assert average.num_batches_tracked.item() == 7


def test_a_frozen_copy_stands_by_itself() -> None:
    network = layer(2.0).train()
    copy = frozen_copy(network)
    nn.init.constant_(network.weight, 3.0)
    assert copy.weight.item() == 2.0 and not copy.weight.requires_grad and not copy.training
    assert network.weight.requires_grad and network.training


def test_a_grid_has_a_pixel_around_each_picture(tmp_path: Path) -> None:
    images = torch.stack([torch.full((3, 2, 2), value) for value in (-1.0, 0.0, 5.0)])
    save_grid(images, tmp_path / "new" / "grid.png", columns=3)
    with Image.open(tmp_path / "new" / "grid.png") as image:
        pixels = np.asarray(image)
    assert pixels.shape == (4, 10, 3) and pixels[1, [1, 4, 7], 0].tolist() == [0, 128, 255]
