"""The HyperStyle stage: offsets accumulate over iterations and are averaged over frames."""

import numpy as np
import torch
from torch import Tensor

from stitch_exp.encoder.hyperstyle import HyperStyle
from stitch_exp.fitting.keyframes import keyframes
from stitch_exp.inverters.hyperstyle import HyperNetwork
from stitch_exp.inverters.inverter import Inverter
from stitch_exp.inverters.w_encoder import WEncoder
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.types import AlignedClip, Workspace

RESOLUTION, BASE, WIDEST, WIDTH = 16, 128, 16, 16
DEVICE = torch.device("cpu")


def clip(count: int) -> AlignedClip:
    crops = np.random.default_rng(1).integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)
    eye = np.broadcast_to(np.eye(3), (count, 3, 3))
    return AlignedClip(
        crops, np.arange(count), eye, np.zeros((count, 4, 2)), np.zeros((count, 68, 2)), ("detected",) * count
    )


class OneStep(HyperNetwork):
    """Says how bright the image is, for one weight; counts how often it is asked."""

    key = "synthesis.b8.conv1.weight"

    def __init__(self) -> None:
        super().__init__(layers_to_tune=(), resolution=RESOLUTION, channel_max=WIDEST, code_dim=8, input_size=64)
        self.seen: list[Tensor] = []

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        self.seen.append(images[:, 3:])
        level = images[:, :3].mean(dim=(1, 2, 3)) * 0.01
        return {self.key: level[:, None, None, None, None].expand(-1, 16, 16, 3, 3)}


def parts() -> tuple[Inverter, Generator]:
    torch.manual_seed(0)
    network = WEncoder(style_dim=WIDTH, widths=(8, 8, 8, 8, 16), num_units=(1, 1, 1, 1))
    generator = Generator(z_dim=8, w_dim=WIDTH, img_resolution=RESOLUTION, channel_base=BASE, channel_max=WIDEST)
    average = torch.zeros(WIDTH)
    inverter = Inverter(network, latent_avg=average, input_size=64, kind="w_encoder", num_ws=generator.num_ws)
    return inverter.eval(), generator.eval()


def stage(hypernetwork: HyperNetwork, num_iterations: int, num_frames: int | None = None) -> HyperStyle:
    inverter, generator = parts()
    return HyperStyle(
        kind="w_encoder", num_iterations=num_iterations, num_frames=num_frames, inverter=inverter,
        hypernetwork=hypernetwork.eval(), generator=generator, device=DEVICE,
    )  # fmt: skip


def levels(aligned: AlignedClip) -> np.ndarray:
    return (aligned.crops / 127.5 - 1).mean(axis=(1, 2, 3)) * 0.01


def test_offsets_accumulate_and_are_averaged() -> None:
    network, aligned = OneStep(), clip(3)
    pivots = stage(network, num_iterations=5)(aligned, Workspace())
    assert pivots.codes.shape == (3, 6, WIDTH)
    assert torch.equal(pivots.codes[:, 0], pivots.codes[:, 5])
    offset = pivots.weight_offsets[OneStep.key]
    np.testing.assert_allclose(offset.numpy(), np.full((16, 16, 3, 3), 5 * levels(aligned).mean()), rtol=1e-4)
    assert len(network.seen) == 15
    # The second look sees what the first offsets changed.
    assert not torch.equal(network.seen[0], network.seen[1])


def test_offsets_of_a_few_frames() -> None:
    network, aligned = OneStep(), clip(5)
    pivots = stage(network, num_iterations=1, num_frames=2)(aligned, Workspace())
    assert len(pivots.codes) == 5 and len(network.seen) == 2
    expected = levels(aligned)[keyframes(pivots.codes, 2)].mean()
    assert abs(float(pivots.weight_offsets[OneStep.key].mean()) - expected) < 1e-6


def test_no_iterations_leave_the_generator_alone() -> None:
    assert stage(OneStep(), num_iterations=0)(clip(2), Workspace()).weight_offsets == {}


def test_a_real_hypernetwork_of_small_size() -> None:
    network = HyperNetwork(
        layers_to_tune=(0, 2, 6),
        resolution=RESOLUTION,
        channel_base=BASE,
        channel_max=WIDEST,
        code_dim=8,
        input_size=64,
    ).eval()
    pivots = stage(network, num_iterations=2)(clip(2), Workspace())
    generator = parts()[1]
    shapes = {key: tuple(value.shape) for key, value in generator.named_parameters()}
    assert {key: tuple(value.shape) for key, value in pivots.weight_offsets.items()} == {
        key: shapes[key]
        for key in ("synthesis.b4.conv1.weight", "synthesis.b8.conv0.weight", "synthesis.b16.conv1.weight")
    }
