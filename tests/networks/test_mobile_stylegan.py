import numpy as np
import pytest
import torch

from stitch_exp.errors import ConfigError
from stitch_exp.networks.mobile_stylegan import MobileGenerator


@pytest.fixture(scope="module")
def generator() -> MobileGenerator:
    torch.manual_seed(0)
    return MobileGenerator(w_dim=16, num_mapping_layers=1).eval().requires_grad_(False)


def test_a_batch_is_its_single_pictures(generator: MobileGenerator) -> None:
    ws = torch.randn(2, 18, 16)
    both = generator(ws, resolution=128)
    torch.testing.assert_close(both[1:], generator(ws[1:], resolution=128))


def test_each_image_may_have_noise_of_its_own(generator: MobileGenerator) -> None:
    """As `encoder=optimise` puts it there, together with the side it draws at."""
    ws = torch.randn(3, 18, 16, generator=torch.Generator().manual_seed(1))
    planes = {name: plane for name, plane in generator.named_buffers() if name.endswith("noise_const")}
    random = torch.Generator().manual_seed(2)
    noise = {name: torch.randn(3, 1, *plane.shape, generator=random) for name, plane in planes.items()}
    options = {"resolution": 128}
    together = torch.func.functional_call(generator, noise, (ws,), options)
    for i in range(3):
        single = {name: plane[i, 0] for name, plane in noise.items()}
        alone = torch.func.functional_call(generator, single, (ws[i : i + 1],), options)
        torch.testing.assert_close(together[i : i + 1], alone, atol=1e-4, rtol=1e-4)
    assert not torch.equal(together, generator(ws, resolution=128))


def test_styles_give_the_picture_of_their_codes(generator: MobileGenerator) -> None:
    small = MobileGenerator(w_dim=16, num_mapping_layers=1).eval().requires_grad_(False)
    small.load_state_dict(generator.state_dict())
    small.stop_at(128)
    ws = torch.randn(1, 18, 16)
    assert torch.equal(small.from_styles(small.style_space(ws)), small(ws))
    assert torch.equal(small(ws), generator(ws, resolution=128))
    assert not hasattr(small.synthesis, "b256")


def test_layers_below_are_those_of_coarser_features(generator: MobileGenerator) -> None:
    assert generator.layers_below(4) == []
    assert generator.layers_below(16) == [generator.synthesis.b4, generator.synthesis.b8]


@pytest.mark.parametrize("side", [64, 200, 2048])
def test_sides_without_a_head_are_refused(generator: MobileGenerator, side: int) -> None:
    with pytest.raises(
        ConfigError, match=f"resolution is {side}; this generator makes pictures of 128, 256, 512, 1024"
    ):
        generator(torch.zeros(1, 18, 16), resolution=side)


def test_codes_of_another_generator_are_refused(generator: MobileGenerator) -> None:
    with pytest.raises(ConfigError, match="codes have 12 rows; a generator of StyleGAN2-FFHQ codes takes 18"):
        generator(torch.zeros(1, 12, 16))


def test_noise_modes(generator: MobileGenerator) -> None:
    noisy = MobileGenerator(w_dim=16, num_mapping_layers=1).eval().requires_grad_(False)
    for name, plane in noisy.named_buffers():
        if name.endswith("noise_const"):
            plane.copy_(torch.from_numpy(np.random.default_rng(0).standard_normal(plane.shape)))
    ws = torch.randn(1, 18, 16)
    images = {mode: noisy(ws, noise_mode=mode, resolution=128) for mode in ("const", "none", "random")}
    assert not torch.equal(images["const"], images["none"])
    assert not torch.equal(images["random"], noisy(ws, noise_mode="random", resolution=128))
    with pytest.raises(ConfigError, match="noise_mode is 'loud'"):
        noisy(ws, noise_mode="loud")
