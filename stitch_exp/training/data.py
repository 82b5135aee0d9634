"""Training images from a zip or a folder, the held-out rule, and a loader that restarts where it was killed."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
from jaxtyping import Float, Int, UInt8
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from stitch_exp.errors import ConfigError, DataError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
NUMBER = re.compile(r"\d+")


def held_out(name: str, modulo: int = 20, remainder: int = 1) -> bool:
    """Whether an image is kept for measurement, by the first number in its file name.

    Edits of a face carry its number first, so they share its fate; names without a number are trained on.
    """
    number = NUMBER.search(Path(name).stem)
    return number is not None and int(number.group()) % modulo == remainder


class ImageSource:
    """Named RGB images of a zip archive or a folder, read when asked for."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.exists():
            raise DataError(f"training data {self.path} does not exist; set data=<zip or folder of aligned faces>")
        self.archive = None if self.path.is_dir() else zipfile.ZipFile(self.path)
        self.names = sorted(name for name in self._all() if name.lower().endswith(SUFFIXES))
        if not self.names:
            raise DataError(f"training data {self.path} holds no image ({', '.join(SUFFIXES)})")

    def _all(self) -> list[str]:
        if self.archive is not None:
            return self.archive.namelist()
        return [file.relative_to(self.path).as_posix() for file in self.path.rglob("*")]

    def read(self, name: str, side: int) -> UInt8[np.ndarray, "S S 3"]:
        """One image, shrunk with an antialiased filter or enlarged to `side`."""
        raw = (self.path / name).read_bytes() if self.archive is None else self.archive.read(name)
        image = Image.open(io.BytesIO(raw)).convert("RGB")
        return np.asarray(image if image.size == (side, side) else image.resize((side, side), Image.Resampling.LANCZOS))


def given_codes(codes: Float[Tensor, "N L D"] | None, indices: Int[Tensor, " B"]) -> Float[Tensor, "B L D"]:
    """Known codes of some faces, on the CPU.

    Raises:
        ConfigError: The plan needs codes and the stage has none.
    """
    if codes is None:
        raise ConfigError("stage.plan uses given codes and there are none; set stage.codes=FILE")
    return codes[indices.cpu()]


class FaceImages(Dataset):
    """Images as uint8 [3, S, S] with their index.

    Args:
        names: Which images of the source; indices count along this list.
        side: Stored side, px. Twice the model's side leaves room to rotate without blurring.
        in_memory: Decode once and keep; else decode at every access.
    """

    def __init__(self, source: ImageSource, names: list[str], side: int, *, in_memory: bool) -> None:
        self.source, self.names, self.side = source, names, side
        self.cache = torch.stack([self._load(name) for name in names]) if in_memory else None

    def _load(self, name: str) -> UInt8[Tensor, "3 S S"]:
        return torch.from_numpy(self.source.read(name, self.side).copy()).movedim(-1, 0)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> tuple[UInt8[Tensor, "3 S S"], int]:
        return (self._load(self.names[index]) if self.cache is None else self.cache[index]), index


class EpochSampler(Sampler[int]):
    """A fixed number of draws an epoch, shuffled from (seed, epoch): a resumed run sees the same images.

    An epoch is a stretch between checkpoints, not a pass over the data.
    """

    def __init__(self, size: int, draws: int, seed: int) -> None:
        self.size, self.draws, self.seed, self.epoch = size, draws, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the trainer at the start of every epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.draws

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed * 100_003 + self.epoch)
        rounds = -(-self.draws // self.size)
        order = torch.cat([torch.randperm(self.size, generator=generator) for _ in range(rounds)])
        return iter(order[: self.draws].tolist())


class FaceData(pl.LightningDataModule):
    """Training loader, and the held-out images.

    Args:
        path: Zip or folder.
        side: Side of the stored images, px.
        batch_size: Images a step.
        steps_per_epoch: Steps between two checkpoints.
        held_out_modulo: Every image whose number leaves remainder 1 is never trained on.
        num_workers: Decoding processes; 0 with `in_memory`.
    """

    def __init__(
        self,
        path: str,
        *,
        side: int,
        batch_size: int,
        steps_per_epoch: int,
        seed: int,
        in_memory: bool,
        held_out_modulo: int = 20,
        num_workers: int = 0,
    ) -> None:
        super().__init__()
        source = ImageSource(path)
        kept = [name for name in source.names if held_out(name, held_out_modulo)]
        trained = [name for name in source.names if not held_out(name, held_out_modulo)]
        self.train_set = FaceImages(source, trained, side, in_memory=in_memory)
        self.held_set = FaceImages(source, [name for name in kept if "edited/" not in name], side, in_memory=in_memory)
        self.batch_size, self.num_workers = batch_size, num_workers
        self.sampler = EpochSampler(len(trained), steps_per_epoch * batch_size, seed)

    def train_dataloader(self) -> DataLoader:
        return DataLoader(
            self.train_set,
            batch_size=self.batch_size,
            sampler=self.sampler,
            num_workers=self.num_workers,
            drop_last=True,
        )

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self.held_set, batch_size=self.batch_size)
