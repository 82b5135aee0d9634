"""From random z to W+ codes: what the generators of StyleGAN2 and StyleGAN3 share.

Reference: Karras et al., "A Style-Based Generator Architecture for Generative Adversarial Networks", CVPR 2019.
"""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor, nn

from stitch_exp.errors import ConfigError
from stitch_exp.networks import roles
from stitch_exp.networks.stylegan2_layers import FullyConnected


class MappingNetwork(nn.Module):
    """Maps Gaussian z to the intermediate space W; keeps the mean of W in the buffer `w_avg`."""

    w_avg: Tensor

    def __init__(self, z_dim: int, w_dim: int, num_layers: int) -> None:
        super().__init__()
        self.z_dim, self.num_layers = z_dim, num_layers
        for index in range(num_layers):
            width = z_dim if index == 0 else w_dim
            setattr(self, f"fc{index}", FullyConnected(width, w_dim, lr_multiplier=0.01, activate=True))
        self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(self, z: Float[Tensor, "B Z"]) -> Float[Tensor, "B D"]:
        x = z * (z.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
        for index in range(self.num_layers):
            x = getattr(self, f"fc{index}")(x)
        return x


class MappedGenerator(nn.Module, roles.Generator, ABC):
    """A generator with a mapping network in front; subclasses set the fields.

    The role is inherited by name because a type checker at run time overlooks submodules.
    """

    mapping: MappingNetwork
    synthesis: nn.Module
    z_dim: int
    w_dim: int
    num_ws: int
    resolution: int

    @abstractmethod
    def layers_below(self, side: int) -> list[nn.Module]:
        """Parts of the synthesis network whose output has fewer pixels a side than `side`."""

    @abstractmethod
    def style_space(self, ws: Float[Tensor, "B L D"]) -> list[Float[Tensor, "B _"]]:
        """Styles of all layers, in the order of published StyleSpace directions."""

    def stop_at(self, resolution: int) -> None:
        """Leave out what comes after the image of this side; codes keep their rows.

        Raises:
            ConfigError: The generator makes no such image.
        """
        if resolution != self.resolution:
            raise ConfigError(
                f"model.resolution is {resolution}; this generator makes images of {self.resolution} px only"
            )

    @property
    def w_avg(self) -> Float[Tensor, " D"]:
        """Mean of W over random z."""
        return self.mapping.w_avg

    def map(
        self, z: Float[Tensor, "B Z"], truncation_psi: float = 1.0, truncation_cutoff: int | None = None
    ) -> Float[Tensor, "B L D"]:
        """Random z to W+ codes with equal rows, drawn towards the mean by `truncation_psi`.

        Args:
            truncation_psi: 1 leaves the code, 0 gives the mean face.
            truncation_cutoff: Truncate only the rows below this index; None truncates all.

        Reference: StyleGAN (Karras et al. 2019), appendix B.
        """
        ws = self.mapping(z)[:, None].repeat(1, self.num_ws, 1)
        if truncation_psi == 1.0:
            return ws
        cutoff = self.num_ws if truncation_cutoff is None else truncation_cutoff
        return torch.cat([self.w_avg.lerp(ws[:, :cutoff], truncation_psi), ws[:, cutoff:]], dim=1)
