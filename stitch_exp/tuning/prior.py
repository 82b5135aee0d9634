"""Where codes of faces lie: the principal components of W, in steps of one standard deviation.

W is a cloud of very unequal widths. A step that is short along a wide component is far out along a narrow one, where
the generator has seen no face and edits mean nothing. Whoever moves pivots counts in standard deviations instead.

Reference: Härkönen et al. 2020, "GANSpace", section 3.1 (the components); Zhu et al. 2020, "Improved StyleGAN
Embedding: Where are the Good Latents?", section 3 (distance in the whitened space as a prior).
"""

import torch
from jaxtyping import Float
from torch import Tensor

from stitch_exp.networks.roles import Generator

NUM_SAMPLES = 8192
BATCH = 1024


@torch.no_grad()
def principal_steps(generator: Generator, count: int, device: torch.device) -> Float[Tensor, "K D"]:
    """One standard deviation along each of the `count` widest components of W, or along all if there are fewer.

    Args:
        generator: Its mapping network is asked; random z of a fixed seed, so that the same model gives the same steps.
    """
    order = torch.Generator().manual_seed(0)
    draws = (torch.randn(BATCH, generator.z_dim, generator=order) for _ in range(NUM_SAMPLES // BATCH))
    codes = torch.cat([generator.map(z.to(device))[:, 0].float() for z in draws])
    centred = codes - codes.mean(dim=0)
    variances, components = torch.linalg.eigh(centred.T @ centred / len(centred))
    widest = variances.clamp(min=0).sqrt()[:, None] * components.T
    return widest.flip(0)[:count].contiguous()
