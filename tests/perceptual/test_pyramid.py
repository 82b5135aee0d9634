import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stitch_exp.errors import ConfigError
from stitch_exp.perceptual.pyramid import Pyramid
from tests.golden.fill import smooth_image

IMAGES = torch.cat([smooth_image(name, 64, 64) for name in ("p", "q")])


@pytest.fixture(scope="module")
def network() -> Pyramid:
    return Pyramid(num_levels=4, resize_px=None)


def test_equal_images_are_at_no_distance(network: Pyramid) -> None:
    assert network(IMAGES, IMAGES).abs().max() == 0


def test_it_is_symmetric_and_features_can_be_kept(network: Pyramid) -> None:
    known = network.features(IMAGES)
    forth, back = network.compare(known, network.features(-IMAGES)), network(-IMAGES, IMAGES)
    assert torch.allclose(forth, back) and forth.shape == (2,) and (forth > 0).all()


@settings(max_examples=10)
@given(st.floats(0.05, 0.9))
def test_more_noise_is_farther(network: Pyramid, level: float) -> None:
    noise = torch.randn(IMAGES.shape, generator=torch.Generator().manual_seed(0))
    near, far = network(IMAGES, IMAGES + 0.5 * level * noise), network(IMAGES, IMAGES + level * noise)
    assert (near < far).all()


def test_contrast_counts_relative_to_its_surroundings(network: Pyramid) -> None:
    """The same added texture is more visible on a flat ground than on a busy one."""
    generator = torch.Generator().manual_seed(0)
    texture = 0.1 * torch.randn(1, 3, 64, 64, generator=generator)
    flat, busy = torch.zeros(1, 3, 64, 64), torch.randn(1, 3, 64, 64, generator=generator).clamp(-1, 1)
    assert network(flat, flat + texture) > 4 * network(busy, busy + texture)


def test_gradients_are_finite_and_lead_to_the_target(network: Pyramid) -> None:
    image = torch.zeros(1, 3, 64, 64, requires_grad=True)
    target = IMAGES[:1]
    optimiser = torch.optim.Adam([image], lr=0.08)
    before = float(network(image, target).detach())
    for _ in range(60):
        optimiser.zero_grad()
        loss = network(image, target).sum()
        loss.backward()
        assert image.grad.isfinite().all()
        optimiser.step()
    assert float(loss) < 0.05 * before and (image - target).square().mean() < 0.05


def test_large_images_are_averaged_down_on_request() -> None:
    shrinking = Pyramid(num_levels=3, resize_px=32)
    assert shrinking.features(IMAGES)[0].shape == (2, 3, 32, 32)


def test_impossible_settings_are_said() -> None:
    with pytest.raises(ConfigError, match="num_levels is 0"):
        Pyramid(num_levels=0, resize_px=None)
    with pytest.raises(ConfigError, match="lower it"):
        Pyramid(num_levels=6, resize_px=None)(IMAGES, IMAGES)
