"""Random views of aligned faces."""

import pytest
import torch

from stitch_exp.training.augment import Degrade, RandomView, as_float, shrink


def test_views_stay_in_range_and_differ() -> None:
    pixels = torch.randint(0, 256, (3, 3, 32, 32), dtype=torch.uint8)
    views = RandomView(16, 8.0, 0.1, 0.05, 0.1, 0.2)(pixels)
    assert views.shape == (3, 3, 16, 16)
    assert views.abs().max() <= 1
    assert Degrade()(views).shape == views.shape


PIXELS = torch.randint(0, 256, (3, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_pixels_to_the_range_of_networks() -> None:
    levels = torch.tensor([0, 255, 51], dtype=torch.uint8).view(1, 3, 1, 1).expand(1, 3, 4, 4)
    assert as_float(levels, 2)[0, :, 0, 0].tolist() == pytest.approx([-1.0, 1.0, -0.6])


def test_shrinking_is_an_exact_mean_and_its_own_side_nothing() -> None:
    images = torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(shrink(images, 4), images.unflatten(3, (4, 2)).unflatten(2, (4, 2)).mean(dim=(3, 5)))
    assert shrink(images, 8) is images


def view(side: int = 16, **other: float):
    settings = dict.fromkeys(("degrees", "zoom", "shift", "gain", "brightness"), 0.0)
    return RandomView(side, **(settings | other))


def test_a_view_without_any_change_is_the_picture_or_its_mirror() -> None:
    torch.manual_seed(0)
    views = torch.cat([view()(PIXELS) for _ in range(4)])
    plain = as_float(PIXELS, 16).repeat(4, 1, 1, 1)
    same = (views - plain).abs().amax(dim=(1, 2, 3)) < 1e-4
    mirrored = (views - plain.flip(-1)).abs().amax(dim=(1, 2, 3)) < 1e-4
    assert (same | mirrored).all() and same.any() and mirrored.any()


def test_geometry_changes_no_flat_picture() -> None:
    flat = torch.full((4, 3, 16, 16), 200, dtype=torch.uint8)
    views = view(degrees=30.0, zoom=0.3, shift=0.2)(flat)
    torch.testing.assert_close(views, torch.full((4, 3, 16, 16), 200 / 127.5 - 1), atol=1e-4, rtol=0)


def test_colour_changes_by_no_more_than_its_settings() -> None:
    flat = torch.full((64, 3, 8, 8), 128, dtype=torch.uint8)
    torch.manual_seed(0)
    ratio = (view(8, gain=0.1)(flat) + 1) / (128 / 127.5)
    assert ratio.amin() >= 0.9 - 1e-4 and ratio.amax() <= 1.1 + 1e-4 and float(ratio.std()) > 0.02
    torch.testing.assert_close(ratio, ratio[:, :, :1, :1].expand_as(ratio))


def test_a_shift_is_a_share_of_the_side() -> None:
    dot = torch.zeros(64, 3, 32, 32, dtype=torch.uint8)
    dot[:, :, 14:18, 14:18] = 255
    torch.manual_seed(0)
    mass = view(32, shift=0.25)(dot)[:, 0] + 1
    rows = (mass.sum(dim=2) * (torch.arange(32) - 15.5)).sum(dim=1) / mass.sum(dim=(1, 2))
    assert rows.abs().max() <= 0.25 * 32 + 0.1 and rows.abs().max() > 0.15 * 32


def test_about_half_of_a_batch_is_degraded_and_the_rest_untouched() -> None:
    torch.manual_seed(0)
    images = torch.rand(64, 3, 16, 16) * 2 - 1
    same = (Degrade()(images) == images).all(dim=(1, 2, 3))
    assert 16 < int(same.sum()) < 48


def test_blur_without_noise_keeps_flat_pictures() -> None:
    flat = torch.full((8, 3, 16, 16), 0.3)
    torch.testing.assert_close(Degrade(noise=0.0)(flat), flat)
