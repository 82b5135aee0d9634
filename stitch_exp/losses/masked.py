"""The loss of stitching: an error inside a soft mask."""

from typing import Literal

from jaxtyping import Float
from torch import Tensor

Distance = Literal["l2", "l1"]
"""`l2` is the published code's choice, `l1` the one in the paper's formulas."""


def masked_error(
    a: Float[Tensor, "B 3 H W"], b: Float[Tensor, "B 3 H W"], mask: Float[Tensor, "B H W"], distance: Distance = "l2"
) -> Float[Tensor, " B"]:
    """Error of each image inside its mask, summed over the three channels and averaged over the mask.

    The mask enters squared in the numerator of `l2` and once in the denominator, as published. An empty mask gives 0
    (the published code gives NaN there).

    Reference: Stitch it in Time, section 4.5, boundary and mask losses; SPEC 7.5.
    """
    difference = (a - b) * mask[:, None]
    error = difference.square() if distance == "l2" else difference.abs()
    area = mask.sum(dim=(1, 2))
    return error.sum(dim=(1, 2, 3)) / area.clamp(min=1e-6)
