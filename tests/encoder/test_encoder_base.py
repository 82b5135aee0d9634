"""Crops prepared for an encoder."""

import numpy as np
import pytest
import torch

from stitch_exp.encoder.base import batches, check_crops, check_kind, num_batches, resized
from stitch_exp.errors import ConfigError, FaceError
from stitch_exp.inverters.inverter import Inverter
from tests.small_clip import CPU, clip_of, tiny_generator

CROPS = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), np.uint8)


@pytest.mark.parametrize(("batch_size", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (9, [5])])
def test_batches_hold_all_crops_in_order(batch_size: int, sizes: list[int]) -> None:
    parts = list(batches(CROPS, batch_size, 16, CPU))
    assert [len(part) for part in parts] == sizes
    expected = torch.from_numpy(CROPS).permute(0, 3, 1, 2) / 127.5 - 1
    torch.testing.assert_close(torch.cat(parts), expected)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_batches_are_counted_as_they_come(count: int) -> None:
    aligned = clip_of(tiny_generator(), count)
    for batch_size in (1, 2, 3, 9):
        assert num_batches(aligned, batch_size) == len(list(batches(aligned.crops, batch_size, 32, CPU)))


def test_only_one_batch_is_read_at_a_time() -> None:
    parts = batches(CROPS, 2, 8, CPU)
    assert next(parts).shape == (2, 3, 8, 8)
    assert sum(1 for _ in parts) == 2


@pytest.mark.parametrize("side", [8, 16, 24])
def test_flat_pictures_stay_flat_at_every_size(side: int) -> None:
    flat = torch.full((1, 3, 16, 16), 0.25)
    torch.testing.assert_close(resized(flat, side), torch.full((1, 3, side, side), 0.25))


def test_a_clip_without_faces_is_said() -> None:
    aligned = clip_of(tiny_generator(), 1)
    check_crops(aligned)
    empty = type(aligned)(
        aligned.crops[:0], np.zeros(0, int), aligned.frame_from_crop[:0], aligned.quads[:0], aligned.landmarks[:0],
        ("missing",) * 7,
    )  # fmt: skip
    with pytest.raises(FaceError, match="no face to encode in 7 frames"):
        check_crops(empty)


def test_a_network_of_another_method_is_said() -> None:
    inverter = Inverter(torch.nn.Identity(), latent_avg=torch.zeros(2, 3), input_size=8, kind="psp")
    check_kind(inverter, ("e4e", "psp"))
    with pytest.raises(ConfigError, match="needs a network of kind e4e or restyle_e4e, the model has psp"):
        check_kind(inverter, ("e4e", "restyle_e4e"))


def test_resize_is_antialiased_and_leaves_a_fitting_image_alone() -> None:
    stripes = torch.ones(1, 3, 32, 32)
    stripes[..., ::2] = -1
    small = resized(stripes, 8)
    assert small[..., 2:-2].abs().max() < 1e-6
    assert resized(stripes, 32) is stripes
