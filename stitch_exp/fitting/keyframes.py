"""Which frames stand for a clip."""

from jaxtyping import Float
from torch import Tensor


def keyframes(codes: Float[Tensor, "N ..."], count: int | None) -> list[int]:
    """Frames that represent the clip: each next one is the farthest from those already chosen, and none comes twice.

    Args:
        codes: One latent code a frame.
        count: How many at most; None for all.

    Returns:
        Increasing indices.

    Reference: Gonzalez 1985, "Clustering to minimize the maximum intercluster distance".
    """
    total = len(codes)
    if count is None or count >= total:
        return list(range(total))
    flat = codes.flatten(1).float()
    chosen = [int((flat - flat.mean(dim=0)).norm(dim=1).argmin())]
    nearest = (flat - flat[chosen[0]]).norm(dim=1)
    nearest[chosen] = -1.0
    while len(chosen) < count:
        chosen.append(int(nearest.argmax()))
        nearest = nearest.minimum((flat - flat[chosen[-1]]).norm(dim=1))
        nearest[chosen] = -1.0
    return sorted(chosen)
