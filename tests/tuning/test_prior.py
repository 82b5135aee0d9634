"""Where codes of faces lie, on mapping networks whose W is known."""

import pytest
import torch
from torch import Tensor

from stitch_exp.tuning.prior import principal_steps
from tests.linear_generator import LinearGenerator
from tests.small_clip import CPU


def test_principal_steps_are_standard_deviations_widest_first() -> None:
    steps = principal_steps(LinearGenerator(), 2, CPU)
    assert steps.shape == (2, 3)
    assert steps.abs().round().tolist() == [[0, 3, 0], [0, 0, 2]]


class Widths(LinearGenerator):
    """W of the given widths along turned axes, around a mean that is not 0."""

    def __init__(self, widths: list[float]) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.turn, _ = torch.linalg.qr(torch.randn(3, 3))
        self.widths = torch.tensor(widths)

    def map(self, z: Tensor, truncation_psi: float = 1.0, truncation_cutoff: int | None = None) -> Tensor:
        return (7 + (z * self.widths) @ self.turn)[:, None].expand(-1, 2, -1)


def test_steps_are_orthogonal_and_as_long_as_w_is_wide() -> None:
    generator = Widths([0.5, 4.0, 1.5])
    steps = principal_steps(generator, 3, CPU)
    gram = steps @ steps.T
    assert gram.diagonal().sqrt().tolist() == pytest.approx([4.0, 1.5, 0.5], rel=0.03)
    assert (gram - gram.diagonal().diag()).abs().max() < 1e-3
    assert abs(float(steps[0] / 4.0 @ generator.turn[1])) == pytest.approx(1.0, abs=0.01)


def test_a_component_w_lacks_has_a_step_of_no_length() -> None:
    steps = principal_steps(Widths([2.0, 0.0, 1.0]), 3, CPU)
    assert steps.isfinite().all() and steps[2].norm() < 0.02


def test_no_more_steps_than_there_are_components_and_always_the_same() -> None:
    generator = Widths([1.0, 2.0, 3.0])
    assert len(principal_steps(generator, 64, CPU)) == 3
    torch.manual_seed(99)
    again = principal_steps(generator, 2, CPU)
    assert torch.equal(again, principal_steps(generator, 3, CPU)[:2])
