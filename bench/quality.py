"""How good a result is, in the numbers that decide whether a fast mode is as good as the published one."""

import numpy as np
import torch

from stitch_exp import types
from stitch_exp.losses.masked import masked_error
from stitch_exp.ops.ranges import to_unit
from stitch_exp.pipeline import Stages
from stitch_exp.stitching.masks import MaskRule

REPORTED = ("tl_id", "tg_id", "seam", "flicker")


def of_tuning(aligned: types.AlignedClip, tuned: types.TunedGenerator) -> dict[str, float]:
    """PSNR of the inversions, over the whole crop, in dB."""
    errors = [_mse(a, b) for a, b in zip(aligned.crops, tuned.inversions, strict=True)]
    return {"psnr": float(np.mean([10 * np.log10(255**2 / max(error, 1e-9)) for error in errors]))}


def of_stitching(
    line: Stages,
    source: types.Clip,
    aligned: types.AlignedClip,
    tuned: types.TunedGenerator,
    edited: types.EditedLatents,
    stitched: types.StitchedCrops,
) -> dict[str, float]:
    """Border and content error as in the objective, temporal noise of the crops, metrics of the composed clip."""
    composed = line.composite(source, aligned, tuned, stitched)
    report = line.metrics(source, aligned, tuned, edited, stitched, composed, types.Workspace())
    values = {result.name: result.value for result in report.results if result.name.startswith(REPORTED)}
    return {
        "border_before": float(stitched.border_before.mean()),
        "border": float(stitched.border_after.mean()),
        "content": _content_error(stitched, line.stitching.prepare.rule),
        "shake": shake(stitched),
    } | values


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


def _mse(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.square(a.astype(np.float32) - b).mean())
