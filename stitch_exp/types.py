"""The data that flows through the pipeline: frozen, typed, one class per stage.

Axes: T frames of the clip, N frames with a usable face, L latent rows, D latent width,
S crop side, H W frame height and width, K landmarks, C channels.
Pixels are uint8 in [0, 255], RGB, channels last, in everything a stage hands on;
networks see float32 in [-1, 1] (`ops.ranges` converts). Landmarks and quads are (x, y) in
pixel-index coordinates (first pixel centre at 0), transforms work in continuous ones (first
pixel centre at 0.5). `a_from_b` maps homogeneous points of b to points of a.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
from jaxtyping import Float, Float32, Int, UInt8
from torch import Tensor

FrameStatus = Literal["detected", "interpolated", "missing"]
Kind = Literal["edited", "faded", "passed"]
Better = Literal["higher", "lower", "one", "none"]
Item = TypeVar("Item")


@runtime_checkable
class FrameSource(Protocol):
    """A lazy, seekable sequence of frames; iterating costs the memory of a few frames."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> UInt8[np.ndarray, "H W 3"]: ...

    def __iter__(self) -> Iterator[UInt8[np.ndarray, "H W 3"]]: ...


@dataclass(frozen=True, slots=True, eq=False)
class GroundTruth:
    """What a synthetic clip was made of: the right answers that no recording has."""

    code: Callable[[int], Tensor]
    """`code(t)` is the W+ code ("L D") of the face in frame t."""
    render: Callable[[int, Tensor], np.ndarray]
    """`render(t, code)` is frame t (uint8 "H W 3") with the face of another code ("L D") in its place."""
    head: Callable[[int], np.ndarray]
    """`head(t)` is how opaque the face is in frame t (float "H W", 0 to 1)."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A video as the pipeline sees it: upright RGB frames and everything needed to write a twin."""

    name: str
    frames: FrameSource
    height: int
    width: int
    fps: Fraction
    """Average frame rate; for variable rates only `pts` is exact."""
    pts: Int[np.ndarray, " T"]
    """Presentation time of each frame in units of `time_base`."""
    time_base: Fraction
    colour: Mapping[str, int] = field(default_factory=dict)
    """FFmpeg colour tags (`range`, `space`, `primaries`, `transfer`) as integers."""
    origin: Path | None = None
    """The file whose audio packets belong to this clip; None for a silent source."""
    digest: str = ""
    """Hash of the source content and of the chosen frame range."""
    last_duration: int | None = None
    """How long the last frame is shown in units of `time_base`; None: as long as the one before it."""
    truth: GroundTruth | None = None
    """What the clip was made of, if it was made by the generator."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """What was done to a frame: edited, edited in part (`faded`), or passed through as filmed; and why not in full."""

    kind: Kind
    reason: str = ""
    kept: float = 0.0
    """The share of the head that stays as filmed, as something stands in front of it."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Where the faces of everybody who is edited are in a clip, the most prominent person first."""

    landmarks: Float[np.ndarray, "P T K 2"]
    """Of each of P people the 68 iBUG points in each frame, as detected; NaN where the face was not found."""
    cuts: tuple[int, ...] = ()
    """The first frame of each shot but the first, increasing."""
    left: Mapping[str, int] = field(default_factory=dict)
    """How many others are left as filmed, by reason."""


@dataclass(frozen=True, slots=True, eq=False)
class AlignedClip:
    """One followed face, cropped the FFHQ way. Frames without a face are absent from the N axis."""

    crops: UInt8[np.ndarray, "N S S 3"]
    frame_index: Int[np.ndarray, " N"]
    """Which frame of the clip each crop comes from, increasing."""
    frame_from_crop: Float[np.ndarray, "N 3 3"]
    quads: Float[np.ndarray, "N 4 2"]
    """Crop corners in the frame, order NW, SW, SE, NE, in pixel-index coordinates as landmarks."""
    landmarks: Float[np.ndarray, "N K 2"]
    """The 68 iBUG points in the frame, as detected or interpolated, before smoothing."""
    status: tuple[FrameStatus, ...]
    """One entry per frame of the clip (T of them)."""
    cuts: tuple[int, ...] = ()
    """The first frame of each shot but the first, increasing."""
    opacity: Float[np.ndarray, " N"] | None = None
    """How much of the edit each crop's frame shows, 0 to 1; None is all of it everywhere."""
    reasons: tuple[str, ...] = ()
    """For each frame of the clip why it is passed through, where that is known; or none at all."""

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """What is done to each frame of the clip."""
        reasons = self.reasons or ("",) * len(self.status)
        shown = np.zeros(len(self.status))
        shown[self.frame_index] = 1.0 if self.opacity is None else self.opacity
        return tuple(_treatment(float(share), reason) for share, reason in zip(shown, reasons, strict=True))


