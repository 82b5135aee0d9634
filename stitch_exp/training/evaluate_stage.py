"""stage=evaluate: every figure of the model card, on held-out faces."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from stitch_exp.fitting.muon import Muon
from stitch_exp.fitting.schedules import cosine_at
from stitch_exp.networks.stylegan2 import Generator
from stitch_exp.ops.ranges import to_pixels
from stitch_exp.training.ema import frozen_copy
from stitch_exp.training.estimator import AgeGenderEstimator
from stitch_exp.training.identity import SAME_PERSON, FaceDescriptor
from stitch_exp.training.measure import NAMES, measure_faces

SHOWN = ("smile_lift", "mouth_open", "eyes_open", "yaw", "pitch", "brightness", "skin_luma", "skin_redness")


def psnr(images: Float[Tensor, "B 3 S S"], targets: Float[Tensor, "B 3 S S"]) -> Float[Tensor, " B"]:
    """Peak signal-to-noise ratio in dB of images in [-1, 1]."""
    error = (images.clamp(-1, 1) - targets).square().mean(dim=(1, 2, 3)) / 4
    return -10 * error.log10()


@dataclass(slots=True)
class Judge:
    """All measuring instruments together."""

    estimator: AgeGenderEstimator
    descriptor: FaceDescriptor

    def attributes(self, images: Float[Tensor, "B 3 S S"]) -> dict[str, Float[np.ndarray, " B"]]:
        """Years, P(male), landmarks and colours."""
        pixels = list(to_pixels(images))
        years, male = self.estimator(pixels)
        measured = measure_faces(pixels)
        return {"years": years, "p_male": male} | {name: measured[:, NAMES.index(name)] for name in NAMES}


@torch.no_grad()
def render(generator: Generator, codes: Float[Tensor, "B L D"]) -> Float[Tensor, "B 3 S S"]:
    """Images of codes, in small batches."""
    return torch.cat([generator(part) for part in codes.split(16)])


def inversion(judge: Judge, images: Tensor, targets: Tensor) -> dict[str, float]:
    """Fidelity of reconstructions."""
    pairs = zip(to_pixels(images), to_pixels(targets), strict=True)
    distances = np.array([np.linalg.norm(judge.descriptor(a) - judge.descriptor(b)) for a, b in pairs])
    return {
        "psnr_db": float(psnr(images, targets).mean()),
        "psnr_worst_db": float(psnr(images, targets).min()),
        "dlib_distance": float(distances.mean()),
        "same_identity": float((distances < SAME_PERSON).mean()),
    }


@torch.no_grad()
def samples(generator: Generator, count: int, truncation: float, seed: int) -> Float[Tensor, "N 3 S S"]:
    """Images of f(z)."""
    z = torch.randn(count, generator.z_dim, generator=torch.Generator().manual_seed(seed))
    return render(generator, generator.map(z, truncation))


def detection_rate(images: Float[Tensor, "N 3 S S"]) -> float:
    """Fraction in which MediaPipe's face mesh finds a face."""
    return float(np.isfinite(measure_faces(to_pixels(images))[:, 0]).mean())


def edit_table(
    judge: Judge, generator: Generator, codes: Float[Tensor, "B L D"], vectors: dict[str, Tensor], strength: float
) -> dict[str, dict[str, float]]:
    """What every direction moves: the means at +strength and -strength, less those at 0."""
    start = judge.attributes(render(generator, codes))
    table = {"(strength 0)": {name: float(np.nanmean(values)) for name, values in start.items()}}
    for name, vector in vectors.items():
        for signed in (-strength, strength):
            moved = judge.attributes(render(generator, codes + signed * vector))
            change = {key: float(np.nanmean(moved[key] - start[key])) for key in start}
            change |= _verdicts(start, moved, signed)
            table[f"{name} {signed:+g}"] = change
    return table


def _verdicts(start: dict[str, np.ndarray], moved: dict[str, np.ndarray], signed: float) -> dict[str, float]:
    flipped = (moved["p_male"] > 0.5) != (start["p_male"] > 0.5)
    opposite = (start["p_male"] > 0.5) != (signed > 0)
    lifted = np.sign(moved["smile_lift"] - start["smile_lift"]) == np.sign(signed)
    wider = np.sign(moved["mouth_width"] - start["mouth_width"]) == np.sign(signed)
    return {
        "gender_kept": float((~flipped).mean()),
        "gender_flipped": float(flipped[opposite].mean()) if opposite.any() else float("nan"),
        "corners_right_way": float(lifted.mean()),
        "width_right_way": float(wider.mean()),
        "face_found": float(np.isfinite(moved["yaw"]).mean()),
    }


def tuned_psnr(
    generator: Generator,
    code: Float[Tensor, "1 L D"],
    target: Tensor,
    *,
    steps: int,
    learning_rate: float,
    kernel_rate: float,
) -> float:
    """Pivotal tuning of one face by squared error: how far the generator can follow a single image, in dB.

    Optimiser and schedule are those of tuning=pti_fast; its rates are smaller, for the sake of edits.
    """
    copy = frozen_copy(generator).requires_grad_(True)
    optimizer = Muon(copy.synthesis.parameters(), kernel_rate=kernel_rate, learning_rate=learning_rate)
    schedule = LambdaLR(optimizer, lambda update: cosine_at(update, steps))
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=True)
        F.mse_loss(copy(code), target).backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        return float(psnr(copy(code), target))


def markdown(table: dict[str, dict[str, float]]) -> str:
    """The table of all directions against all measured attributes, for the model card."""
    columns = ("years", "p_male", *SHOWN, "gender_kept", "face_found")
    lines = ["| edit | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, row in table.items():
        cells = [f"{row[column]:+.3f}" if column in row else "" for column in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write(folder: Path, figures: dict, table: dict[str, dict[str, float]]) -> None:
    """`metrics.json` and `directions.md` in the run folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps({**figures, "directions": table}, indent=1))
    (folder / "directions.md").write_text(markdown(table) + "\n")
