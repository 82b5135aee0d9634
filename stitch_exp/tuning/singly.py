"""A step for the pivot of each frame: expressions and poses that the encoder saw too faintly.

How the picture changes along the principal components of W is measured once for the clip, around its mean pivot. For
each frame the step is then the solution of a small linear system, with the distance from the encoder's code in
standard deviations as the prior: a Gauss-Newton step of the maximum a posteriori estimate, without a backward pass.
All frames share one Jacobian, so the same change of a face gives the same step, and the pivots stay steady.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from stitch_exp.networks.roles import Generator
from stitch_exp.tuning.resemblance import Resemblance
from stitch_exp.tuning.shape import ShapedResemblance

ROWS = (0, 3, 5, 7)
"""First rows of the groups that move as one: pose and head, features, their details, colours and light."""
PROBES = 4
"""Directions probed at once."""
PROBE = 0.7
"""Length of the step along which the change of the picture is measured, in standard deviations."""


@dataclass(frozen=True, slots=True, eq=False)
class Linearisation:
    """How the vector of the picture changes around a code; one for all frames of a clip."""

    jacobian: Float[Tensor, "A F"]
    """Change along each direction."""
    normal: Float[Tensor, "A A"]
    """Matrix of the normal equations, with the pull on its diagonal."""


class FrameSteps:
    """Steps along components of groups of rows.

    Args:
        generator: The generator.
        resemblance: How pictures are compared. What a vector lacks (NaN) is left out.
        steps: One standard deviation along each component of W.
        pull: Weight of the squared length of a frame's step, in standard deviations, beside the squared distance of
            the pictures.
    """

    def __init__(
        self,
        generator: Generator,
        resemblance: Resemblance | ShapedResemblance,
        steps: Float[Tensor, "K D"],
        pull: float,
    ) -> None:
        self.generator, self.resemblance, self.pull = generator, resemblance, pull
        edges = [*(row for row in ROWS if row < generator.num_ws), generator.num_ws]
        groups = torch.zeros(len(edges) - 1, generator.num_ws, device=steps.device)
        for group, (first, last) in enumerate(pairwise(edges)):
            groups[group, first:last] = 1
        self.directions = torch.einsum("gl,kd->gkld", groups, steps).flatten(0, 1)

    @torch.no_grad()
    def linearised(self, code: Float[Tensor, "L D"], track: Callable[[Iterable[int]], Iterable[int]]) -> Linearisation:
        """How the vector of the picture changes along each direction, around a code."""
        around = self.resemblance.of_codes(code[None], self.generator)
        probes = [around.new_empty(0, around.shape[1])]
        for a in track(range(len(self.directions))):
            if a % PROBES == 0:
                moved = code + PROBE * self.directions[a : a + PROBES]
                probes.append(self.resemblance.of_codes(moved, self.generator))
        jacobian = _known(torch.cat(probes) - around) / PROBE
        # Colours and light move no landmark: what is seen there is the trembling of the mesh.
        colours_only = ~self.directions[:, : ROWS[-1]].any(dim=(1, 2))
        jacobian[colours_only, jacobian.shape[1] - self.resemblance.num_coordinates :] = 0
        normal = jacobian @ jacobian.T
        normal.diagonal().add_(self.pull)
        return Linearisation(jacobian, normal)

    @torch.no_grad()
    def found(
        self, codes: Float[Tensor, "B L D"], targets: Float[Tensor, "B F"], around: Linearisation, num_steps: int
    ) -> Float[Tensor, "B L D"]:
        """Codes after some Gauss-Newton steps; of each frame, a step that brings it no closer is not taken."""
        lengths = codes.new_zeros(len(codes), len(self.directions))
        missing, cost = self._missing(lengths, codes, targets)
        for _ in range(num_steps):
            gradient = around.jacobian @ _known(missing).T - self.pull * lengths.T
            tried = lengths + torch.linalg.solve(around.normal, gradient).T
            left, now = self._missing(tried, codes, targets)
            closer = (now < cost) & ~(left.isnan() & ~missing.isnan()).any(dim=1)
            lengths, missing = torch.where(closer[:, None], tried, lengths), torch.where(closer[:, None], left, missing)
            cost = torch.where(closer, now, cost)
        return self.moved(codes, lengths)

    def _missing(
        self, lengths: Float[Tensor, "B A"], codes: Float[Tensor, "B L D"], targets: Float[Tensor, "B F"]
    ) -> tuple[Float[Tensor, "B F"], Float[Tensor, " B"]]:
        """What the pictures lack after steps of these lengths, and what that costs, the lengths included."""
        missing = targets - self.resemblance.of_codes(self.moved(codes, lengths), self.generator)
        return missing, _known(missing).square().sum(dim=1) + self.pull * lengths.square().sum(dim=1)

    def moved(self, codes: Float[Tensor, "B L D"], lengths: Float[Tensor, "B A"]) -> Float[Tensor, "B L D"]:
        """Codes after steps of these lengths along the directions."""
        return codes + torch.einsum("ba,ald->bld", lengths, self.directions)


def _known(difference: Float[Tensor, "B F"]) -> Float[Tensor, "B F"]:
    """A difference of vectors that may lack numbers: nothing is known there, nothing is asked for."""
    return difference.masked_fill(difference.isnan(), 0.0)
