"""Every metric there is, and what follows from what each declares: words, titles, columns, defaults."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from stitch_exp.errors import ConfigError
from stitch_exp.measures.achieved import (
    EyeOpening,
    HairColour,
    JudgedAge,
    JudgedGender,
    MouthOpening,
    Pitch,
    SkinColour,
    Smile,
    Yaw,
)
from stitch_exp.measures.base import Metric
from stitch_exp.measures.change import BackgroundChange, EditChange, FaceChange, LatentStep, StitchChange
from stitch_exp.measures.faces import Faces
from stitch_exp.measures.fidelity import PSNR, SSIM, Perceptual, Sharpness
from stitch_exp.measures.identity import TGID, TLID, IdentityToSource
from stitch_exp.measures.motion import AlignmentJitter, Flicker, LandmarkJitter, MotionKept, SourceJitter
from stitch_exp.measures.observation import EMBEDDINGS
from stitch_exp.measures.quantity import Quantity
from stitch_exp.measures.seam import (
    BorderAfter,
    BorderBefore,
    HairLeak,
    HeadSeam,
    SeamAfter,
    SeamBefore,
    SeamError,
    StitchingSteps,
)
from stitch_exp.measures.truth import BackgroundError, BorderError, EditError, PivotError, TrueStrength

METRICS: tuple[type[Metric], ...] = (
    Faces,
    TLID,
    TGID,
    IdentityToSource,
    SeamError,
    HeadSeam,
    SeamBefore,
    SeamAfter,
    BorderBefore,
    BorderAfter,
    StitchChange,
    StitchingSteps,
    HairLeak,
    BackgroundChange,
    PSNR,
    SSIM,
    Perceptual,
    AlignmentJitter,
    LandmarkJitter,
    SourceJitter,
    Flicker,
    MotionKept,
    Sharpness,
    EditChange,
    FaceChange,
    LatentStep,
    PivotError,
    EditError,
    BorderError,
    BackgroundError,
    TrueStrength,
    JudgedAge,
    JudgedGender,
    Smile,
    MouthOpening,
    EyeOpening,
    Yaw,
    Pitch,
    SkinColour,
    HairColour,
)
"""A new metric is a class and a line here."""

NAMES = tuple(dict.fromkeys(metric.word for metric in METRICS))
"""Every word of `metrics.names`."""
QUANTITIES: dict[str, Quantity] = {item.name: item for metric in METRICS for item in metric.quantities}
"""Every number by its name."""
IDENTITY = tuple(dict.fromkeys(metric.word for metric in METRICS if set(EMBEDDINGS) & set(metric.inputs)))
"""The words that need a face recogniser."""
OF_IDENTITY = tuple(item.name for metric in METRICS if metric.word in IDENTITY for item in metric.quantities)
"""The numbers that depend on a face recogniser; no table mixes two of them."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What metrics are built with; each takes what its constructor names."""

    min_similarity: float
    flow_side_px: int
    identity: str = ""
    """Face recogniser, its hash and the rule for landmarks, as printed in tables."""
    detector: str = ""
    """What found faces again in the finished frames."""
    follower: str = ""
    """What found the source's landmarks, where that was no aligner."""
    judge: str = ""
    """What guessed attributes, with its hash."""
    perceptual: nn.Module | None = None
    device: torch.device | None = None


def check_names(names: Sequence[str] | None, known: frozenset[str]) -> tuple[str, ...]:
    """The words to measure, once each and in the order given; None means all that are measured by default.

    Args:
        names: As the user wrote them.
        known: Fields of `Observation` that are filled.

    Raises:
        ConfigError: One of them is not measured here.
    """
    allowed = words(known)
    if names is None:
        return words(known, by_default=True)
    unknown = [name for name in names if name not in allowed]
    if unknown:
        raise ConfigError(f"metrics.names has {unknown[0]!r}, which is not measured; there are: {', '.join(allowed)}")
    return tuple(dict.fromkeys(names))


def words(known: frozenset[str], *, by_default: bool = False) -> tuple[str, ...]:
    """The words with a metric that can be measured on such frames."""
    found = (metric for metric in METRICS if known.issuperset(metric.inputs))
    return tuple(dict.fromkeys(metric.word for metric in found if metric.by_default or not by_default))


def build(names: Sequence[str], known: frozenset[str], tools: Tools) -> list[Metric]:
    """Fresh metrics in the order of `names`, with the account of the frames before all others."""
    wanted = tuple(dict.fromkeys([Faces.word, *names])) if names else ()
    return [
        metric(**{name: getattr(tools, name) for name in inspect.signature(metric).parameters})
        for word in wanted
        for metric in METRICS
        if metric.word == word and known.issuperset(metric.inputs)
    ]


def inputs_of(name: str) -> tuple[str, ...]:
    """What the metric of a number needs of a frame."""
    [metric] = [metric for metric in METRICS if any(item.name == name for item in metric.quantities)]
    return metric.inputs
