"""Which words a config may ask for, and the metrics behind each."""

from collections.abc import Sequence

import torch
from torch import nn

from stitch_exp.errors import ConfigError
from stitch_exp.metrics.base import Metric
from stitch_exp.metrics.change import EDIT, FACE, STITCH, BackgroundChange, MeanChange
from stitch_exp.metrics.fidelity import PSNR, SSIM, Perceptual, Sharpness
from stitch_exp.metrics.identity import TGID, TLID, IdentityToSource
from stitch_exp.metrics.motion import Flicker, Jitter, MotionKept
from stitch_exp.metrics.seam import CropSeam, HairLeak, HeadSeam, SeamError

IDENTITY = ("tl_id", "tg_id", "identity_to_source")
NAMES = (
    *IDENTITY,
    "seam",
    "hair_leak",
    "background",
    "reconstruction",
    "jitter",
    "flicker",
    "motion",
    "sharpness",
    "edit_strength",
)
"""Every word of `metrics.names`."""
OF_TWO_VIDEOS = (*IDENTITY, "jitter", "flicker", "motion", "sharpness", "edit_strength")
"""What can be measured with nothing but a source video and an edited one."""


def check_names(names: Sequence[str], allowed: Sequence[str] = NAMES) -> tuple[str, ...]:
    """The names, once each and in the order given.

    Raises:
        ConfigError: One of them is not measured here.
    """
    unknown = [name for name in names if name not in allowed]
    if unknown:
        raise ConfigError(f"metrics.names has {unknown[0]!r}, which is not measured; there are: {', '.join(allowed)}")
    return tuple(dict.fromkeys(names))


def of_run(
    names: Sequence[str],
    *,
    min_similarity: float,
    flow_side_px: int,
    instrument: str,
    perceptual: nn.Module,
    device: torch.device,
) -> list[Metric]:
    """Fresh metrics for a run of the pipeline, in the order of `names`."""
    groups: dict[str, list[Metric]] = {
        **_of_frames(min_similarity, flow_side_px, instrument),
        "seam": [SeamError(), HeadSeam(), CropSeam(stitched=False), CropSeam(stitched=True), MeanChange(*STITCH)],
        "hair_leak": [HairLeak()],
        "background": [BackgroundChange()],
        "reconstruction": [PSNR(), SSIM(), Perceptual(network=perceptual, device=device)],
        "jitter": [
            Jitter(name="alignment_jitter", points="quad"),
            Jitter(name="source_jitter", points="landmarks"),
        ],
        "edit_strength": [MeanChange(*EDIT), MeanChange(*FACE)],
    }
    return [metric for name in names for metric in groups[name]]


def of_two_videos(
    names: Sequence[str], *, min_similarity: float, flow_side_px: int, instrument: str, detector: str
) -> list[Metric]:
    """Fresh metrics for two video files, in the order of `names`."""
    groups: dict[str, list[Metric]] = {
        **_of_frames(min_similarity, flow_side_px, instrument),
        "jitter": [
            Jitter(name="landmark_jitter", points="edited_landmarks", instrument=detector),
            Jitter(name="source_jitter", points="landmarks", instrument=detector),
        ],
        "edit_strength": [MeanChange(*FACE)],
    }
    return [metric for name in names for metric in groups[name]]


def _of_frames(min_similarity: float, flow_side_px: int, instrument: str) -> dict[str, list[Metric]]:
    return {
        "tl_id": [TLID(min_similarity=min_similarity, instrument=instrument)],
        "tg_id": [TGID(min_similarity=min_similarity, instrument=instrument)],
        "identity_to_source": [IdentityToSource(instrument=instrument)],
        "flicker": [Flicker(flow_side_px=flow_side_px)],
        "motion": [MotionKept()],
        "sharpness": [Sharpness()],
    }
