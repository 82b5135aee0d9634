"""HyperStyle on a pretended GPU, as a program: `python -m tests.devices.hyperstyle_on_cuda` prints where things are."""

import os
import sys

import pytest
import torch

from stitch_exp.encoder.hyperstyle import HyperStyle
from stitch_exp.inverters.hyperstyle import HyperNetwork, offset_weights
from stitch_exp.inverters.inverter import Inverter
from stitch_exp.inverters.w_encoder import WEncoder
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.types import Workspace
from tests.devices.pretended import CUDA, pretended
from tests.small_clip import clip_of, tiny_generator

SIDE, WIDTH, INPUT = 16, 16, 64
LAYERS = (0, 1, 2, 6)
"""A 3x3 layer whose offsets the shared network gives, a toRGB, and two whose offsets are of channel pairs."""


def main() -> str:
    """Devices of the pivots, of the offsets and of a picture by the changed generator."""
    sizes = {"resolution": SIDE, "channel_base": 128, "channel_max": WIDTH}
    network = WEncoder(style_dim=WIDTH, widths=(8, 8, 8, 8, 16), num_units=(1, 1, 1, 1))
    generator = Generator(z_dim=8, w_dim=WIDTH, img_resolution=SIDE, channel_base=128, channel_max=WIDTH)
    average = torch.zeros(WIDTH)
    inverter = Inverter(network, latent_avg=average, input_size=INPUT, kind="w_encoder", num_ws=generator.num_ws)
    hyper = HyperNetwork(layers_to_tune=LAYERS, **sizes, code_dim=8, input_size=INPUT)
    parts = [part.eval().requires_grad_(False).to(CUDA) for part in (inverter, hyper, generator)]
    settings = {"kind": "w_encoder", "num_iterations": 2, "num_frames": 2}
    stage = HyperStyle(**settings, inverter=parts[0], hypernetwork=parts[1], generator=parts[2], device=CUDA)
    pivots = stage(clip_of(tiny_generator(), 3), Workspace())
    offsets = {key: offset.to(CUDA) for key, offset in pivots.weight_offsets.items()}
    image = offset_weights(parts[2], offsets)(pivots.codes.to(CUDA))
    homes = sorted({offset.device.type for offset in pivots.weight_offsets.values()})
    return f"codes {pivots.codes.device.type}, {len(homes and offsets)} offsets {homes}, picture {image.device}"


if __name__ == "__main__":
    with pretended(pytest.MonkeyPatch()):
        said = main()
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()
    os._exit(0)  # what pretended tensors leave behind is not taken down
