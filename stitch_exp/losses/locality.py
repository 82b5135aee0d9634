"""Where the locality regulariser of pivotal tuning looks: codes a fixed distance from a pivot."""

from jaxtyping import Float
from torch import Tensor

TINY = 1e-12
"""A random code that is the pivot itself leads nowhere, not to NaN."""


def nearby_codes(
    pivots: Float[Tensor, "B L D"], random_codes: Float[Tensor, "B L D"], distance: float
) -> Float[Tensor, "B L D"]:
    """Steps from each pivot towards a random code by `distance` in W+ (one norm over all rows).

    The tuned generator is asked to agree with the original one there, so that tuning stays local.

    Reference: PTI (Roich et al. 2021), section 3.3, equation 3; SPEC 6.
    """
    step = random_codes - pivots
    return pivots + distance * step / step.flatten(1).norm(dim=1).clamp(min=TINY)[:, None, None]
