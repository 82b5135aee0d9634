"""Border tuning of the torgb layers in closed form: the image is linear in them, the objective quadratic."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from stitch_exp.networks.rgb_basis import RgbBasis, joined
from stitch_exp.stitching.scene import Tunable

GRID_PX = 256
"""Largest side at which the equations are set up; they use half the images' side or this, whichever is smaller, which
costs a quarter and keeps the solution smoother."""
TINY = 1e-12
"""Keeps the equations solvable when there is nothing to see (an empty mask)."""


@dataclass(frozen=True, slots=True)
class BorderSolver:
    """Least squares over all torgb weights from one resolution up: the minimum that border tuning walks towards.

    The objective is that of `losses.border.BorderLoss` with `l2`, plus a ridge that keeps the weights where they are.
    A frame costs one rendering and no gradient.

    Args:
        scene: The clip; `scene.generator` is changed by `solve_together` only.
        from_px: Torgb layers of this resolution and above are solved for.
        content_weight: Weight of keeping the edit, against 1 for the border.
        ridge: Weight of keeping the weights, relative to the mean energy of a feature.

    Reference: ours; objective of Stitch it in Time (Tzaban et al. 2022), section 4.5.
    """

    scene: Tunable
    from_px: int
    content_weight: float
    ridge: float

    def solve_together(self, frames: list[int]) -> None:
        """Gives the generator the weights that suit all these frames best; one frame at a time is in memory."""
        basis = self._basis()
        left = right = torch.zeros((), device=self.scene.source(slice(0, 1)).device)
        for frame in frames:
            part = slice(frame, frame + 1)
            images, features = basis(self.scene.latents[part])
            more_left, more_right = self._equations(images, features, part)[0]
            left, right = left + more_left, right + more_right
        basis.add(self._solution(left, right))

    def solve_each(self, part: slice) -> Float[Tensor, "B 3 S S"]:
        """Images with the weights that suit each of these frames best; the generator stays as it is."""
        basis = self._basis()
        images, features = basis(self.scene.latents[part])
        solved = []
        for index, equations in enumerate(self._equations(images, features, part)):
            own = [layer[index : index + 1] for layer in features]
            solved.append(images[index : index + 1] + basis.difference(own, self._solution(*equations)))
        return torch.cat(solved)

    def _basis(self) -> RgbBasis:
        return RgbBasis(self.scene.generator, self.from_px)

    def _equations(
        self, images: Float[Tensor, "B 3 S S"], features: list[Tensor], part: slice
    ) -> list[tuple[Float[Tensor, "F F"], Float[Tensor, "F 3"]]]:
        """Normal equations of each frame, summed over the pixels that anybody sees."""
        side = min(GRID_PX, images.shape[-1] // 2)
        regions = self.scene.regions(part)
        border, content = (_weights(mask, side) for mask in (regions.border, regions.content))
        goals = (self.scene.source(part), self.scene.target(part))
        to_source, to_edit = (F.adaptive_avg_pool2d(goal - images, side) for goal in goals)
        content = self.content_weight * content
        wanted = to_source * border[:, None] + to_edit * content[:, None]
        return [
            # One frame's features at a time: at 1024 px they take hundreds of megabytes.
            _sums(joined([layer[index : index + 1] for layer in features], side)[0], weight, goal)
            for index, (weight, goal) in enumerate(zip(border + content, wanted, strict=True))
        ]

    def _solution(self, left: Tensor, right: Tensor) -> Float[Tensor, "F 3"]:
        # Features are strongly correlated; single precision loses the small ridge.
        energy = left.diagonal().mean().double().clamp(min=TINY)
        damped = left.double() + self.ridge * energy * torch.eye(len(left), device=left.device, dtype=torch.float64)
        return torch.linalg.solve(damped, right.double()).to(right.dtype)


def _weights(mask: Float[Tensor, "B S S"], side: int) -> Float[Tensor, "B G G"]:
    """Weight of each pixel's squared error in `losses.masked.masked_error`."""
    small = F.adaptive_avg_pool2d(mask[:, None], side)[:, 0]
    return small.square() / small.sum(dim=(1, 2), keepdim=True).clamp(min=1e-6)


def _sums(
    design: Float[Tensor, "F G G"], weight: Float[Tensor, "G G"], goal: Float[Tensor, "3 G G"]
) -> tuple[Float[Tensor, "F F"], Float[Tensor, "F 3"]]:
    seen = weight.flatten() > 0
    rows = design.flatten(1)[:, seen]
    return (rows * weight.flatten()[seen]) @ rows.t(), rows @ goal.flatten(1)[:, seen].t()
