"""stage=mobile_likeness: the encoder learns to give back the person, through the generator.

Codes say which code a rendering has; they do not say what of a code makes a face somebody's. Here pictures of the found
codes are compared with what was seen: pixels, features, and two recognisers.

Reference: Richardson et al. 2021, "Encoding in Style" (pSp), equations 1 to 5; Tov et al. 2021, "Designing an Encoder
for StyleGAN Image Manipulation", equation 5, for the offsets from the shared row.
"""

from dataclasses import dataclass

import pytorch_lightning as pl
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.data import DataLoader

from stitch_exp.encoder.base import resized
from stitch_exp.inverters.mobile_encoder import MobileEncoder
from stitch_exp.networks.stylegan_mapping import MappedGenerator
from stitch_exp.perceptual.trunk_features import TrunkFeatures
from stitch_exp.training import objectives
from stitch_exp.training.augment import as_float
from stitch_exp.training.data import FaceData
from stitch_exp.training.mobile.codes import Codes
from stitch_exp.training.mobile.encoder import row_errors, shrunk
from stitch_exp.training.mobile.filmed import Filmed
from stitch_exp.training.mobile.person import PersonLoss
from stitch_exp.training.mobile.updates import EncoderUpdates, UpdatesPlan

STORED_SIDE = 256
"""Side in px at which scenes are made."""
SMALLEST_SCALE = 16
"""Side in px of the coarsest scale at which pixels are compared."""
Batch = dict[str, list[Tensor]]


@dataclass(frozen=True, slots=True)
class LikenessPlan:
    """What counts how much.

    Args:
        render_side: Side at which pictures are compared, px: 128 or 256.
        pixels: Weight of the L1 pyramid.
        features: Weight of the distance of the perceptual trunk's features.
        person: Weight of one minus the recognisers' mean cosine.
        codes: Weight of the relative error of known codes, which keeps codes where the generator was trained.
        offsets: Weight of the mean squared offsets from the shared row, relative to the spread of codes.
    """

    render_side: int
    pixels: float
    features: float
    person: float
    codes: float
    offsets: float


@dataclass(frozen=True, slots=True)
class Critics:
    """What looks at the pictures.

    Args:
        features: Perceptual distance; not the trained network's own, which moves.
        person: Likeness.
    """

    features: TrunkFeatures
    person: PersonLoss


class LikenessData(pl.LightningDataModule):
    """Renderings with codes beside faces without; measured on held-out faces without."""

    def __init__(self, samples: FaceData, faces: FaceData) -> None:
        super().__init__()
        self.samples, self.faces = samples, faces

    def train_dataloader(self) -> dict[str, DataLoader]:
        return {"samples": self.samples.train_dataloader(), "faces": self.faces.train_dataloader()}

    def val_dataloader(self) -> DataLoader:
        return self.faces.val_dataloader()


class LikenessStage(EncoderUpdates):
    """Trains the encoder; batches hold (uint8 images, indices) of `samples` and of `faces`.

    Args:
        encoder: With the weights it starts from.
        generator: Frozen; draws the pictures of the codes.
        filmed: What is done to the pictures before the encoder sees them.
        codes: The code of every training rendering, by index.
    """

    def __init__(
        self, encoder: MobileEncoder, generator: MappedGenerator, critics: Critics, filmed: Filmed, plan: LikenessPlan,
        updates: UpdatesPlan, *, codes: Codes,
    ) -> None:  # fmt: skip
        super().__init__(encoder, updates)
        self.generator = generator.eval().requires_grad_(False)
        self.features, self.person = critics.features.requires_grad_(False), critics.person.requires_grad_(False)
        self.filmed, self.plan, self.codes = filmed, plan, codes
        self.average_code = nn.Buffer(codes.average, persistent=False)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        (samples, indices), faces = batch["samples"], batch["faces"][0]
        scene = self.filmed.scene(as_float(torch.cat([samples, faces]), STORED_SIDE))
        recorded = self.filmed.recorded(resized(scene, self.encoder.input_size))
        found = self.encoder(recorded.contiguous(memory_format=torch.channels_last))
        terms = self._terms(found, resized(scene, self.plan.render_side)) | {
            "codes": self._code_error(found[: len(samples)], indices),
            "offsets": (found - found[:, :1]).square().mean() / self.codes.spread().to(found),
        }
        self.log_dict(terms)
        return torch.stack([getattr(self.plan, name) * value for name, value in terms.items()]).sum()

    def _terms(self, found: Float[Tensor, "B L D"], wanted: Float[Tensor, "B 3 S S"]) -> dict[str, Tensor]:
        images = self.generator(found + self.average_code, resolution=self.plan.render_side)
        pixels = objectives.pyramid_loss(images, wanted, smallest=SMALLEST_SCALE, gradient_weight=1.0)
        return {
            "pixels": pixels,
            "features": self.features(images, wanted).mean(),
            "person": self.person(images, wanted),
        }

    def _code_error(self, found: Float[Tensor, "B L D"], indices: Tensor) -> Tensor:
        wanted = (self.codes.rows(indices.cpu()) - self.codes.average).to(found)
        return row_errors(found, wanted, self.encoder.num_styles).mean() / self.codes.spread().to(found)

    def validation_step(self, batch: list[Tensor], _: int) -> None:
        wanted = resized(as_float(batch[0], STORED_SIDE), self.plan.render_side)
        found = self.average(shrunk(batch[0], self.encoder.input_size))
        images = self.generator(found + self.average_code, resolution=self.plan.render_side)
        likeness = self.person.likeness(images, wanted).tolist()
        self.log("held_out_features", self.features(images, wanted).mean(), batch_size=len(images))
        for index, value in enumerate(likeness):
            self.log(f"held_out_likeness_{index}", value, batch_size=len(images))
