"""What every way of composing shares: the call of the stage."""

from abc import ABC, abstractmethod

from stitch_exp.composite.frames import Compose, edited_clip
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
        if in_front is None:
            in_front = occluders(aligned, tuned, stitched.foreground, work) if self.keep_in_front else NOTHING
        return edited_clip(clip, aligned, self._composer(aligned, tuned, stitched, in_front), in_front.shares)

    @abstractmethod
    def _composer(
        self, aligned: AlignedClip, tuned: TunedGenerator, stitched: StitchedCrops, in_front: Occluders
    ) -> Compose:
        """What makes a frame of a source frame and the number of its crop."""
