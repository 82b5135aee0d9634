"""The objective of stitching: meet the source on a ring, keep the edit inside it."""

from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float
from torch import Tensor

from stitch_exp.losses.masked import masked_error
from stitch_exp.settings import NonNegative, checked


@checked
@dataclass(frozen=True, slots=True)
class BorderLoss:
    """Boundary loss plus weighted mask loss.

    Args:
        distance: How pixels are compared: `l2` (the default) as in the published code, `l1` as in the paper.
        content_weight: The weight of staying at the edited image inside the mask, 0 or more, against 1 for the border;
            0.01 as published.

    Reference: Stitch it in Time (Tzaban et al. 2022), section 4.5; SPEC 7.6.
    """

    distance: Literal["l2", "l1"]
    content_weight: NonNegative

    def __call__(
        self,
        images: Float[Tensor, "B 3 S S"],
        source: Float[Tensor, "B 3 S S"],
        edited: Float[Tensor, "B 3 S S"],
        border: Float[Tensor, "B S S"],
        content: Float[Tensor, "B S S"],
    ) -> dict[str, Float[Tensor, " B"]]:
        """`loss`, `border` and `content` of each image."""
        ring = masked_error(images, source, border, self.distance)
        inside = masked_error(images, edited, content, self.distance)
        return {"loss": ring + self.content_weight * inside, "border": ring, "content": inside}
