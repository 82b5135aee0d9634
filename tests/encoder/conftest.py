import pytest
import torch
from torch import nn

from stitch_exp.networks.stylegan2 import Generator


@pytest.fixture(scope="module")
def generator() -> Generator:
    torch.manual_seed(0)
    generator = Generator(z_dim=16, w_dim=16, img_resolution=16, num_mapping_layers=2, channel_base=256, channel_max=16)
    for name, parameter in generator.named_parameters():
        if name.endswith("noise_strength"):
            nn.init.constant_(parameter, 0.1)
    return generator.eval().requires_grad_(False)
