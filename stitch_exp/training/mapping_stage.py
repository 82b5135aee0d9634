"""stage=mapping: the mapping network f(z), so that W can be sampled.

The generator was trained on encoded images and knows only their distribution. f starts as the Gaussian with the codes'
mean and covariance, in closed form; training then bends it towards the codes themselves by a sliced Wasserstein
distance, while a pull to the start fades. No adversary that could collapse. Regressing the Gaussian instead was slow
and tinted faces: the last leaky ReLU makes a linear map hard to learn.
"""

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from stitch_exp.networks.stylegan2 import MappingNetwork
from stitch_exp.networks.stylegan2_layers import GAIN, LEAK
from stitch_exp.training.data import EpochSampler
from stitch_exp.training.ema import frozen_copy


class LatentData(pl.LightningDataModule):
    """Batches of encoded rows, drawn as `FaceData` draws images."""

    def __init__(self, codes: Float[Tensor, "N D"], *, batch_size: int, steps_per_epoch: int, seed: int) -> None:
        super().__init__()
        self.codes, self.batch_size = codes, batch_size
        self.sampler = EpochSampler(len(codes), batch_size * steps_per_epoch, seed)

    def train_dataloader(self) -> DataLoader:
        return DataLoader(TensorDataset(self.codes), self.batch_size, sampler=self.sampler, drop_last=True)


class MappingStage(pl.LightningModule):
    """Fits the mapping network to rows of W.

    Args:
        codes: Encoded base rows of the training images.
        gaussian_steps: Steps over which the pull to the Gaussian start fades to a twentieth.
        num_projections: Directions of the sliced Wasserstein distance, fresh at every step.
        learning_rate: Adam learning rate.
    """

    def __init__(
        self,
        mapping: MappingNetwork,
        codes: Float[Tensor, "N D"],
        *,
        gaussian_steps: int,
        num_projections: int,
        learning_rate: float,
    ) -> None:
        super().__init__()
        self.mapping, self.gaussian_steps = mapping, gaussian_steps
        self.num_projections, self.learning_rate = num_projections, learning_rate
        start_gaussian(mapping, codes)
        self.start = frozen_copy(mapping)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.mapping.parameters(), lr=self.learning_rate, betas=(0.9, 0.99))

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        (codes,) = batch
        z = torch.randn(len(codes), self.mapping.z_dim, device=codes.device)
        rows = self.mapping(z)
        with torch.no_grad():
            target = self.start(z)
        pull = max(0.05, 1 - self.global_step / self.gaussian_steps)
        gaussian, sliced = F.mse_loss(rows, target), self._sliced(rows, codes)
        self.log_dict({"gaussian": gaussian, "sliced": sliced})
        return pull * gaussian + sliced

    def _sliced(self, rows: Tensor, codes: Tensor) -> Tensor:
        directions = F.normalize(torch.randn(rows.shape[1], self.num_projections, device=rows.device), dim=0)
        return F.mse_loss((rows @ directions).sort(dim=0).values, (codes @ directions).sort(dim=0).values)


@torch.no_grad()
def start_gaussian(mapping: MappingNetwork, codes: Float[Tensor, "N D"]) -> None:
    """Sets the network to `mean + z @ root` exactly, as far as width and sign allow.

    Every hidden layer holds a vector and its negative: their leaky ReLUs differ by 1.2 times the vector, so the next
    layer reads it back. Half the width is kept, the leading principal axes. The last layer is linear where its output
    is positive, so W must be positive; see `rebase_stage.OFFSET`.
    """
    mean = codes.mean(dim=0)
    covariance = torch.cov((codes - mean).t().double())
    values, vectors = (part.flip(-1) for part in torch.linalg.eigh(covariance))
    half = codes.shape[1] // 2
    decode = (vectors[:, :half] * values[:half].clamp(min=0).sqrt()).to(codes.dtype)
    read = torch.cat([torch.eye(half), -torch.eye(half)], dim=1) / ((1 + LEAK) * GAIN)
    for index in range(mapping.num_layers):
        source = torch.eye(half, mapping.z_dim) if index == 0 else read
        last = index == mapping.num_layers - 1
        weight = decode @ source / GAIN if last else torch.cat([source, -source])
        layer = getattr(mapping, f"fc{index}")
        layer.weight.copy_(weight / layer.weight_gain)
        layer.bias.copy_(mean / GAIN / layer.bias_gain if last else torch.zeros_like(layer.bias))
