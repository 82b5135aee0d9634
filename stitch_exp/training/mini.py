"""What all stages of `model=mini` share: their settings, and the networks that they read and write."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stitch_exp.errors import WeightsError
from stitch_exp.inverters.e4e import Encoder4Editing
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.training.critics import ImageCritic
from stitch_exp.training.data import FaceData, FaceImages, ImageSource, held_out
from stitch_exp.training.runner import Run
from stitch_exp.training.storage import load_matching, load_strict, read_tensors, save_network


@dataclass(frozen=True, slots=True)
class MiniTraining:
    """Settings of all stages.

    Args:
        run: How to train.
        data: Folder or zip of aligned faces.
        out: Folder of the finished files, which later stages read.
        licence: Written into them.
        half: Store them in half precision.
        oversize: Side at which images are kept, in sides of the generator's pictures.
        loader: `batch_size`, `steps_per_epoch`, `held_out_modulo`, `in_memory`, `num_workers`.
        generator: Arguments of the generator.
        encoder: Arguments of the encoder, besides the number and width of rows.
        critic: Arguments of the critic of images, besides its side.
    """

    run: Run
    data: str
    out: Path
    licence: str
    half: bool
    oversize: int
    loader: Mapping[str, Any]
    generator: Mapping[str, Any]
    encoder: Mapping[str, Any]
    critic: Mapping[str, Any]

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "MiniTraining":
        """From the composed settings of a stage."""
        loader, model = dict(settings["loader"]), settings["model"]
        return cls(
            Run.of(settings), settings["data"], Path(settings["out"]), settings["licence"], settings["half"],
            loader.pop("oversize"), loader, model["generator"], model["encoder"], model["critic"],
        )  # fmt: skip

    @property
    def kept_side(self) -> int:
        """Side at which images are kept, px."""
        return self.oversize * self.generator["img_resolution"]

    @property
    def grids(self) -> Path:
        """Folder of the pictures that show how a training goes."""
        return self.run.folder / "grids"

    def faces(self) -> FaceData:
        """The images of `data`."""
        return FaceData(self.data, side=self.kept_side, seed=self.run.seed, **self.loader)

    def training_names(self, source: ImageSource) -> list[str]:
        """The images that are trained on."""
        return [name for name in source.names if not held_out(name, self.loader["held_out_modulo"])]

    def held_out_images(self) -> FaceImages:
        """The images that are not, without edited ones."""
        source, modulo = ImageSource(self.data), self.loader["held_out_modulo"]
        names = [name for name in source.names if held_out(name, modulo) and "edited/" not in name]
        return FaceImages(source, names, self.kept_side, in_memory=False)

    def new_generator(self, weights: str | None = None) -> Generator:
        """A generator, started from a file that may be of a smaller side."""
        generator = Generator(**self.generator)
        if weights:
            tensors, _ = read_tensors(weights)
            for key in load_matching(generator, tensors):
                if key.endswith("torgb.weight"):
                    # A new block must start silent, or it drowns the image of the blocks below.
                    generator.state_dict()[key].mul_(0.1)
        return generator

    def load_generator(self) -> Generator:
        """The generator in `out`."""
        network = self.new_generator()
        load_strict(network, read_tensors(self.out / "generator.safetensors")[0])
        return network.eval()

    def new_encoder(self, network: Generator) -> Encoder4Editing:
        """A fresh encoder that fits the generator."""
        return Encoder4Editing(**{"num_styles": network.num_ws, "style_dim": network.w_dim, **self.encoder})

    def load_encoder(self, network: Generator) -> tuple[Encoder4Editing, Tensor]:
        """The encoder in `out`, and the code its offsets are added to."""
        tensors, _ = read_tensors(self.out / "encoder.safetensors")
        latent_avg = tensors.pop("latent_avg")
        trained = self.new_encoder(network)
        load_strict(trained, tensors)
        return trained.eval(), latent_avg

    def load_critic(self, resolution: int) -> ImageCritic | None:
        """The critic in `out`, if there is one."""
        try:
            tensors, _ = read_tensors(self.out / "critic.safetensors")
        except WeightsError:
            return None
        critic = ImageCritic(resolution, **self.critic)
        load_strict(critic, tensors)
        return critic

    def save_generator(self, network: torch.nn.Module) -> None:
        """Writes `generator.safetensors`."""
        self._save("generator", network, self.generator)

    def save_encoder(self, trained: torch.nn.Module, latent_avg: Tensor) -> None:
        """Writes `encoder.safetensors`; its extra tensor `latent_avg` is added to what the encoder returns."""
        rows, width = latent_avg.shape
        arguments = {"num_styles": rows, "style_dim": width, **self.encoder}
        self._save("encoder", trained, arguments, latent_avg=latent_avg)

    def save_critic(self, critic: torch.nn.Module, resolution: int) -> None:
        """Writes `critic.safetensors`."""
        self._save("critic", critic, {"resolution": resolution, **self.critic})

    def _save(self, name: str, network: torch.nn.Module, arguments: Mapping[str, Any], **extra: Tensor) -> None:
        save_network(
            self.out / f"{name}.safetensors", {**network.state_dict(), **extra}, network=type(network).__name__,
            arguments=dict(arguments), licence=self.licence, half=self.half,
        )  # fmt: skip
