"""ReStyle's loop, with a network whose corrections can be foreseen."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from stitch_exp.encoder.restyle import ReStyle
from stitch_exp.errors import ConfigError
from stitch_exp.inverters.inverter import Inverter
from stitch_exp.networks.roles import Generator
from stitch_exp.types import AlignedClip, Workspace

SIZE = 8


class Flat(Generator):
    """A generator that paints the first number of row 0 everywhere."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, ws: Tensor) -> Tensor:
        self.calls += 1
        return ws[:, 0, 0, None, None, None].expand(-1, 3, 16, 16)


class HalfWay(nn.Module):
    """Corrects half of the difference between the image and what it sees of the code."""

    def forward(self, images: Tensor) -> Tensor:
        assert images.shape[1:] == (6, SIZE, SIZE)
        gap = (images[:, :3] - images[:, 3:]).mean(dim=(1, 2, 3))
        return 0.5 * gap[:, None, None].expand(-1, 2, 4)


def clip(levels: list[int]) -> AlignedClip:
    count = len(levels)
    crops = np.stack([np.full((16, 16, 3), level, np.uint8) for level in levels])
    eye = np.broadcast_to(np.eye(3), (count, 3, 3))
    return AlignedClip(
        crops, np.arange(count), eye, np.zeros((count, 4, 2)), np.zeros((count, 68, 2)), ("detected",) * count
    )


def stage(num_iterations: int, generator: Flat, kind: str = "restyle_e4e") -> ReStyle:
    inverter = Inverter(HalfWay(), latent_avg=torch.full((2, 4), -1.0), input_size=SIZE, kind="restyle_e4e")
    device = torch.device("cpu")
    return ReStyle(
        kind=kind, num_iterations=num_iterations, batch_size=2, inverter=inverter, generator=generator, device=device
    )


@pytest.mark.parametrize("iterations", [1, 2, 5])
def test_each_iteration_halves_the_gap(iterations: int) -> None:
    codes = stage(iterations, Flat())(clip([255, 0, 255]), Workspace()).codes
    assert torch.allclose(codes[[0, 2]], torch.full((2, 2, 4), 1 - 2 * 0.5**iterations))
    assert torch.allclose(codes[1], torch.full((2, 4), -1.0))


def test_nothing_is_rendered_that_nobody_looks_at() -> None:
    generator = Flat()
    stage(5, generator)(clip([255] * 4), Workspace())
    assert generator.calls == 1 + 2 * 4


def test_other_kinds_are_refused() -> None:
    with pytest.raises(ConfigError, match="kind restyle_psp, the model has restyle_e4e"):
        stage(1, Flat(), kind="restyle_psp")
