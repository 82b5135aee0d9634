"""A tiny generator and a tiny clip that stages can be run on in a second."""

import numpy as np
import torch
from torch import Tensor

from stitch_exp.fitting.trainer import quiet_trainer
from stitch_exp.networks.roles import Heads
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.types import AlignedClip, EditedLatents, TunedGenerator, Workspace, WPlus

SIDE = 32
CPU = torch.device("cpu")


def tiny_generator() -> Generator:
    """32 px, random, frozen; images have a spread of about 0.5."""
    torch.manual_seed(0)
    generator = Generator(
        z_dim=16, w_dim=16, img_resolution=SIDE, channel_base=512, channel_max=16, num_mapping_layers=2
    )
    for block in generator.synthesis.blocks():
        block.torgb.weight.data.mul_(0.3)
    return generator.requires_grad_(False).eval()


def codes(count: int, spread: float = 0.3) -> Tensor:
    """Codes that wander slowly."""
    torch.manual_seed(1)
    return torch.randn(1, 8, 16) + spread * torch.linspace(0, 1, count)[:, None, None] * torch.randn(1, 8, 16)


def clip_of(generator: Generator, count: int) -> AlignedClip:
    """Crops that another generator makes of almost the same codes, so that tuning has something to do."""
    other = tiny_generator()
    torch.manual_seed(2)
    for parameter in other.synthesis.parameters():
        parameter.data.add_(0.05 * torch.randn_like(parameter))
    crops = to_pixels(other(codes(count)))
    corners = np.array([[0, 0], [0, SIDE], [SIDE, SIDE], [SIDE, 0]], float) - 0.5
    return AlignedClip(
        crops=crops,
        frame_index=np.arange(count),
        frame_from_crop=np.tile(np.eye(3), (count, 1, 1)),
        quads=np.tile(corners, (count, 1, 1)),
        landmarks=np.full((count, 68, 2), SIDE / 2),
        status=("detected",) * count,
    )


def untuned(generator: Generator, count: int) -> TunedGenerator:
    """The generator as it is, with its rendering of the codes."""
    pivots = codes(count)
    return TunedGenerator(generator.state_dict(), pivots, to_pixels(generator(pivots)), np.zeros(0))


def moved(count: int, strength: float = 1.0) -> EditedLatents:
    """An edit along a random direction."""
    torch.manual_seed(3)
    return EditedLatents(WPlus(codes(count) + strength * torch.randn(1, 8, 16)), "move", {"move": strength})


def disc(crops: np.ndarray, landmarks: np.ndarray) -> Heads:
    """A segmenter that sees a disc in the middle of everything."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    return Heads(np.repeat((rows**2 + columns**2 < (SIDE / 3) ** 2)[None], len(crops), 0).astype(np.float32))


def cpu_trainer(**options: object) -> object:
    """The partial that `conf/trainer/default.yaml` describes."""
    return quiet_trainer(accelerator="cpu", precision="32-true", **options)


class Notes:
    """A Workspace that remembers what was recorded."""

    def __init__(self, scratch: object = None) -> None:
        self.rows: list[dict[str, float]] = []
        self.work = Workspace(log=lambda stage, values: self.rows.append({"stage": stage, **values}), scratch=scratch)
