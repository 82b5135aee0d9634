from dataclasses import replace

import torch

from stitch_exp.training.mobile.filmed import Filmed, FilmedPlan

NOTHING = FilmedPlan(
    degrees=0.0, zoom=0.0, shift=0.0, exposure=0.0, tint=0.0, slope=0.0, blurred_share=0.0, least_scale=0.25,
    largest_scale=0.25, noisy_share=0.0, noise=0.1, compressed_share=0.0, worst_quality=20, best_quality=20,
    covered_share=0.0,
)  # fmt: skip


def _film(images: torch.Tensor, **changes: float) -> torch.Tensor:
    torch.manual_seed(0)
    return Filmed(replace(NOTHING, **changes))(images)


def test_nothing_changes_nothing() -> None:
    images = torch.rand(2, 3, 32, 32) * 2 - 1
    torch.testing.assert_close(_film(images), images, rtol=0, atol=1e-5)


def test_the_same_draws_give_the_same_film() -> None:
    images = torch.rand(2, 3, 32, 32) * 2 - 1
    everything = dict.fromkeys(("blurred_share", "noisy_share", "compressed_share", "covered_share"), 1.0)
    moved = {"degrees": 3.0, "zoom": 0.1, "shift": 0.02, "exposure": 0.2, "tint": 0.1, "slope": 0.1}
    film = _film(images, **everything, **moved)
    assert torch.equal(film, _film(images, **everything, **moved))
    assert film.shape == images.shape
    assert film.abs().max() <= 1 + 1e-6


def test_a_scene_is_what_stands_before_the_camera() -> None:
    film, images = Filmed(replace(NOTHING, exposure=0.3, blurred_share=1.0, least_scale=0.1)), torch.rand(1, 3, 32, 32)
    torch.manual_seed(0)
    scene = film.scene(images * 2 - 1)
    assert scene.std() > 0.3, "lit, and as sharp as it was"
    assert film.recorded(scene).std() < 0.5 * scene.std()
    torch.manual_seed(0)
    whole = film(images * 2 - 1)
    torch.manual_seed(0)
    torch.testing.assert_close(film.recorded(film.scene(images * 2 - 1)), whole)


def test_blur_keeps_flat_parts_and_takes_detail() -> None:
    checkers = (torch.arange(32)[:, None] + torch.arange(32)) % 2 * 1.0 - 0.5
    film = _film(checkers.expand(1, 3, -1, -1), blurred_share=1.0)
    assert film.abs().max() < 0.01


def test_compression_keeps_the_mean_colour() -> None:
    colour = torch.tensor([0.5, -0.2, 0.1])[None, :, None, None]
    film = _film(colour.expand(1, -1, 32, 32), compressed_share=1.0)
    torch.testing.assert_close(film.mean((2, 3)), colour[:, :, 0, 0], rtol=0, atol=0.05)


def test_a_rotation_leaves_the_middle_and_moves_the_border() -> None:
    images = torch.zeros(16, 3, 33, 33)
    images[..., 16, 16] = 1.0
    images[..., 16, 32] = 1.0
    film = _film(images, degrees=40.0)
    assert film[:, 0, 16, 16].min() > 0.9
    assert film[:, 0, 16, 32].mean() < 0.5
