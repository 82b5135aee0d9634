"""The Gauss-Newton step of single frames, and how pictures are compared, on a generator that is linear."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from stitch_exp.tuning.prior import principal_steps
from stitch_exp.tuning.resemblance import Resemblance
from stitch_exp.tuning.singly import FrameSteps
from stitch_exp.tuning.steady import steadied
from stitch_exp.types import AlignedClip

PX = 8
CODES = torch.randn(4, 2, 3, generator=torch.Generator().manual_seed(1))


def never(*_: object, **__: object) -> None:
    raise AssertionError("pivots are found by rendering alone")


class Blind:
    """Sees no features: only colours are compared."""

    def features(self, images: Tensor) -> list[Tensor]:
        return []

    compare = never


class LinearGenerator(nn.Module):
    """Pictures are a linear map of codes; W is a Gaussian of widths 3, 2 and 1."""

    num_ws, w_dim, z_dim, resolution = 2, 3, 3, PX
    matrix = torch.randn(6, 3 * PX * PX, generator=torch.Generator().manual_seed(2)) / 4
    w_avg, synthesis = torch.zeros(3), nn.Identity()
    style_space = from_styles = layers_below = stop_at = never

    def forward(self, ws: Tensor, noise_mode: str = "const", resolution: int | None = None) -> Tensor:
        assert resolution == PX
        return (ws.flatten(1) @ self.matrix).view(-1, 3, PX, PX)

    def map(self, z: Tensor, truncation_psi: float = 1.0, truncation_cutoff: int | None = None) -> Tensor:
        return (z * torch.tensor([1.0, 3.0, 2.0]))[:, None].expand(-1, 2, -1)


def stepped(pull: float, wanted: Tensor) -> tuple[FrameSteps, Tensor]:
    """The stage and what it moves `CODES` to when pictures should be those of `wanted`."""
    generator, resemblance = LinearGenerator(), Resemblance(Blind(), PX, 1.0)
    steps = FrameSteps(generator, resemblance, torch.eye(3), pull)
    targets = resemblance(generator(wanted, resolution=PX))
    around = steps.linearised(CODES.mean(dim=0), lambda probes: probes)
    lengths = steps.improved(torch.zeros(4, 3), CODES, targets, around)
    return steps, steps.moved(CODES, lengths)


def test_one_step_solves_a_linear_problem() -> None:
    wanted = CODES + torch.randn(4, 1, 3, generator=torch.Generator().manual_seed(3))
    _, moved = stepped(1e-9, wanted)
    torch.testing.assert_close(moved, wanted, rtol=1e-3, atol=1e-3)


def test_the_pull_shortens_steps_to_nothing() -> None:
    wanted = CODES + 1.0
    gentle, strict = (float((stepped(pull, wanted)[1] - CODES).norm()) for pull in (1e-9, 1e9))
    assert gentle == pytest.approx(24**0.5, rel=1e-3)
    assert strict < 1e-3


def test_groups_of_rows_move_as_one() -> None:
    class Deep(LinearGenerator):
        num_ws = 8

    steps = FrameSteps(Deep(), Resemblance(Blind(), PX, 1.0), torch.eye(3), 1.0)
    rows = steps.directions.any(dim=2).int()
    assert rows[::3].tolist() == [
        [1, 1, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 1, 0, 0, 0],
        [0, 0, 0, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, 0, 0, 0, 1],
    ]


def test_principal_steps_are_standard_deviations_widest_first() -> None:
    steps = principal_steps(LinearGenerator(), 2, torch.device("cpu"))
    assert steps.shape == (2, 3)
    assert steps.abs().round().tolist() == [[0, 3, 0], [0, 0, 2]]


def test_the_middle_of_the_crop_counts_most() -> None:
    resemblance = Resemblance(Blind(), 32, 3.0)
    plain = np.zeros((1, 64, 64, 3), dtype=np.uint8)
    face, corner, all_white = plain.copy(), plain.copy(), plain + 255
    face[:, 28:36, 28:36] = 255
    corner[:, :8, :8] = 255
    device = torch.device("cpu")
    base = resemblance.of_crops(plain, device)
    distance = {
        name: float((resemblance.of_crops(crops, device) - base).square().sum())
        for name, crops in {"face": face, "corner": corner, "all": all_white}.items()
    }
    assert distance["face"] > 3 * distance["corner"]
    assert distance["all"] == pytest.approx(3 * 4.0, rel=1e-4)


def test_pivots_are_smoothed_within_shots_only() -> None:
    """Frames 0 to 3, a gap at 4, frames 5 to 8 with a cut before 7."""
    frames = np.array([0, 1, 2, 3, 5, 6, 7, 8])
    aligned = AlignedClip(
        crops=np.zeros((8, 4, 4, 3), dtype=np.uint8),
        frame_index=frames,
        frame_from_crop=np.tile(np.eye(3), (8, 1, 1)),
        quads=np.zeros((8, 4, 2)),
        landmarks=np.zeros((8, 68, 2)),
        status=("detected",) * 4 + ("missing",) + ("detected",) * 4,
        cuts=(7,),
    )
    values = torch.tensor([0.0, 4.0, 0.0, 4.0, 100.0, 100.0, -100.0, -100.0])
    codes = values[:, None, None].expand(-1, 2, 3).contiguous()
    found = steadied(codes, aligned, 1.0)
    assert torch.equal(found[4:], codes[4:])
    assert float(found[:4].std(dim=0).max()) < 0.5 * float(codes[:4].std(dim=0).max())
    torch.testing.assert_close(found[:4].mean(dim=0), torch.full((2, 3), 2.0), rtol=0.1, atol=0)
    assert steadied(codes, aligned, 0.0) is codes
