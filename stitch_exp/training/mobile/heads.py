"""stage=mobile_heads: pictures of 128 and 256 px from the generator's inner blocks.

The start is the best linear map from features to colours, in closed form: a leaky ReLU of a value and of its negative
give the value back. Training then bends it, with the style.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from stitch_exp.fitting.schedules import cosine_at
from stitch_exp.networks.mobile_layers import LEAK, mix_channels
from stitch_exp.networks.mobile_stylegan import Head
from stitch_exp.training.data import EpochSampler
from stitch_exp.training.mobile.crops import MARGIN, HeadCrops

RIDGE = 1e-4
"""Of the start, relative to the mean square of a feature."""


@dataclass(frozen=True, slots=True)
class HeadPlan:
    """Settings of the fit of one head.

    Args:
        num_steps: Updates of Adam.
        learning_rate: Its rate for kernels and biases.
        style_rate: Its rate for the maps from W to styles: all of W moves a style, so a small one.
        largest_gradient: Longer gradients are cut to this length.
    """

    num_steps: int
    learning_rate: float
    style_rate: float
    largest_gradient: float


class CropData(pl.LightningDataModule):
    """Batches of crops; the first tenth of the faces is held out."""

    def __init__(self, crops: HeadCrops, *, batch_size: int, steps_per_epoch: int, seed: int) -> None:
        super().__init__()
        self.held = max(1, len(crops.rows) // 10)
        parts = crops.features, crops.pictures, crops.rows
        self.train_set = TensorDataset(*(part[self.held :] for part in parts))
        self.held_set = TensorDataset(*(part[: self.held] for part in parts))
        self.train_crops = HeadCrops(*(part[self.held :] for part in parts))
        self.batch_size = batch_size
        self.sampler = EpochSampler(len(self.train_set), batch_size * steps_per_epoch, seed)

    def train_dataloader(self) -> DataLoader:
        return DataLoader(self.train_set, self.batch_size, sampler=self.sampler, drop_last=True)

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self.held_set, 1)


class HeadStage(pl.LightningModule):
    """Fits a head to crops; features are divided by their size, channel by channel, and codes centred, so that one
    learning rate suits all. `finished` undoes both.

    Args:
        head: A head of any values; it is given the start.
        crops: The training crops.
        average: Mean of W.
    """

    scales: Tensor
    average: Tensor

    def __init__(self, head: Head, crops: HeadCrops, average: Float[Tensor, " D"], plan: HeadPlan) -> None:
        super().__init__()
        self.head, self.plan = head, plan
        count = crops.features[:, 0].numel()
        sizes = torch.linalg.vector_norm(crops.features, dim=(0, 2, 3)) / count**0.5
        self.register_buffer("scales", sizes.clamp(min=1e-6))
        self.register_buffer("average", average)
        start_linear(head, *linear_fit(crops, self.scales))

    def forward(self, features: Float[Tensor, "B C P P"], rows: Float[Tensor, "B D"]) -> Float[Tensor, "B 3 Q Q"]:
        """Pictures of crops whose margin the kernel uses up; the head has no noise of its own."""
        styles = [layer.affine(rows - self.average) for layer in self.head.layers]
        conv = self.head.conv
        x = (features / self.scales[:, None, None]).contiguous(memory_format=torch.channels_last)
        x = F.conv2d(x, conv.depthwise, groups=len(conv.depthwise))
        x = F.leaky_relu(mix_channels(x, conv.pointwise, styles[0], conv.bias), LEAK)
        return self.head.to_image(x, styles[1], 3)

    def configure_optimizers(self) -> dict:
        styles = [layer.affine.weight for layer in self.head.layers]
        others = [value for value in self.head.parameters() if all(value is not style for style in styles)]
        groups = [{"params": others}, {"params": styles, "lr": self.plan.style_rate}]
        optimizer = torch.optim.Adam(groups, lr=self.plan.learning_rate, betas=(0.9, 0.98))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: cosine_at(step, self.plan.num_steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def configure_gradient_clipping(self, optimizer: torch.optim.Optimizer, *_: object, **__: object) -> None:
        self.clip_gradients(optimizer, gradient_clip_val=self.plan.largest_gradient, gradient_clip_algorithm="norm")

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        features, pictures, rows = batch
        loss = F.mse_loss(self(features, rows), pictures)
        self.log("loss", loss)
        return loss

    def validation_step(self, batch: list[Tensor], _: int) -> None:
        features, pictures, rows = batch
        error = F.mse_loss(self(features, rows).clamp(-1, 1), pictures.clamp(-1, 1))
        self.log("held_out_psnr_db", 10 * (4 / error).log10(), batch_size=1)

    @torch.no_grad()
    def finished(self) -> dict[str, Tensor]:
        """The head's tensors for features and codes as the generator has them."""
        state = {key: value.detach().clone() for key, value in self.head.state_dict().items()}
        state["conv.depthwise"] /= self.scales[:, None, None, None]
        for name in ("conv", "to_image"):
            state[f"{name}.affine.bias"] -= state[f"{name}.affine.weight"] @ self.average
        return state


def linear_fit(crops: HeadCrops, scales: Float[Tensor, " C"]) -> tuple[Float[Tensor, "C 3"], Float[Tensor, " 3"]]:
    """Weights and bias of the linear map from scaled features to colours, by least squares with a little ridge."""
    gram, product = torch.zeros(len(scales) + 1, len(scales) + 1), torch.zeros(len(scales) + 1, 3)
    for features, picture in zip(crops.features, crops.pictures, strict=True):
        inner = features[:, MARGIN:-MARGIN, MARGIN:-MARGIN].flatten(1).t() / scales
        design = torch.cat([inner, inner.new_ones(len(inner), 1)], dim=1)
        gram, product = gram + design.t() @ design, product + design.t() @ picture.flatten(1).t()
    ridge = RIDGE * gram.trace() / len(gram) * torch.eye(len(gram))
    solution = torch.linalg.solve((gram + ridge).double(), product.double()).to(scales.dtype)
    return solution[:-1], solution[-1]


@torch.no_grad()
def start_linear(head: Head, weights: Float[Tensor, "C 3"], bias: Float[Tensor, " 3"]) -> None:
    """Makes the head this linear map, whatever the style; channels it does not need say nothing yet."""
    for layer in head.layers:
        layer.affine.weight.zero_()
        layer.affine.bias.fill_(1.0)
    head.conv.depthwise.zero_()
    head.conv.depthwise[:, 0, 1, 1] = 1.0
    head.conv.bias.zero_()
    head.conv.pointwise.normal_(std=len(weights) ** -0.5)
    head.conv.pointwise[:6] = torch.cat([weights, -weights], dim=1).t()
    head.to_image.weight.zero_()
    head.to_image.weight[:, :6] = torch.cat([torch.eye(3), -torch.eye(3)], dim=1) / (1 + LEAK)
    head.to_image.bias.copy_(bias)


def own_state(heads: Mapping[int, dict[str, Tensor]], average: Float[Tensor, " D"]) -> dict[str, Tensor]:
    """What our generator file holds: the heads, and the mean code."""
    state = {f"synthesis.head{side}.{key}": value for side, head in heads.items() for key, value in head.items()}
    return state | {"mapping.w_avg": average}