def _treatment(share: float, reason: str) -> Treatment:
    if share == 0.0:
        return Treatment("passed", reason or "no face found")
    return Treatment("edited") if share == 1.0 else Treatment("faded", f"{share:.0%} of the edit")


@dataclass(frozen=True, slots=True, eq=False)
class Pivots:
    """The latent codes around which the generator is tuned."""

    codes: Float[Tensor, "N L D"]
    weight_offsets: Mapping[str, Tensor] = field(default_factory=dict)
    """Relative offsets of generator weights, key to delta, applied as W * (1 + delta) (HyperStyle)."""


@dataclass(frozen=True, slots=True, eq=False)
class TunedGenerator:
    """One generator for the whole clip, and what it makes of the pivots."""

    state: Mapping[str, Tensor]
    pivots: Float[Tensor, "N L D"]
    inversions: UInt8[np.ndarray, "N S S 3"]
    losses: Float[np.ndarray, " P"]
    """Mean loss of each pass over the frames (empty without tuning)."""


@dataclass(frozen=True, slots=True, eq=False)
class WPlus:
    """Codes in W+, one row per generator layer."""

    codes: Float[Tensor, "N L D"]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, index: slice) -> WPlus:
        return WPlus(self.codes[index])

    def render(self, generator: Any, **options: Any) -> Float[Tensor, "N 3 S S"]:
        """Images of these codes; `options` go to the generator."""
        return generator(self.codes, **options)


@dataclass(frozen=True, slots=True, eq=False)
class StyleSpace:
    """Codes in StyleSpace: one tensor of per-channel styles for each layer."""

    styles: tuple[Float[Tensor, "N _"], ...]

    def __len__(self) -> int:
        return len(self.styles[0])

    def __getitem__(self, index: slice) -> StyleSpace:
        return StyleSpace(tuple(style[index] for style in self.styles))

    def render(self, generator: Any, **options: Any) -> Float[Tensor, "N 3 S S"]:
        """Images of these styles; `options` go to the generator."""
        return generator.from_styles(list(self.styles), **options)


@dataclass(frozen=True, slots=True, eq=False)
class EditedLatents:
    """The pivots after the edit."""

    latents: WPlus | StyleSpace
    name: str
    terms: Mapping[str, float]
    """Strength of each composed edit."""
    same_hairdo: bool = False
    """Hair that is drawn beyond the filmed head is the model's whim, and not what was asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class StitchedCrops:
    """Edited crops that meet their surroundings, with the masks that say where to paste."""

    crops: UInt8[np.ndarray, "N S S 3"]
    edited: UInt8[np.ndarray, "N S S 3"]
    """The edited crops before stitching."""
    masks: UInt8[np.ndarray, "N S S"]
    """Where the crop replaces the frame, 0 to 255 (foreground grown by the border)."""
    foreground: UInt8[np.ndarray, "N S S"]
    """The head without the border, 0 to 255."""
    border_before: Float[np.ndarray, " N"]
    border_after: Float[np.ndarray, " N"]
    """Masked squared error against the source on the border ring, without and with stitching."""
    leak: Float[np.ndarray, " N"]
    """Share of the edited foreground that lies outside the source's paste mask, in [0, 1]."""
    steps: Int[np.ndarray, " N"]
    """Generator updates spent on each frame."""
    edited_head: UInt8[np.ndarray, "N S S"] | None = None
    """The head of the edited crop alone, 0 to 255, where it was outlined."""
    source_hair: UInt8[np.ndarray, "N S S"] | None = None
    edited_hair: UInt8[np.ndarray, "N S S"] | None = None
    """The hair of the source and of the edited crop, 0 to 255. None where nobody told it from the rest of the head;
    outlines are then cut at the height of the chin."""


