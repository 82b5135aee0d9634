"""Training losses: multi-scale reconstruction, adversarial, gradient penalty, feature matching."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def pyramid_loss(
    images: Float[Tensor, "B 3 S S"], targets: Float[Tensor, "B 3 S S"], *, smallest: int, gradient_weight: float
) -> Float[Tensor, ""]:
    """L1 between images and between their first differences, averaged over halved scales.

    Coarse scales settle pose and colour first; differences punish blur, which plain L1 hardly sees.
    """
    total, count = images.new_zeros(()), 0
    while True:
        total = total + F.l1_loss(images, targets) + gradient_weight * _difference_loss(images, targets)
        count += 1
        if images.shape[-1] // 2 < smallest:
            return total / count
        images, targets = F.avg_pool2d(images, 2), F.avg_pool2d(targets, 2)


def _difference_loss(images: Tensor, targets: Tensor) -> Tensor:
    error = images - targets
    return error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()


def discriminator_loss(real: list[Tensor], fake: list[Tensor]) -> Float[Tensor, ""]:
    """Non-saturating logistic loss, summed over the outputs of the discriminator.

    Reference: Goodfellow et al. 2014; as in StyleGAN2.
    """
    losses = (F.softplus(-r).mean() + F.softplus(f).mean() for r, f in zip(real, fake, strict=True))
    return sum(losses, real[0].new_zeros(()))


def adversarial_loss(fake: list[Tensor]) -> Float[Tensor, ""]:
    """The generator's side of `discriminator_loss`."""
    return sum((F.softplus(-f).mean() for f in fake), fake[0].new_zeros(()))


def gradient_penalty(logits: list[Tensor], images: Float[Tensor, "B ..."]) -> Float[Tensor, ""]:
    """R1: half the squared gradient of the summed logits at real images.

    Reference: Mescheder et al. 2018, "Which Training Methods for GANs do actually Converge?", equation 9.
    """
    score = sum((logit.flatten(1).mean(dim=1).sum() for logit in logits), logits[0].new_zeros(()))
    (gradient,) = torch.autograd.grad(score, images, create_graph=True)
    return 0.5 * gradient.square().flatten(1).sum(dim=1).mean()


def feature_matching(fake: list[Tensor], real: list[Tensor]) -> Float[Tensor, ""]:
    """Mean L1 between discriminator features of a reconstruction and of its target, each level at its own scale.

    Reference: Wang et al. 2018, "High-Resolution Image Synthesis ... with Conditional GANs", section 3.2.
    """
    pairs = [(f, r.detach()) for f, r in zip(fake, real, strict=True)]
    losses = [F.l1_loss(f, r) / r.abs().mean().clamp(min=1e-3) for f, r in pairs]
    return sum(losses, fake[0].new_zeros(())) / len(losses)
