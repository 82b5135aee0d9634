"""What every way of composing shares: the call of the stage."""

from abc import ABC, abstractmethod

from stitch_exp.types import AlignedClip, Clip, EditedClip, StitchedCrops, TunedGenerator, Workspace

SILENT = Workspace()
"""Shows and records nothing."""


class Composite(ABC):
    """Puts the faces of a clip back into its frames."""

    @abstractmethod
    def __call__(
        self,
        clip: Clip,
        aligned: AlignedClip,
        tuned: TunedGenerator,
        stitched: StitchedCrops,
        work: Workspace = SILENT,
    ) -> EditedClip:
        """The clip with every face changed; frames are composed when they are read."""