@dataclass(frozen=True, slots=True, eq=False)
class EditPairs:
    """What a live network learns from: crops as filmed, and the same crops after the edit at K strengths."""

    sources: UInt8[np.ndarray, "N S S 3"]
    targets: UInt8[np.ndarray, "K N S S 3"]
    masks: UInt8[np.ndarray, "N S S"]
    """Where the head is, before or after any of the edits, 0 to 255."""
    shares: Float[np.ndarray, " K"]
    """Each strength as a share of the run's own."""
    landmarks: Float[np.ndarray, "N 68 2"]
    """The iBUG points, in pixel indices of the crops."""


@dataclass(frozen=True, slots=True, eq=False)
class DistilledEdit:
    """A live network's weights, and what they were trained for."""

    state: Mapping[str, Tensor]
    widths: tuple[int, ...]
    depths: tuple[int, ...]
    side: int
    losses: Float[np.ndarray, " P"]
    """Loss of each update."""
    explained: Float[np.ndarray, " K"]
    """Share of the change's energy that the network predicts on `judged` frames, at some strengths; 1 is all of it."""
    explained_at: Float[np.ndarray, " K"]
    """Those strengths, as shares of the run's own."""
    judged: str
    """`held out` or `trained`: which frames `explained` was measured on."""
    home: Float[np.ndarray, "68 2"]
    """Landmarks of the detail maps (`ops.detail.DetailMap`), as all that follows."""
    faces: Float[np.ndarray, "F 68 2"]
    detail: Float32[np.ndarray, "M F S S 3"]
    look_home: Float[np.ndarray, "68 2"]
    """As the parts of `ops.look.Look`."""
    brightness: Float32[np.ndarray, "R R"]
    tolerance: Float32[np.ndarray, "R R"]
    detail_shares: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class EditedClip:
    """The result: the source clip with frames composed on demand."""

    clip: Clip
    """Same timing, audio and colour as the source, with the edited frames."""
    status: tuple[FrameStatus, ...]
    treatments: tuple[Treatment, ...] = ()
    """What was done to each frame; empty where unknown."""
    cuts: tuple[int, ...] = ()
    """The first frame of each shot but the first."""
    faces: Callable[[FrameSource], FrameSource] | None = None
    """`faces(frames)` lays the same edited faces over other frames of the clip, such as show another edited face."""


@dataclass(frozen=True, slots=True, eq=False)
class MetricResult:
    """One measured quantity."""

    name: str
    value: float
    unit: str
    better: Better
    per_frame: Float[np.ndarray, " T"] | None = None
    """One value per frame of the clip, NaN where it is undefined."""
    note: str = ""
    """What a reader must know beside the number: skipped pairs, why it is undefined."""
    instrument: str = ""
    """Network, weight hash and landmark rule the number depends on; tables never mix instruments."""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Everything measured on one edited clip."""

    results: tuple[MetricResult, ...]


def _plain(items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
    return iter(items)


def _silent(name: str, values: Mapping[str, float]) -> None:
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Workspace:
    """What a stage may use of the world: room for large arrays, a progress line, a log."""

    allocate: Callable[[str, tuple[int, ...]], np.ndarray] = lambda name, shape: np.zeros(shape, np.uint8)
    """Zeroed uint8 array called as the artefact's field; memory-mapped on disk in a real run."""
    track: Callable[..., Iterator[Any]] = _plain
    """`track(items, description, total=None)` yields the items and moves the progress line."""
    log: Callable[[str, Mapping[str, float]], None] = _silent
    """`log("tuning", {"loss": 0.1, "step": 3})` records scalars of a stage."""
    scratch: Path | None = None
    """Folder for mid-stage checkpoints; what an interrupted attempt left there is still there."""
