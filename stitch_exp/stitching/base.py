"""What every way of stitching shares: the call of the stage, and the steps a stitching may consist of."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from jaxtyping import UInt8
from pytorch_lightning import Trainer
from torch import Tensor

from stitch_exp.errors import ConfigError
from stitch_exp.stitching.scene import Scene
from stitch_exp.types import AlignedClip, EditedLatents, StitchedCrops, TunedGenerator, Workspace

Images = Callable[[slice], Tensor]
"""Pictures [B 3 S S] in [-1, 1] of a range of frames, made when they are asked for."""


class Stitching(ABC):
    """Makes edited crops that meet their surroundings."""

    @abstractmethod
    def __call__(
        self, aligned: AlignedClip, tuned: TunedGenerator, edited: EditedLatents, work: Workspace
    ) -> StitchedCrops:
        """Crops to paste, and the masks that say where."""

    @property
    def grain(self) -> int:
        """Faces are worked on so many at a time: a part begins at a multiple of it, or its bytes would be others."""
        return 1

    def check_apart(self) -> None:
        """Whether some faces of a clip can be stitched without the others.

        Raises:
            ConfigError: They cannot.
        """
        raise ConfigError(f"{type(self).__name__} stitches all frames together: leave parts= out")

    def part(
        self, aligned: AlignedClip, tuned: TunedGenerator, edited: EditedLatents, faces: slice, work: Workspace
    ) -> StitchedCrops:
        """Those faces alone, as they are among all; asked for only where `check_apart` raises nothing."""
        raise NotImplementedError


class Scope(IntEnum):
    """What a step changes, in the order in which steps may stand."""

    CLIP = 0
    """The generator's weights, for all frames."""
    FRAME = 1
    """Weights of a frame's own, which are gone when it is rendered: at most one step."""
    PICTURE = 2
    """Pictures only; the generator is not asked again."""


@dataclass(frozen=True, slots=True, eq=False)
class Tools:
    """What a step may use besides the scene."""

    trainer: Callable[..., Trainer]
    work: Workspace
    out: UInt8[np.ndarray, "N S S 3"]
    """Where stitched crops go; a step that has to keep its pictures keeps them here."""


class Step(ABC):
    """One step towards the source on the border. Settings in the constructor, the clip in the call."""

    @property
    @abstractmethod
    def scope(self) -> Scope:
        """What the step changes."""

    @property
    def apart(self) -> bool:
        """Whether a frame's picture depends on that frame alone, so that parts of a clip can be stitched apart."""
        return self.scope != Scope.CLIP

    @abstractmethod
    def __call__(self, scene: Scene, images: Images, tools: Tools) -> Images:
        """Does what is done once for the clip; says how pictures are made from now on.

        Args:
            scene: The clip. Steps of scope `CLIP` may change `scene.generator`; updates are counted in `scene.steps`.
            images: The pictures after the step before; `scene.target`, the edited crops, for the first step.
            tools: What else may be used.
        """
