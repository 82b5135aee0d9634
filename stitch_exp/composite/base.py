"""What every way of composing shares: the call of the stage."""

from abc import ABC, abstractmethod

from stitch_exp.composite.occluders import NOTHING, Occluders, occluders
from stitch_exp.types import AlignedClip, Clip, EditedClip, StitchedCrops, TunedGenerator, Workspace

SILENT = Workspace()
"""Shows and records nothing."""


class Composite(ABC):
    """Puts the faces of a clip back into its frames.

    Attributes:
        keep_in_front: What stands in front of the face stays as filmed, see `occluders`.
    """

    keep_in_front: bool

    @abstractmethod
    def __call__(
        self,
        clip: Clip,
        aligned: AlignedClip,
        tuned: TunedGenerator,
        stitched: StitchedCrops,
        work: Workspace = SILENT,
        in_front: Occluders | None = None,
    ) -> EditedClip:
        """The clip with every face changed; frames are composed when they are read.

        Args:
            clip: The source.
            aligned: Where each crop belongs.
            tuned: What the edit is compared with.
            stitched: The edited crops.
            work: Shows progress.
            in_front: What stands in front of the face, where that is known already; None looks for it.
        """

    def _in_front(
        self, aligned: AlignedClip, tuned: TunedGenerator, stitched: StitchedCrops, work: Workspace
    ) -> Occluders:
        return occluders(aligned, tuned, stitched.foreground, work) if self.keep_in_front else NOTHING
