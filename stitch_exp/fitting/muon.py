"""Updates of equal strength in every direction for convolution kernels: far fewer of them are needed.

Reference: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"; Bernstein and Newhouse 2024,
"Old Optimizer, New Norm", for why the spectral norm is the measure of a step; Khaled et al. 2025, "MuonBP", for blocks.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.optim import Optimizer

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the odd polynomial that takes singular values towards 1 (Jordan et al. 2024)."""
ITERATIONS = 5
ROWS = 128
"""Rows made orthogonal together. The work grows with their square, and blocks of 128 leave quality as it is
(docs/lab-notes/2026-11-25-schedules.md)."""
TINY = 1e-7


class Muon(Optimizer):
    """Orthogonalised momentum for kernels, Adam for everything else.

    Args:
        parameters: All that is trained; tensors of rank 4 with more than 1 tap are kernels, but for depthwise ones.
        kernel_rate: Spectral norm of one update of a kernel, seen as a matrix [outputs, inputs * taps], in blocks of
            `ROWS` rows.
        learning_rate: Of Adam, for the rest.
        momentum: Share of the past in the kernels' direction (Nesterov's form).
        betas: Of Adam; a short second memory suits runs of a hundred updates.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        *,
        kernel_rate: float,
        learning_rate: float,
        momentum: float = 0.9,
        betas: tuple[float, float] = (0.9, 0.99),
    ) -> None:
        kernels, rest = [], []
        for parameter in parameters:
            is_kernel = parameter.ndim == 4 and parameter.shape[2:].numel() > 1 and min(parameter.shape[:2]) > 1
            (kernels if is_kernel else rest).append(parameter)
        groups = [
            {"params": kernels, "lr": kernel_rate, "kernels": True},
            {"params": rest, "lr": learning_rate, "kernels": False},
        ]
        super().__init__([group for group in groups if group["params"]], {"momentum": momentum, "betas": betas})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One update; returns what `closure` returns."""
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        for group in self.param_groups:
            update = self._kernel_update if group["kernels"] else self._adam_update
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.sub_(update(parameter, parameter.grad, group), alpha=group["lr"])
        return value

    def _kernel_update(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> Float[Tensor, "O I K L"]:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        momentum = state["momentum"].mul_(group["momentum"]).add_(gradient)
        # Columns may stand in any order; this one is a view where kernels are channels_last.
        direction = gradient.add(momentum, alpha=group["momentum"]).permute(0, 2, 3, 1)
        blocks = [orthogonal(block) for block in direction.flatten(1).split(ROWS)]
        return torch.cat(blocks).view(direction.shape).permute(0, 3, 1, 2)

    def _adam_update(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> Tensor:
        state, (first, second) = self.state[parameter], group["betas"]
        if not state:
            state |= {
                "count": torch.zeros(()),
                "mean": torch.zeros_like(parameter),
                "square": torch.zeros_like(parameter),
            }
        state["count"] += 1
        mean = state["mean"].lerp_(gradient, 1 - first)
        square = state["square"].lerp_(gradient.square(), 1 - second)
        count = float(state["count"])
        return (mean / (1 - first**count)) / ((square / (1 - second**count)).sqrt() + 1e-8)


def orthogonal(matrix: Float[Tensor, "R C"]) -> Float[Tensor, "R C"]:
    """The matrix with its singular values moved to about 1 (0.7 to 1.2), its directions kept; zero stays zero.

    Every iteration multiplies the matrix from the left by a polynomial of its Gram matrix. The factors are gathered in
    one small square matrix, so that the long side is touched twice in all and not twice an iteration.
    """
    if len(matrix) > matrix.shape[1]:
        return orthogonal(matrix.T).T
    x = matrix / (matrix.norm() + TINY)
    gram = x @ x.T
    gathered = factor = _factor(gram)
    for _ in range(ITERATIONS - 1):
        gram = factor @ gram @ factor
        factor = _factor(gram)
        gathered = factor @ gathered
    return gathered @ x


def _factor(gram: Float[Tensor, "R R"]) -> Float[Tensor, "R R"]:
    a, b, c = NEWTON_SCHULZ
    factor = torch.addmm(gram, gram, gram, beta=b, alpha=c)
    factor.diagonal().add_(a)
    return factor
