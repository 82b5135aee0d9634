"""The small motions under which a live network must be steady."""

import pytest
import torch

from stitch_exp.distill.objective import small_motions


def test_motions_are_turns_of_a_fiftieth_and_shifts_of_a_fiftieth() -> None:
    found = small_motions(4000, torch.Generator().manual_seed(0))
    turns, shifts = found[:, :, :2], found[:, :, 2]
    torch.testing.assert_close(turns @ turns.mT, torch.eye(2).expand(4000, 2, 2))
    assert (torch.linalg.det(turns) > 0).all()
    assert torch.atan2(turns[:, 1, 0], turns[:, 0, 0]).std().item() == pytest.approx(0.02, rel=0.05)
    assert shifts.std(dim=0).tolist() == pytest.approx([0.02, 0.02], rel=0.05)


def test_the_same_seed_moves_the_same_way() -> None:
    first, second = (small_motions(2, torch.Generator().manual_seed(7)) for _ in range(2))
    assert torch.equal(first, second) and not torch.equal(first[0], first[1])
