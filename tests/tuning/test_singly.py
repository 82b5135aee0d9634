"""The Gauss-Newton step of single frames, on a generator that is linear."""

import pytest
import torch
from torch import Tensor

from stitch_exp.tuning.resemblance import Resemblance
from stitch_exp.tuning.singly import FrameSteps
from tests.linear_generator import PX, Blind, LinearGenerator

CODES = torch.randn(4, 2, 3, generator=torch.Generator().manual_seed(1))


def stepped(pull: float, wanted: Tensor) -> tuple[FrameSteps, Tensor]:
    """The stage and what it moves `CODES` to when pictures should be those of `wanted`."""
    generator, resemblance = LinearGenerator(), Resemblance(Blind(), PX, 1.0)
    steps = FrameSteps(generator, resemblance, torch.eye(3), pull)
    targets = resemblance(generator(wanted, resolution=PX))
    around = steps.linearised(CODES.mean(dim=0), lambda probes: probes)
    return steps, steps.found(CODES, targets, around, 1)


def test_one_step_solves_a_linear_problem() -> None:
    wanted = CODES + torch.randn(4, 1, 3, generator=torch.Generator().manual_seed(3))
    _, moved = stepped(1e-9, wanted)
    torch.testing.assert_close(moved, wanted, rtol=1e-3, atol=1e-3)


def test_the_pull_shortens_steps_to_nothing() -> None:
    wanted = CODES + 1.0
    gentle, strict = (float((stepped(pull, wanted)[1] - CODES).norm()) for pull in (1e-9, 1e9))
    assert gentle == pytest.approx(24**0.5, rel=1e-3)
    assert strict < 1e-3


def test_a_step_that_leads_away_is_not_taken() -> None:
    """The second frame's Jacobian is the other one's, negated: its first step would double what is missing."""

    class Folded(LinearGenerator):
        def forward(self, ws: Tensor, noise_mode: str = "const", resolution: int | None = None) -> Tensor:
            return super().forward(ws * ws[..., :1].sign(), noise_mode, resolution)

    generator, resemblance = Folded(), Resemblance(Blind(), PX, 1.0)
    codes = torch.tensor([[5.0, 1.0, 1.0], [-5.0, 1.0, 1.0]])[:, None].expand(2, 2, 3)
    targets = resemblance(generator(codes + torch.tensor([0.0, 0.5, 0.5]), resolution=PX))
    steps = FrameSteps(generator, resemblance, torch.eye(3), 1e-9)
    around = steps.linearised(codes[0], lambda probes: probes)
    moved = steps.found(codes, targets, around, 3)
    torch.testing.assert_close(moved[0], codes[0] + torch.tensor([0.0, 0.5, 0.5]), rtol=1e-3, atol=1e-3)
    assert torch.equal(moved[1], codes[1])


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


def test_no_step_is_the_encoder_s_code() -> None:
    steps, _ = stepped(1.0, CODES)
    assert torch.equal(steps.moved(CODES, torch.zeros(4, 3)), CODES)


def test_steps_minimise_distance_and_pull_together() -> None:
    """The step of a linear problem is the ridge solution: no other length costs less."""
    pull, wanted = 0.3, CODES + torch.randn(4, 2, 3, generator=torch.Generator().manual_seed(4))
    generator, resemblance = LinearGenerator(), Resemblance(Blind(), PX, 1.0)
    steps, moved = stepped(pull, wanted)
    targets = resemblance(generator(wanted, resolution=PX))
    lengths = torch.linalg.lstsq(steps.directions.flatten(1).T, (moved - CODES).flatten(1).T).solution.T

    def cost(lengths: Tensor) -> Tensor:
        found = resemblance.of_codes(steps.moved(CODES, lengths), generator)
        return (found - targets).square().sum(dim=1) + pull * lengths.square().sum(dim=1)

    best = cost(lengths)
    for seed in range(5):
        other = lengths + 0.1 * torch.randn(4, 3, generator=torch.Generator().manual_seed(seed))
        assert (cost(other) > best).all()


def test_the_probes_are_tracked_one_by_one() -> None:
    generator, resemblance = LinearGenerator(), Resemblance(Blind(), PX, 1.0)
    seen: list[int] = []
    steps = FrameSteps(generator, resemblance, torch.eye(3), 0.5)
    around = steps.linearised(CODES[0], lambda probes: (seen.append(probe) or probe for probe in probes))
    assert seen == [0, 1, 2] and around.jacobian.shape[0] == 3
    torch.testing.assert_close(around.normal, around.jacobian @ around.jacobian.T + 0.5 * torch.eye(3))
