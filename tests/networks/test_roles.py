"""What is handed to stages keeps the contracts, and the contracts ask for no more than stages use."""

import numpy as np
import pytest
import torch
from torch import Tensor

from stitch_exp.encoder.feedforward import FeedForward
from stitch_exp.errors import ConfigError
from stitch_exp.inverters.inverter import Inverter
from stitch_exp.networks import roles, stylegan2, stylegan3
from stitch_exp.networks.segmenter_mediapipe import MediapipeSegmenter
from stitch_exp.perceptual.pyramid import Pyramid
from stitch_exp.recognisers.identity_dlib import DlibIdentity
from stitch_exp.types import Workspace
from tests.small_clip import CPU, clip_of, disc, tiny_generator

SMALL = {"z_dim": 8, "w_dim": 8, "img_resolution": 16, "channel_base": 128, "channel_max": 8}


def generators() -> list[roles.Generator]:
    torch.manual_seed(0)
    return [stylegan2.Generator(**SMALL).eval(), stylegan3.Generator(**SMALL).eval()]


@pytest.mark.parametrize("generator", generators(), ids=["stylegan2", "stylegan3"])
def test_generators_keep_the_contract(generator: roles.Generator) -> None:
    assert isinstance(generator, roles.Generator)
    with torch.no_grad():
        ws = generator.map(torch.randn(2, generator.z_dim, generator=torch.Generator().manual_seed(1)))
        image = generator(ws, noise_mode="const", resolution=generator.resolution)
        again = generator.from_styles(generator.style_space(ws), noise_mode="const", resolution=None)
    assert ws.shape == (2, generator.num_ws, generator.w_dim) and generator.w_avg.shape == (generator.w_dim,)
    assert image.shape == (2, 3, generator.resolution, generator.resolution)
    torch.testing.assert_close(again, image)
    below = {id(layer) for layer in generator.layers_below(8)}
    assert below < {id(layer) for layer in generator.synthesis.modules()}


@pytest.mark.parametrize("generator", generators(), ids=["stylegan2", "stylegan3"])
def test_a_resolution_that_is_not_made_is_refused(generator: roles.Generator) -> None:
    ws = generator.map(torch.zeros(1, generator.z_dim))
    with pytest.raises(ConfigError, match="resolution is 32"):
        generator(ws, resolution=32)


def test_the_small_networks_keep_theirs() -> None:
    average = torch.zeros(4, 8)
    assert isinstance(Inverter(torch.nn.Identity(), latent_avg=average, input_size=8, kind="e4e"), roles.Inverter)
    assert isinstance(Pyramid(num_levels=1, resize_px=None), roles.Perceptual)
    assert isinstance(MediapipeSegmenter(threshold=0.5, chin_margin=0.1), roles.Segmenter)
    assert isinstance(disc, roles.Segmenter)
    assert isinstance(DlibIdentity(), roles.Identity)
    assert not isinstance(np.zeros(3), roles.Perceptual | roles.Identity | roles.Detector | roles.Generator)


class Bright:
    """An inverter of ten lines."""

    kind, input_size, latent_avg = "e4e", 8, torch.full((4, 2), 0.5)

    def offsets(self, images: Tensor) -> Tensor:
        return images.mean(dim=(1, 2, 3))[:, None, None].expand(-1, 4, 2)

    def __call__(self, images: Tensor) -> Tensor:
        return self.offsets(images) + self.latent_avg


def test_a_stage_takes_a_plain_stand_in() -> None:
    aligned = clip_of(tiny_generator(), 3)
    stage = FeedForward(
        kind="e4e", corrections=0, inverter=Bright(), generator=tiny_generator(), batch_size=2, device=CPU
    )
    codes = stage(aligned, Workspace()).codes
    means = torch.from_numpy(aligned.crops.mean(axis=(1, 2, 3)) / 127.5 - 0.5)
    torch.testing.assert_close(codes[:, 0, 0].double(), means, atol=0.01, rtol=0)
