"""stage=rebase: turns a generator trained on free W+ codes into one whose single W row is the whole face.

An autoencoder uses the rows of W+ freely, yet its codes fill few dimensions (128 principal axes held 99.6 % of the
variance of ours). Row l of a code is then `mean_l + M_l w` for a shared w of principal coordinates, and a linear map
before a linear layer is one linear layer: M_l and mean_l go into the affine layers of the generator. Afterwards equal
rows render exactly what the free codes did, a Gaussian in W is already a face, and an encoder or an edit has one small
vector to find instead of L of them. W is centred on `OFFSET` in every coordinate: the last layer of a mapping network
is a leaky ReLU, which is linear only where its output is positive.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from stitch_exp.networks.stylegan2 import Generator

OFFSET = 6.0


@torch.no_grad()
def shared_space(
    codes: Float[Tensor, "N L D"], seed: int
) -> tuple[Float[Tensor, "N D"], Float[Tensor, "L D"], Float[Tensor, "L D D"]]:
    """Shared coordinates w of unit variance, and mean and matrix of every row: `codes[:, l] = mean[l] + w @ maps[l]`.

    A random rotation spreads the variance over all D coordinates, so that no few of them carry the face alone.
    """
    _, rows, width = codes.shape
    mean = codes.mean(dim=0)
    flat = (codes - mean).flatten(1)
    _, _, axes = torch.linalg.svd(flat, full_matrices=False)
    rotation, _ = torch.linalg.qr(torch.randn(width, width, generator=torch.Generator().manual_seed(seed)))
    basis = rotation @ torch.nn.functional.pad(axes[:width], (0, 0, 0, max(0, width - len(axes))))
    w = flat @ basis.t()
    scale = w.square().mean().sqrt()
    return w / scale, mean, (basis * scale).view(width, rows, width).transpose(0, 1)


@torch.no_grad()
def absorb(generator: Generator, mean: Float[Tensor, "L D"], maps: Float[Tensor, "L D D"]) -> None:
    """Rewrites every affine layer so that row l of the new codes is w itself."""
    row = 0
    for block in generator.synthesis.blocks():
        for offset, layer in enumerate(block.layers):
            affine, source = layer.affine, min(row + offset, len(mean) - 1)
            affine.bias += affine.weight @ mean[source] / math.sqrt(generator.w_dim)
            affine.weight.copy_(affine.weight @ maps[source].t())
        row += len(block.layers) - 1


def rebase(generator: Generator, codes: Float[Tensor, "N L D"], seed: int = 1) -> Float[Tensor, "N L D"]:
    """Changes `generator` in place; returns the codes of the same images in the new space, all rows equal."""
    w, mean, maps = shared_space(codes, seed)
    absorb(generator, mean - OFFSET * maps.sum(dim=1), maps)
    generator.mapping.w_avg.fill_(OFFSET)
    w = w + OFFSET
    return w[:, None].repeat(1, generator.num_ws, 1)
