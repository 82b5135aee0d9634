"""How good a result is, in the numbers that decide whether a fast mode is as good as the published one."""

from collections.abc import Iterator

import numpy as np
import torch

from stitch_exp import types
from stitch_exp.losses.masked import masked_error
from stitch_exp.networks.roles import Perceptual
from stitch_exp.networks.tuned import tunable_copy
from stitch_exp.ops.ranges import to_unit
from stitch_exp.pipeline import Stages
from stitch_exp.stitching.masks import MaskRule

REPORTED = ("tl_id", "tg_id", "identity_to_source", "warp_error_excess")
CHUNK = 8


def of_tuning(
    aligned: types.AlignedClip, tuned: types.TunedGenerator, edited: types.EditedLatents, line: Stages
) -> dict[str, float]:
    """Fidelity of the inversions over the whole crop, and how much of the model's own edit is left.

    `drift` is the RMS difference between what the edit does to the tuned and to the untuned generator's images, as a
    share of what it does to the latter's: 0 when tuning leaves the edit alone.
    """
    crops = zip(aligned.crops, tuned.inversions, strict=True)
    errors = [float(np.square(a.astype(np.float32) - b).mean()) for a, b in crops]
    return {
        "psnr": float(np.mean([10 * np.log10(255**2 / max(error, 1e-9)) for error in errors])),
        "perceptual": _perceptual(aligned.crops, tuned.inversions, line.tuning.perceptual),
        "drift": _drift(tuned, edited, line.tuning.generator),
    }


def of_stitching(stitched: types.StitchedCrops, rule: MaskRule) -> dict[str, float]:
    """Border and content error as in the objective, and the temporal noise of the crops."""
    return {
        "border_before": float(stitched.border_before.mean()),
        "border": float(stitched.border_after.mean()),
        "content": _content_error(stitched, rule),
        "shake": shake(stitched),
    }


def of_video(report: types.Report) -> dict[str, float]:
    """The reported metrics of a composed clip."""
    return {result.name: result.value for result in report.results if result.name in REPORTED}


def shake(stitched: types.StitchedCrops) -> float:
    """Temporal noise that stitching adds inside the head: RMS second difference of (stitched - edited), 8-bit."""
    if len(stitched.crops) < 3:
        return 0.0
    change = stitched.crops.astype(np.float32) - stitched.edited
    bend = change[2:] - 2 * change[1:-1] + change[:-2]
    return float(np.sqrt(np.square(bend)[stitched.foreground[1:-1] > 127].mean()))


def _content_error(stitched: types.StitchedCrops, rule: MaskRule) -> float:
    errors = []
    for crop, edited, outline in zip(stitched.crops, stitched.edited, stitched.foreground, strict=True):
        content = rule.regions(torch.from_numpy(outline > 127).float()[None]).content
        errors.append(float(masked_error(to_unit(crop[None]), to_unit(edited[None]), content)))
    return float(np.mean(errors))


@torch.no_grad()
def _perceptual(crops: np.ndarray, inversions: np.ndarray, network: Perceptual) -> float:
    distances = [network(to_unit(inversions[part]), to_unit(crops[part])) for part in _chunks(len(crops))]
    return float(torch.cat(distances).mean())


@torch.no_grad()
def _drift(tuned: types.TunedGenerator, edited: types.EditedLatents, untuned: torch.nn.Module) -> float:
    generator = tunable_copy(untuned, torch.device("cpu"), tuned.state)
    difference = whole = 0.0
    for part in _chunks(len(tuned.pivots)):
        own, wanted = (
            edited.latents[part].render(network) - network(tuned.pivots[part]) for network in (generator, untuned)
        )
        difference += float((own - wanted).square().sum())
        whole += float(wanted.square().sum())
    return (difference / max(whole, 1e-9)) ** 0.5


def _chunks(count: int) -> Iterator[slice]:
    return (slice(start, start + CHUNK) for start in range(0, count, CHUNK))
