"""The yardstick of the benchmarks renders the same images as the generator."""

import pytest
import torch

from bench.reference import ReferenceGenerator
from stitch_exp.networks.stylegan2 import Generator


@pytest.mark.parametrize("fused", [True, False])
def test_same_images(fused: bool) -> None:
    torch.manual_seed(0)
    generator = Generator(z_dim=16, w_dim=16, img_resolution=32, channel_base=512, channel_max=32, num_mapping_layers=2)
    for block in generator.synthesis.blocks():
        for layer in block.layers[:-1]:
            torch.nn.init.constant_(layer.noise_strength, 0.3)
    ws = torch.randn(2, generator.num_ws, 16)
    with torch.no_grad():
        difference = (ReferenceGenerator(generator, fused)(ws) - generator(ws)).abs().max()
    assert difference < 1e-4
